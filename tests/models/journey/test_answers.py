"""What a human's answer changes, and what it no longer changes when it comes after the fact."""

import pytest

from models.act import Verb
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.offers import occasion_of
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.reply import ReplyKind
from models.request import ENDED, TRANSITIONS, RequestState
from tests.models.journey.cases import (
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    after_answer,
    an_act,
    late_news,
)

_CALLS = [
    Choice.CALL_TAKEN,
    Choice.CALL_ACCEPTED,
    Choice.CALL_DONE,
    Choice.CALL_NO_CAPACITY,
    Choice.CALL_REFUSED,
]


@pytest.mark.parametrize("state", sorted(set(RequestState) - ENDED))
@pytest.mark.parametrize("choice", _CALLS)
def test_whatever_a_call_brings_back_the_request_may_move_so(
    state: RequestState, choice: Choice
) -> None:
    case = a_case()
    request = a_request(case, state)
    call = a_question(case, QuestionKind.CALL_AGENCY, request, answer=choice)

    moves = [word for word in after_answer(case, call) if word.startswith("request ")]

    for word in moves:
        reached = RequestState(word.removeprefix("request "))
        assert reached is state or reached in TRANSITIONS[state]
        state = reached


@pytest.mark.parametrize(
    ("answers", "decided"),
    [
        ([Choice.CALL_NO_ANSWER], "expect ask_again"),
        ([Choice.CALL_NO_ANSWER, Choice.CALL_NO_ANSWER], "request expired"),
        ([Choice.CALL_NO_ANSWER, Choice.CALL_TAKEN, Choice.CALL_NO_ANSWER], "expect ask_again"),
    ],
)
def test_two_calls_in_a_row_that_nobody_takes_end_the_wait(
    answers: list[Choice], decided: str
) -> None:
    case = a_case(psy=MeasureState.ONGOING)
    request = a_request(case, measure=Measure.PSY, agency="france-victimes-21")
    *_, last = [a_question(case, QuestionKind.CALL_AGENCY, request, answer=a) for a in answers]

    assert decided in after_answer(case, last)


@pytest.mark.parametrize(
    ("measure", "agency", "state"),
    [
        # What the law owes, and what was promised, is not given up because nobody picks up.
        (Measure.AUU, "caf-21", RequestState.REQUESTED),
        (Measure.PSY, "france-victimes-21", RequestState.ACCEPTED),
        (Measure.HOUSING, "siao-21", RequestState.OFFERED),
    ],
)
def test_what_is_owed_or_promised_is_called_about_until_somebody_answers(
    measure: Measure, agency: str, state: RequestState
) -> None:
    case = a_case(having={measure: MeasureState.ONGOING})
    request = a_request(case, state, measure=measure, agency=agency)
    nobody = Choice.CALL_NO_ANSWER
    *_, last = [
        a_question(case, QuestionKind.CALL_AGENCY, request, answer=nobody) for _ in range(5)
    ]

    assert after_answer(case, last) == ["expect ask_again"]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (QuestionKind.CALL_AGENCY, Choice.CALL_ACCEPTED),
        (QuestionKind.OFFER, Choice.ACCEPT_OFFER),
        (QuestionKind.MISSING_DOCUMENT, Choice.SUPPLIED),
    ],
)
def test_an_answer_about_a_request_that_has_ended_comes_too_late(
    kind: QuestionKind, answer: Choice
) -> None:
    case = a_case()
    ended = a_request(case, RequestState.REFUSED)
    question = a_question(case, kind, ended, answer=answer)

    assert after_answer(case, question) == ["note answer_too_late"]


