"""What an agency's word changes, according to where the request stands."""

import pytest

from models.act import Verb
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.measure import Measure, MeasureState
from models.question import QuestionKind
from models.reply import ReplyKind
from models.request import ENDED, RequestState
from tests.models.journey.cases import (
    a_case,
    a_deadline,
    a_question,
    a_request,
    after_reply,
    an_act,
)

_LIVE = sorted(set(RequestState) - ENDED - {RequestState.DRAFT})


@pytest.mark.parametrize(
    ("kind", "decided"),
    [
        (ReplyKind.RECEIVED, ["request acknowledged", "expect reply"]),
        (ReplyKind.NEED_INFO, ["request need_info", "ask missing_document"]),
        (ReplyKind.OFFER, ["request offered", "ask offer"]),
        (ReplyKind.ACCEPTED, ["request accepted", "expect deliver"]),
        (ReplyKind.APPOINTMENT, ["request in_progress", "expect deliver"]),
        (ReplyKind.WAITING, ["request in_progress", "expect deliver"]),
        (ReplyKind.REFUSED, ["request refused", "ask next_step"]),
        (ReplyKind.FAILED, ["request failed", "ask next_step"]),
        # Law: six months of rights run from the payment; their end is announced (CASF L214-10).
        (ReplyKind.FULFILLED, ["request fulfilled", "auu delivered", "expect legal_end"]),
        (ReplyKind.INFORMATION, []),
    ],
)
def test_each_word_of_an_agency_has_its_consequence(kind: ReplyKind, decided: list[str]) -> None:
    case = a_case()
    request = a_request(case)

    note, *rest = after_reply(case, request, kind)

    assert note.startswith("note ")
    assert rest == decided


@pytest.mark.parametrize("state", sorted(ENDED))
@pytest.mark.parametrize("kind", sorted(set(ReplyKind) - {ReplyKind.INFORMATION}))
def test_a_reply_to_a_request_that_has_ended_moves_nothing(
    state: RequestState, kind: ReplyKind
) -> None:
    case = a_case()
    request = a_request(case, state)

    decided = after_reply(case, request, kind)

    assert decided in (["note reply_too_late", "ask late_reply"], ["note reply_too_late"])


def test_a_late_word_that_only_repeats_the_end_is_noted_and_asks_nothing() -> None:
    case = a_case()
    refused = a_request(case, RequestState.REFUSED)

    assert after_reply(case, refused, ReplyKind.REFUSED) == ["note reply_too_late"]


@pytest.mark.parametrize("state", [DepartureState.PAUSED, DepartureState.CLOSED])
def test_nothing_is_applied_to_a_departure_at_rest(state: DepartureState) -> None:
    case = a_case(state, auu=MeasureState.WISHED)
    request = a_request(case, RequestState.WITHDRAWN)

    decided = after_reply(case, request, ReplyKind.OFFER)

    assert decided == ["note reply_too_late", "ask late_reply"]


@pytest.mark.parametrize(
    "state", [RequestState.OFFERED, RequestState.ACCEPTED, RequestState.IN_PROGRESS]
)
def test_a_receipt_overtaken_by_a_later_word_takes_nothing_back(state: RequestState) -> None:
    case = a_case()
    request = a_request(case, state)

    assert after_reply(case, request, ReplyKind.RECEIVED) == ["note reply_too_late"]


@pytest.mark.parametrize("kind", [ReplyKind.OFFER, ReplyKind.ACCEPTED, ReplyKind.WAITING])
def test_a_decision_overtakes_the_call_and_the_missing_document(kind: ReplyKind) -> None:
    case = a_case()
    request = a_request(case, RequestState.NEED_INFO)
    a_question(case, QuestionKind.CALL_AGENCY, request)
    a_question(case, QuestionKind.MISSING_DOCUMENT, request)

    decided = after_reply(case, request, kind)

    assert {"drop call_agency", "drop missing_document"} <= set(decided)


@pytest.mark.parametrize("kind", [ReplyKind.REFUSED, ReplyKind.FAILED, ReplyKind.FULFILLED])
def test_the_end_of_a_request_ends_its_acts_its_questions_and_its_deadlines(
    kind: ReplyKind,
) -> None:
    case = a_case()
    request = a_request(case, RequestState.OFFERED)
    a_question(case, QuestionKind.OFFER, request)
    a_deadline(case, DeadlineKind.DELIVER, request)
    an_act(case, Verb.ACCEPT_OFFER, request)

    decided = after_reply(case, request, kind)

    assert {"drop offer", "met deliver", "give up accept_offer"} <= set(decided)


def test_what_tells_an_agency_that_we_no_longer_ask_outlives_the_request() -> None:
    case = a_case()
    request = a_request(case, RequestState.OFFERED)
    an_act(case, Verb.DECLINE_OFFER, request)
    a_deadline(case, DeadlineKind.RETRY, request)

    decided = after_reply(case, request, ReplyKind.FAILED)

    assert "give up decline_offer" not in decided
    assert "met retry" not in decided


@pytest.mark.parametrize("tries", [0, 1])
def test_an_agency_that_answers_before_its_receipt_is_believed_if_it_was_asked(tries: int) -> None:
    case = a_case()
    request = a_request(case, RequestState.DRAFT)
    an_act(case, Verb.SEND, request, tries=tries)

    decided = after_reply(case, request, ReplyKind.ACCEPTED)

    was_asked = tries > 0
    assert ("request accepted" in decided) is was_asked
    assert ("ask late_reply" in decided) is not was_asked


def test_the_same_offer_told_twice_is_asked_once() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    request = a_request(case, RequestState.OFFERED, measure=Measure.HOUSING, agency="siao-21")
    a_question(case, QuestionKind.OFFER, request, offer="OF-1")

    assert "ask offer" not in after_reply(case, request, ReplyKind.OFFER, offer="OF-1")
    assert "ask offer" in after_reply(case, request, ReplyKind.OFFER, offer="OF-2")


def test_a_refusal_asks_for_no_other_agency_while_another_request_lives() -> None:
    case = a_case()
    refusing = a_request(case)
    a_request(case, agency="msa-21")

    assert "ask next_step" not in after_reply(case, refusing, ReplyKind.REFUSED)


@pytest.mark.parametrize("state", _LIVE)
def test_every_living_request_can_be_refused(state: RequestState) -> None:
    case = a_case()
    request = a_request(case, state)

    assert "request refused" in after_reply(case, request, ReplyKind.REFUSED)
