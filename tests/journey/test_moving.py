"""The person goes on in another territory: nothing stays pending here, every yes is asked there."""

from models.departure import DepartureState, Outcome
from models.journal import Event
from models.measure import Measure, MeasureState
from models.question import QuestionKind, Wish
from tests.journey.driver import Journey


def test_a_move_opens_a_departure_there_with_a_new_referent_and_asks_every_yes_anew(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.plans()
    here = journey.reference

    journey.wishes(Wish.TRANSFER)
    journey.answers(QuestionKind.TRANSFER, "transfer_to:59")
    assert journey.case.departure.outcome is Outcome.MOVED
    assert journey.sent_once("caf-21", "recall")
    assert journey.sent_once("france-victimes-21", "recall")
    assert journey.flow_run.state_name == "Completed"
    journey.moves_on()

    assert journey.reference.startswith("59-")
    assert journey.case.departure.came_from == here
    assert journey.case.departure.referent == "ref-59-a"
    assert journey.state is DepartureState.PROPOSED
    assert not journey.case.consents
    assert len(journey.events(Event.RUN_STARTED)) == 1, "the watch gave it its run"
    journey.plans()
    assert journey.sent_once("caf-59", "send")
    assert journey.measure(Measure.PSY) is MeasureState.ONGOING
    assert not [call for call in journey.calls() if call.agency.endswith("-21")]