@pytest.mark.parametrize(
    ("kind", "answer", "state"),
    [
        (QuestionKind.FIRST_CONTACT, Choice.REACHED, DepartureState.PAUSED),
        (QuestionKind.SIGN_PLAN, Choice.SIGN, DepartureState.PAUSED),
        (QuestionKind.FOLLOW_UP, Choice.NO_CONTACT, DepartureState.PAUSED),
        (QuestionKind.REOPEN, Choice.REOPEN, DepartureState.CLOSED),
        (QuestionKind.CLOSE, Choice.CLOSE_EXIT, DepartureState.CLOSED),
        (QuestionKind.FIRST_CONTACT, Choice.CONTACT_LOST, DepartureState.CLOSED),
    ],
)
def test_an_answer_overtaken_by_the_departure_comes_too_late(
    kind: QuestionKind, answer: Choice, state: DepartureState
) -> None:
    case = a_case(state)

    assert after_answer(case, a_question(case, kind, answer=answer)) == ["note answer_too_late"]


def test_a_measure_not_wanted_is_recalled_when_danger_sent_it_ahead() -> None:
    case = a_case(DepartureState.CONTACTED, heberg=MeasureState.ONGOING)
    a_request(case, measure=Measure.HOUSING, agency="siao-21")
    question = a_question(
        case, QuestionKind.CONFIRM_MEASURE, measure=Measure.HOUSING, answer=Choice.NOT_WANTED
    )

    assert after_answer(case, question) == [
        "no more yes heberg",
        "request withdrawn",
        "act recall 1",
        "heberg declined",
    ]


def test_a_yes_to_a_request_that_danger_sent_ahead_does_not_send_it_again() -> None:
    case = a_case(DepartureState.CONTACTED, heberg=MeasureState.ONGOING)
    a_request(case, measure=Measure.HOUSING, agency="siao-21")
    question = a_question(
        case, QuestionKind.CONFIRM_MEASURE, measure=Measure.HOUSING, answer=Choice.AGREED_ORAL
    )
    question.agency = "siao-21"

    assert after_answer(case, question) == ["yes heberg siao-21"]


def test_one_offer_accepted_declines_the_others() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    request = a_request(case, RequestState.OFFERED, measure=Measure.HOUSING, agency="siao-21")
    chosen = a_question(case, QuestionKind.OFFER, request, offer="OF-1", answer=Choice.ACCEPT_OFFER)
    other = a_question(case, QuestionKind.OFFER, request, offer="OF-2")

    assert after_answer(case, chosen) == [
        f"act accept_offer {occasion_of(chosen)}",
        "expect deliver",
        f"act decline_offer {occasion_of(other)}",
        "drop offer",
    ]


def test_of_two_offers_accepted_in_one_form_only_the_first_is_taken() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    request = a_request(case, RequestState.OFFERED, measure=Measure.HOUSING, agency="siao-21")
    a_question(case, QuestionKind.OFFER, request, offer="OF-1", answer=Choice.ACCEPT_OFFER)
    second = a_question(case, QuestionKind.OFFER, request, offer="OF-2", answer=Choice.ACCEPT_OFFER)
    an_act(case, Verb.ACCEPT_OFFER, request)

    assert after_answer(case, second) == [f"act decline_offer {occasion_of(second)}"]


def test_asking_another_agency_recalls_the_request_whose_offer_was_declined() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    declined = a_request(
        case, RequestState.OFFERED, measure=Measure.PSY, agency="france-victimes-21"
    )
    question = a_question(case, QuestionKind.NEXT_STEP, declined, answer=Choice.ASK_NEXT_AGENCY)
    question.agency = "cmp-21"

    assert after_answer(case, question) == [
        "request withdrawn",
        "act recall 1",
        "yes psy cmp-21",
        "open cmp-21 1",
        "psy ongoing",
    ]


def test_where_places_are_scarce_the_agency_whose_offer_was_declined_goes_on_seeking() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    declined = a_request(case, RequestState.OFFERED, measure=Measure.HOUSING, agency="siao-21")
    question = a_question(case, QuestionKind.NEXT_STEP, declined, answer=Choice.ASK_NEXT_AGENCY)
    question.agency = "inter-siao-21"

    assert after_answer(case, question) == [
        "yes heberg inter-siao-21",
        "open inter-siao-21 1",
        "heberg ongoing",
    ]


