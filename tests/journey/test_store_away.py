"""The store goes away under a pass of the real flow: it waits, and else comes back by itself."""

import pytest
from prefect.client.schemas.objects import StateType
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow
from prefect.states import Pending

from core.settings import settings
from flows.departure import departure
from models.journal import Event
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.wording import option_label
from store import patience
from tests.journey.driver import Journey
from tests.outages.conftest import wire  # noqa: F401 - a fixture
from tests.outages.wire import Wire


def test_a_pass_that_waited_in_vain_is_scheduled_again_with_its_answers_and_no_restart_counted(
    journey: Journey,
    wire: Wire,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    contact = journey.question(QuestionKind.FIRST_CONTACT)
    reached = option_label(Choice.REACHED, journey.case)
    run = journey.flow_run
    assert journey.resume({contact.field: reached}) == "ACCEPT"

    # A pass that is put off comes back once its lease has run out: here, after a second.
    monkeypatch.setenv("PND_LEASE_SECONDS", "1")
    settings.cache_clear()
    wire.down()
    journey.prefect.set_flow_run_state(run.id, Pending())
    claimed = journey.prefect.read_flow_run(run.id)
    with pytest.raises(Abort):
        run_flow(departure, flow_run=claimed, parameters=claimed.parameters)
    state = journey.prefect.read_flow_run(run.id).state
    assert state is not None
    assert state.type is StateType.SCHEDULED
    assert state.name == "AwaitingRetry"
    again_at = state.state_details.scheduled_time
    assert again_at is not None
    assert again_at > state.timestamp, "once the lease has run out"
    wire.up()

    journey.settles()

    assert journey.asks(QuestionKind.DEPARTURE_DAY), "the answer left in the form was kept"
    assert journey.case.departure.restarts == 0


def test_an_answer_collected_on_a_line_that_is_cut_at_every_commit_is_collected_once(
    journey: Journey,
    wire: Wire,  # noqa: F811
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)

    wire.cuts_commits(b"FOR UPDATE", answer_is_lost=True, times=99, every=2)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    wire.holds()

    assert wire.cuts >= 5, "taking, collecting, digesting, advancing, ending"
    assert journey.asks(QuestionKind.DEPARTURE_DAY)
    assert len(journey.events(Event.QUESTION_ANSWERED)) == 1
    assert journey.events(Event.ANSWER_TOO_LATE) == []
    assert journey.events(Event.RUN_RESTARTED) == []
