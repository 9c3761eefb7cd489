"""What agencies answer: no, not without a document, perhaps, twice, or too late."""

from models.departure import DepartureState
from models.journal import Event
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind, Wish
from models.request import RefusalReason, RequestState
from tests.journey.driver import Journey


def test_a_full_shelter_leads_to_another_departement_by_phone_down_to_the_result(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "refuse:no_capacity")
    journey.plans()
    journey.passes(hours=5)
    refused = journey.request(Measure.HOUSING)
    assert (refused.state, refused.reason) == (RequestState.REFUSED, RefusalReason.NO_CAPACITY)

    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_NEXT_AGENCY)
    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_ACCEPTED)
    assert journey.request(Measure.HOUSING).state is RequestState.ACCEPTED
    journey.passes(hours=25)
    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_DONE)

    assert journey.requests(Measure.HOUSING) == [
        ("siao-21", 1, RequestState.REFUSED),
        ("inter-siao-21", 1, RequestState.FULFILLED),
    ]
    assert journey.case.has_consent(Measure.HOUSING, "inter-siao-21")
    journey.answers(QuestionKind.CONFIRM_DELIVERY, Choice.CONFIRMED)
    assert journey.measure(Measure.HOUSING) is MeasureState.CONFIRMED


def test_a_missing_document_is_asked_of_the_referent_and_the_request_goes_on(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.order("caf-21", "need_document")
    journey.plans()
    journey.passes(days=2)
    assert journey.request(Measure.AUU).state is RequestState.NEED_INFO

    journey.answers(QuestionKind.MISSING_DOCUMENT, Choice.SUPPLIED)
    journey.passes(days=5)

    assert journey.request(Measure.AUU).state is RequestState.FULFILLED
    assert len(journey.calls("caf-21", "send")) == 1
    assert journey.asks(QuestionKind.CONFIRM_DELIVERY, Measure.AUU)


def test_an_offer_that_expires_unanswered_is_not_accepted_and_a_human_chooses_again(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "offer:2", times=1)
    journey.plans()
    journey.passes(hours=2.5)
    assert journey.asks(QuestionKind.OFFER)

    journey.passes(hours=3)

    assert not journey.asks(QuestionKind.OFFER)
    # Whoever says it first, the agency or our own deadline, the place is lost.
    lost = (RequestState.EXPIRED, RequestState.FAILED)
    assert journey.request(Measure.HOUSING).state in lost
    assert not journey.calls("siao-21", "accept_offer")
    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_AGAIN)
    keys = {call.idempotency_key for call in journey.calls("siao-21", "send")}
    assert keys == {f"{journey.reference}:heberg:siao-21:{attempt}" for attempt in (1, 2)}


def test_an_accepted_offer_is_accepted_once_and_is_not_yet_an_admission(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.plans()
    journey.passes(hours=3)

    journey.answers(QuestionKind.OFFER, Choice.ACCEPT_OFFER)

    assert journey.sent_once("siao-21", "accept_offer")
    assert journey.measure(Measure.HOUSING) is MeasureState.ONGOING
    journey.passes(days=2)
    assert journey.measure(Measure.HOUSING) is MeasureState.DELIVERED


def test_every_reply_said_twice_is_read_once(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.order("france-victimes-21", "twice")
    journey.plans()

    journey.passes(days=11)

    events = [news.event for news in journey.case.news]
    assert len(events) == len(set(events))
    replies = [entry.code for entry in journey.events(Event.REPLY_RECEIVED)]
    assert len(replies) == len(set(replies))
    assert journey.asks(QuestionKind.CONFIRM_DELIVERY, Measure.PSY)


def test_a_reply_after_withdrawal_goes_to_a_human_and_can_be_filed_away(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.plans()
    journey.wishes(Wish.TAKE_BACK)
    journey.answers(QuestionKind.TAKE_BACK, "take_back:auu")
    assert journey.measure(Measure.AUU) is MeasureState.WITHDRAWN

    journey.says("caf-21", Measure.AUU, "fulfilled")

    assert journey.asks(QuestionKind.LATE_REPLY, Measure.AUU)
    assert journey.measure(Measure.AUU) is MeasureState.WITHDRAWN, "never applied silently"
    journey.answers(QuestionKind.LATE_REPLY, Choice.FILE_AWAY)
    assert journey.measure(Measure.AUU) is MeasureState.WITHDRAWN


def test_a_shelter_place_offered_after_closure_can_still_be_taken_up(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "never")
    journey.plans()
    journey.wishes(Wish.CLOSE)
    journey.answers(QuestionKind.CLOSE, Choice.CLOSE_MOVED)
    assert journey.state is DepartureState.CLOSED

    journey.says("siao-21", Measure.HOUSING, "offer")
    journey.answers(QuestionKind.LATE_REPLY, Choice.TAKE_UP)

    assert journey.case.departure.state is DepartureState.ACTIVE
    assert journey.asks(QuestionKind.OFFER, Measure.HOUSING)
