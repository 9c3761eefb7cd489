"""A machine dies in the middle of a pass; the departure goes on, and nobody is asked twice."""

import pytest

from cli.world import World
from models.act import ActState, Verb
from models.journal import Event
from models.question import QuestionKind
from store import journal
from tests.living import TERRITORY, Life, eventually, nurseries, passes_under_way

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)

_WORKER = f"worker-{TERRITORY}"


def test_a_pass_killed_with_its_worker_while_an_agency_holds_the_call_is_taken_up_again(
    life: Life, living_world: World
) -> None:
    life.orders("timeout:1")
    departure = life.files_in_danger()
    eventually(lambda: departure.ledger("send"), "the shelter holds the call")
    passes = passes_under_way(living_world)
    assert passes, "the pass waits for the shelter's answer"

    living_world.kill(_WORKER)
    for process in passes:
        process.kill()
    assert departure.flow_run["state_type"] == "RUNNING", "nobody has told Prefect"
    living_world.start(_WORKER)

    departure.asks(QuestionKind.FIRST_CONTACT)
    first, *again = departure.ledger("send")
    assert not first.duplicate
    assert again, "the same request was sent again"
    assert all(call.duplicate for call in again)
    assert {call.idempotency_key for call in again} == {first.idempotency_key}
    [sending] = [act for act in departure.case.acts if act.verb is Verb.SEND]
    assert (sending.state, sending.tries) == (ActState.DONE, 2)
    events = [entry.event for entry in journal.entries(departure.reference)]
    assert events.count(Event.ACT_DONE) == 1
    assert Event.RUN_RESTARTED in events

    departure.ends()


def test_when_the_process_that_passes_are_born_from_dies_the_one_under_way_goes_on_and_others_come(
    life: Life, living_world: World
) -> None:
    life.orders("timeout:1")
    held = life.files_in_danger()
    eventually(lambda: held.ledger("send"), "the shelter holds the call")
    [nursery] = nurseries(living_world)

    nursery.kill()

    held.asks(QuestionKind.FIRST_CONTACT)
    other = life.files_in_danger()
    other.asks(QuestionKind.FIRST_CONTACT)
    assert Event.RUN_RESTARTED not in [e.event for e in journal.entries(held.reference)]
    [after] = nurseries(living_world)
    assert after.pid != nursery.pid
    held.ends()
    other.ends()
