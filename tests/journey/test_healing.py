"""What Prefect does not heal, or what somebody undid on its screen by mistake, the watch puts
right: nobody is asked again, and no answer that was given is lost.
"""

import time
from uuid import UUID

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import Pause
from prefect.states import Cancelled, Crashed, Failed, Pending, Running, Scheduled, Suspended
from prefect.utilities.engine import propose_state_sync
from structlog.testing import capture_logs

from core.settings import settings
from flows.start import start_run
from flows.watch import (
    end_all_strays,
    heal_runs,
    put_back_deployments,
    say_who_waits_for_a_worker,
)
from models.journal import Event
from models.labels import label
from models.measure import Measure
from models.question import Choice, QuestionKind
from store import runs
from store.runs import MOST_RESTARTS
from tests.journey.driver import Journey

_SHELTER = Measure.HOUSING
_A_MOMENT = 0.5


@pytest.fixture
def impatience(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass may stay silent for a moment only."""
    monkeypatch.setenv("PND_LEASE_SECONDS", str(_A_MOMENT))
    settings.cache_clear()


def _begun(journey: Journey) -> Journey:
    return journey.starts("mere-de-deux-enfants", _SHELTER)


def _run(journey: Journey) -> UUID:
    return journey.flow_run.id


def _is_asleep(journey: Journey) -> bool:
    state = journey.flow_run.state
    return state is not None and state.type is StateType.PAUSED


def _answers_left_in_the_form(journey: Journey) -> None:
    contact = journey.question(QuestionKind.FIRST_CONTACT)
    assert journey.resume({contact.field: label(Choice.REACHED)}) == "ACCEPT"


def _was_heard_once(journey: Journey) -> None:
    assert journey.asks(QuestionKind.DEPARTURE_DAY)
    assert _is_asleep(journey)
    said = [entry.code for entry in journey.events(Event.QUESTION_ANSWERED)]
    assert said == [f"{QuestionKind.FIRST_CONTACT}:{Choice.REACHED}"]


def test_a_run_cancelled_by_mistake_is_replaced_and_the_answer_it_held_is_heard(
    journey: Journey,
) -> None:
    _begun(journey)
    _answers_left_in_the_form(journey)
    lost = _run(journey)
    journey.prefect.set_flow_run_state(lost, Cancelled(), force=True)
    journey.settles()
    assert _run(journey) != lost
    _was_heard_once(journey)


def test_a_run_deleted_by_mistake_is_replaced_and_asks_the_same(journey: Journey) -> None:
    _begun(journey)
    asked = {question.slot for question in journey.case.open_questions()}
    lost = _run(journey)
    journey.prefect.delete_flow_run(lost)
    journey.settles()
    assert _run(journey) != lost
    assert {question.slot for question in journey.case.open_questions()} == asked
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    _was_heard_once(journey)


@pytest.mark.parametrize("state", [Crashed(), Failed()], ids=["crashed", "failed"])
def test_a_broken_run_starts_again_and_the_answer_it_held_is_heard(
    journey: Journey, state: State
) -> None:
    _begun(journey)
    _answers_left_in_the_form(journey)
    same = _run(journey)
    journey.prefect.set_flow_run_state(same, state, force=True)
    journey.settles()
    assert _run(journey) == same
    _was_heard_once(journey)
    assert len(journey.events(Event.RUN_RESTARTED)) == 1


@pytest.mark.parametrize("state", [Pending(), Running()], ids=["pending", "running"])
def test_a_run_whose_worker_died_with_it_is_taken_up_again_once_it_was_silent_for_too_long(
    journey: Journey, state: State, impatience: None
) -> None:
    _begun(journey)
    _answers_left_in_the_form(journey)
    same = _run(journey)
    journey.prefect.set_flow_run_state(same, state, force=True)
    # Time that Prefect stamps, not ours, says how long a run has been silent.
    time.sleep(2 * _A_MOMENT)
    journey.settles()
    heal_runs()
    journey.settles()
    assert _run(journey) == same
    _was_heard_once(journey)
    assert len(journey.events(Event.RUN_RESTARTED)) == 1


def test_the_admin_is_told_of_runs_that_no_worker_takes(journey: Journey, impatience: None) -> None:
    _begun(journey)
    _answers_left_in_the_form(journey)
    time.sleep(2 * _A_MOMENT)
    with capture_logs() as told:
        say_who_waits_for_a_worker()
    assert [(line["event"], line["territory"], line["count"]) for line in told] == [
        ("runs_wait_for_a_worker", "21", 1)
    ]
    journey.settles()
    _was_heard_once(journey)


def test_a_human_is_told_once_of_a_run_that_keeps_breaking_and_a_finished_pass_forgives(
    journey: Journey,
) -> None:
    _begun(journey)
    for _ in range(MOST_RESTARTS):
        runs.count_restart(journey.reference)
    run = journey.prefect.read_flow_run(_run(journey))
    journey.prefect.set_flow_run_state(run.id, Crashed(), force=True)
    heal_runs()
    heal_runs()
    told = journey.events(Event.HUMAN_NEEDED)
    assert [entry.code for entry in told] == ["run_keeps_breaking"]
    assert runs.broken_runs() == [journey.reference]
    journey.prefect.set_flow_run_state(run.id, Scheduled(), force=True)
    journey.settles()
    assert runs.broken_runs() == []
    known = runs.run_of(journey.reference)
    assert known is not None
    assert known.restarts == 0


def test_a_pause_from_the_screen_shows_the_form_again(journey: Journey) -> None:
    _begun(journey)
    _answers_left_in_the_form(journey)
    # What Prefect's own button does: a sleep without a form.
    journey.prefect.set_flow_run_state(_run(journey), Suspended(timeout_seconds=300), force=True)
    journey.settles()
    _was_heard_once(journey)
    assert set(journey.form()["properties"]) > {"agir"}


def test_a_form_that_disappeared_is_put_back_by_the_bell(journey: Journey) -> None:
    _begun(journey)
    state = journey.flow_run.state
    assert state is not None
    keyset = state.state_details.run_input_keyset
    assert keyset
    journey.prefect.delete_flow_run_input(_run(journey), keyset["schema"])
    journey.passes(days=6)
    assert _is_asleep(journey)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    _was_heard_once(journey)


def test_a_sleep_whose_confirmation_was_lost_has_its_form(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost_on_the_way(**asked: object) -> State:
        # Prefect's client then asks again, is refused because the run sleeps, and stops here.
        raise Pause(state=propose_state_sync(**asked))  # type: ignore[arg-type]

    monkeypatch.setattr("prefect.flow_runs.propose_state_sync", lost_on_the_way)
    _begun(journey)
    monkeypatch.undo()
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    _was_heard_once(journey)


def test_a_second_run_for_a_departure_is_ended_and_does_nothing(journey: Journey) -> None:
    _begun(journey)
    carried = journey.prefect.read_flow_run(_run(journey))
    assert carried.deployment_id is not None
    twin = journey.prefect.create_flow_run_from_deployment(
        carried.deployment_id, name=journey.reference, parameters={"reference": journey.reference}
    )
    unknown = journey.prefect.create_flow_run_from_deployment(
        carried.deployment_id, name="21-222222", parameters={"reference": "21-222222"}
    )
    journey.prefect.set_flow_run_state(unknown.id, Suspended(), force=True)
    journey.settles()
    end_all_strays()
    ended = [journey.prefect.read_flow_run(run.id).state for run in (twin, unknown)]
    assert [state.type for state in ended if state] == [StateType.CANCELLED] * 2
    assert _run(journey) == carried.id
    assert _is_asleep(journey)


def test_a_run_killed_after_its_departure_was_over_gives_its_place_back(
    journey: Journey, impatience: None
) -> None:
    _begun(journey)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.CONTACT_LOST)
    journey.prefect.set_flow_run_state(_run(journey), Running(), force=True)
    end_all_strays()
    state = journey.flow_run.state
    assert state is not None
    assert state.type is StateType.RUNNING, "its process may still be at work"
    time.sleep(2 * _A_MOMENT)
    end_all_strays()
    state = journey.flow_run.state
    assert state is not None
    assert state.type is StateType.COMPLETED


def test_a_departure_that_is_being_given_a_run_has_no_stray(journey: Journey) -> None:
    _begun(journey)
    before = _run(journey)
    journey.prefect.set_flow_run_state(before, Cancelled(), force=True)
    # Whoever replaces it dies after Prefect made the run, before the store knows it.
    known = runs.carried_by
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runs, "carried_by", lambda *_: None)
        made = start_run(journey.reference, instead_of=before)
    assert runs.carried_by is known
    end_all_strays()
    journey.settles()
    assert _run(journey) == made
    assert _is_asleep(journey)
    named = FlowRunFilter(name=FlowRunFilterName(any_=[journey.reference]))
    assert len(journey.prefect.read_flow_runs(flow_run_filter=named)) == 2


@pytest.mark.parametrize("what", ["deployment", "pool"])
def test_what_was_deleted_of_a_territory_is_put_back_and_its_departures_go_on(
    journey: Journey, what: str
) -> None:
    _begun(journey)
    lost = journey.prefect.read_flow_run(_run(journey))
    assert lost.deployment_id is not None
    if what == "deployment":
        journey.prefect.delete_deployment(lost.deployment_id)
        # What a worker does with a run whose deployment is gone, once it is woken.
        _answers_left_in_the_form(journey)
        journey.prefect.set_flow_run_state(lost.id, Cancelled(), force=True)
    else:
        journey.prefect.delete_work_pool("depart-21")
        _answers_left_in_the_form(journey)
    put_back_deployments()
    journey.settles()
    assert _run(journey) != lost.id
    assert journey.flow_run.work_queue_id is not None
    assert journey.flow_run.deployment_id is not None
    _was_heard_once(journey)
    state = journey.prefect.read_flow_run(lost.id).state
    assert state is not None
    assert state.type is StateType.CANCELLED
