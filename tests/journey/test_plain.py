"""The plain journey: everything is asked, everything comes, the departure closes."""

import pytest

from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import RequestState
from tests.journey.driver import Journey


@pytest.mark.timeout(240)
def test_a_person_leaves_and_has_what_was_promised(journey: Journey) -> None:
    journey.starts()

    journey.lives_until_closed()

    assert journey.case.departure.outcome is Outcome.EXIT
    assert {wish.state for wish in journey.case.wishes} == {MeasureState.CONFIRMED}
    for agency in ("caf-21", "siao-21", "petite-enfance-21", "france-victimes-21", "bav-21"):
        assert journey.sent_once(agency, "send"), agency
    assert not [call for call in journey.calls() if call.duplicate]
    assert journey.flow_run.state_name == "Completed"


def test_all_agencies_are_asked_in_the_same_pass_and_nothing_leaves_before(
    journey: Journey,
) -> None:
    measures = (Measure.AUU, Measure.HOUSING, Measure.PSY)
    journey.starts("mere-de-deux-enfants", *measures)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    assert not journey.calls()

    journey.confirms_plan()
    assert not journey.calls(), "consent is there, the signature is not"
    journey.signs()

    assert {call.agency for call in journey.calls(verb="send")} == {
        "caf-21",
        "siao-21",
        "france-victimes-21",
    }


def test_a_measure_that_is_not_wanted_is_never_sent(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)

    journey.plans(refused=(Measure.PSY,))

    assert journey.measure(Measure.PSY) is MeasureState.DECLINED
    assert not journey.calls("france-victimes-21")
    assert journey.sent_once("caf-21", "send")


def test_a_planned_departure_sends_each_request_when_its_day_comes(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.CHILDCARE)

    journey.plans(leaves=Choice.LEAVES_IN_14_DAYS)
    assert not journey.calls()
    assert {d.kind for d in journey.case.running()} >= {DeadlineKind.START, DeadlineKind.FOLLOW_UP}

    journey.passes(days=5)
    assert journey.sent_once("petite-enfance-21", "send"), "ten days before the departure"
    assert not journey.calls("caf-21")

    journey.passes(days=10)
    assert journey.sent_once("caf-21", "send"), "on the day"


def test_training_waits_for_childcare_and_employment(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.EMPLOYMENT, Measure.TRAINING)
    journey.plans()
    assert not journey.case.requests_for(Measure.TRAINING)

    journey.passes(days=16)

    assert journey.measure(Measure.EMPLOYMENT) is MeasureState.DELIVERED
    assert journey.request(Measure.TRAINING).state is not RequestState.DRAFT


def test_someone_who_cannot_be_reached_is_tried_again_the_next_day(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)

    journey.answers(QuestionKind.FIRST_CONTACT, Choice.UNREACHABLE)
    assert not journey.case.open_questions()
    journey.passes(days=1, hours=1)

    assert journey.asks(QuestionKind.FIRST_CONTACT)
    assert journey.state is DepartureState.PROPOSED


def test_a_contact_that_is_lost_closes_the_departure_without_asking_anybody(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)

    journey.answers(QuestionKind.FIRST_CONTACT, Choice.CONTACT_LOST)

    assert journey.case.departure.outcome is Outcome.LOST_CONTACT
    assert not journey.calls()
    assert journey.flow_run.state_name == "Completed"