@pytest.mark.parametrize("gone", ["hotel-21", "caf-21", "msa-21"])
def test_when_the_agency_that_was_named_may_no_longer_be_asked_no_yes_is_made_up_for_another(
    gone: str,
) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    refused = a_request(case, RequestState.REFUSED, measure=Measure.HOUSING, agency="siao-21")
    question = a_question(case, QuestionKind.NEXT_STEP, refused, answer=Choice.ASK_NEXT_AGENCY)
    question.agency = gone

    decided = after_answer(case, question)

    assert f"open {gone} 1" not in decided
    assert not [word for word in decided if word.startswith("yes ")]


def test_asking_again_uses_a_number_that_never_served() -> None:
    case = a_case()
    a_yes(case)
    a_request(case, RequestState.REFUSED)
    ended = a_request(case, RequestState.EXPIRED)
    question = a_question(case, QuestionKind.NEXT_STEP, ended, answer=Choice.ASK_AGAIN)

    assert "open caf-21 3" in after_answer(case, question)


def test_what_is_in_hand_is_sought_nowhere_else() -> None:
    case = a_case(auu=MeasureState.DELIVERED)
    a_request(case, RequestState.FULFILLED)
    a_request(case, agency="msa-21")
    question = a_question(
        case, QuestionKind.CONFIRM_DELIVERY, measure=Measure.AUU, answer=Choice.CONFIRMED
    )

    assert after_answer(case, question) == ["request withdrawn", "act recall 1", "auu confirmed"]


def test_a_departure_reopened_asks_again_all_that_is_not_in_hand() -> None:
    case = a_case(
        DepartureState.PAUSED,
        auu=MeasureState.CONFIRMED,
        heberg=MeasureState.GIVEN_UP,
        psy=MeasureState.WISHED,
        garde=MeasureState.DECLINED,
    )
    question = a_question(case, QuestionKind.REOPEN, answer=Choice.REOPEN)

    assert after_answer(case, question) == [
        "StartRound",
        "departure contacted",
        "heberg wished",
        "garde wished",
    ]


@pytest.mark.parametrize(
    ("state", "reached"),
    [(DepartureState.PAUSED, "contacted"), (DepartureState.CLOSED, "active")],
)
def test_a_late_reply_taken_up_brings_the_departure_back(
    state: DepartureState, reached: str
) -> None:
    case = a_case(state, heberg=MeasureState.WISHED)
    request = a_request(case, RequestState.WITHDRAWN, measure=Measure.HOUSING, agency="siao-21")
    an_act(case, Verb.RECALL, request)
    question = late_news(case, request, ReplyKind.OFFER)

    decided = after_answer(case, question)

    assert f"departure {reached}" in decided
    assert decided[-6:] == [
        "yes heberg siao-21",
        "heberg ongoing",
        "give up recall",
        "request acknowledged",
        "request offered",
        "ask offer",
    ]


def test_telling_a_recall_by_phone_ends_its_retries_and_no_other() -> None:
    case = a_case()
    request = a_request(case, RequestState.WITHDRAWN)
    an_act(case, Verb.RECALL, request)
    an_act(case, Verb.DECLINE_OFFER, request).offer = "OF-1"
    question = a_question(case, QuestionKind.TELL_RECALL, request, answer=Choice.RECALL_TOLD)

    assert after_answer(case, question) == ["give up recall"]


def test_a_question_put_again_is_put_only_while_it_matters() -> None:
    case = a_case(DepartureState.PAUSED)
    contact = a_question(case, QuestionKind.FIRST_CONTACT, answer=Choice.UNREACHABLE)
    a_deadline(case, DeadlineKind.ASK_AGAIN, question=contact)

    assert after_answer(case, contact) == ["met ask_again", "note answer_too_late"]


def test_immediate_danger_is_set_by_the_referent_whatever_a_score_said() -> None:
    case = a_case(DepartureState.CONTACTED, danger=DangerBand.WATCH)
    question = a_question(case, QuestionKind.DANGER, answer=Choice.IMMEDIATE)

    assert after_answer(case, question) == ["SetDanger", "ask danger_now"]
