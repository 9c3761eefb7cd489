"""Shelters are full: that is the usual case. Every night is bridged, every day a place is asked."""

from models.journal import Event
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import RequestState
from tests.journey.driver import Journey


def test_a_full_shelter_is_asked_again_every_day_while_a_hotel_bridges_until_a_place_comes(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "refuse:no_capacity", times=1)
    journey.plans()
    journey.passes(hours=2.5)

    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_STOP_GAP)
    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_DONE)
    assert [gap.agency for gap in journey.events(Event.STOP_GAP_IN_PLACE)] == ["hotel-21"]
    assert journey.measure(Measure.HOUSING) is MeasureState.ONGOING, "a hotel is no lasting place"
    journey.passes(days=1.1)

    keys = [call.idempotency_key for call in journey.calls("siao-21", "send")]
    assert keys == [f"{journey.reference}:heberg:siao-21:{day}" for day in (1, 2)]
    journey.answers(QuestionKind.OFFER, Choice.ACCEPT_OFFER)
    journey.passes(days=1.1)
    journey.answers(QuestionKind.CONFIRM_DELIVERY, Choice.CONFIRMED)
    assert journey.measure(Measure.HOUSING) is MeasureState.CONFIRMED
    assert journey.requests(Measure.HOUSING) == [
        ("siao-21", 1, RequestState.REFUSED),
        ("hotel-21", 1, RequestState.FULFILLED),
        ("siao-21", 2, RequestState.FULFILLED),
    ]


def test_a_place_is_kept_some_hours_more_then_accepted_once(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "offer:4")
    journey.plans()
    journey.passes(hours=3)

    journey.answers(QuestionKind.OFFER, Choice.HOLD_OFFER)
    journey.passes(hours=4)

    assert journey.sent_once("siao-21", "hold_offer")
    assert journey.events(Event.OFFER_EXTENDED)
    journey.answers(QuestionKind.OFFER, Choice.ACCEPT_OFFER)
    assert journey.sent_once("siao-21", "accept_offer")
    assert journey.request(Measure.HOUSING).state is RequestState.ACCEPTED
