"""Silence: an agency that is away is tried again, a danger is asked until it is over, and what
waits for nobody is put to a human. The ladders have a file of their own.
"""

from datetime import timedelta

import pytest

from models.act import Result, Verb
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.acts import concluded
from models.journey.asking import ask_to_call
from models.journey.danger import immediate_danger
from models.journey.ending import closing, confirmation, follow_up
from models.journey.lists import lists
from models.journey.next_steps import following_agency
from models.journey.requests import nothing_forgotten, requests
from models.measure import Measure, MeasureState
from models.news import News
from models.question import Choice, Question, QuestionKind
from models.request import RequestState
from models.step import Ask, Expect, Postpone
from tests.models.journey.cases import (
    NOW,
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    after_silence,
    an_act,
    in_words,
)
from tests.models.journey.lives import Life


def test_a_deadline_met_while_it_was_told_is_no_silence() -> None:
    case = a_case()
    deadline = a_deadline(case, DeadlineKind.REPLY, a_request(case))
    deadline.met_at = NOW

    assert after_silence(case, deadline) == []


@pytest.mark.parametrize("was_accepted", [False, True])
def test_an_offer_that_expires_ends_its_request_unless_another_was_accepted(
    was_accepted: bool,
) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    request = a_request(case, RequestState.OFFERED, measure=Measure.HOUSING, agency="siao-21")
    if was_accepted:
        an_act(case, Verb.ACCEPT_OFFER, request)
    offer = a_question(case, QuestionKind.OFFER, request, offer="OF-2")
    offer.due_at = NOW

    decided = after_silence(case, a_deadline(case, DeadlineKind.QUESTION, question=offer))

    assert ("request expired" in decided) is not was_accepted


@pytest.mark.parametrize(
    ("verb", "measure", "tries", "asked"),
    [
        (Verb.SEND, Measure.AUU, 1, []),
        (Verb.SEND, Measure.AUU, 3, ["ask call_agency"]),
        (Verb.SEND, Measure.HOUSING, 1, ["ask call_agency"]),
        (Verb.ACCEPT_OFFER, Measure.AUU, 1, ["ask call_agency"]),
        (Verb.RECALL, Measure.AUU, 3, ["ask tell_recall"]),
    ],
)
def test_an_agency_that_is_away_is_tried_again_and_soon_called(
    verb: Verb, measure: Measure, tries: int, asked: list[str]
) -> None:
    case = a_case(auu=MeasureState.ONGOING, heberg=MeasureState.ONGOING)
    state = RequestState.WITHDRAWN if verb is Verb.RECALL else RequestState.DRAFT
    request = a_request(case, state, measure=measure)
    act = an_act(case, verb, request, tries=tries)

    decided = in_words(concluded(case, act, Result.AWAY, None))

    assert decided == ["note act_failed", *asked, "Postpone", "expect retry"]


@pytest.mark.parametrize(("tries", "minutes"), [(1, 5), (2, 10), (4, 40), (9, 12 * 60)])
def test_the_wait_between_two_tries_doubles_up_to_half_a_day(tries: int, minutes: int) -> None:
    case = a_case()
    act = an_act(case, Verb.SEND, a_request(case, RequestState.DRAFT), tries=tries)

    [postponed] = [
        step for step in concluded(case, act, Result.AWAY, None) if isinstance(step, Postpone)
    ]

    assert postponed.until == NOW + timedelta(minutes=minutes)


def test_after_ten_tries_the_phone_is_the_only_way_left() -> None:
    case = a_case()
    act = an_act(case, Verb.SEND, a_request(case, RequestState.DRAFT), tries=10)

    assert in_words(concluded(case, act, Result.AWAY, None)) == [
        "note act_failed",
        "ask call_agency",
        "give up send",
    ]


def test_without_a_yes_at_the_last_moment_nothing_leaves_and_what_left_is_recalled() -> None:
    case = a_case()
    act = an_act(case, Verb.ACCEPT_OFFER, a_request(case, RequestState.OFFERED))

    assert in_words(concluded(case, act, Result.NO_CONSENT, None)) == [
        "note act_failed",
        "give up accept_offer",
        "give up accept_offer",
        "request withdrawn",
        "act recall 1",
    ]


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (DepartureState.PROPOSED, ["ask danger_now"]),
        (DepartureState.ACTIVE, ["ask danger_now"]),
        (DepartureState.PAUSED, ["ask danger_now"]),
        (DepartureState.CLOSED, []),
    ],
)
def test_immediate_danger_is_asked_until_it_is_over(
    state: DepartureState, asked: list[str]
) -> None:
    case = a_case(state, danger=DangerBand.IMMEDIATE)
    answered = a_question(case, QuestionKind.DANGER_NOW, answer=Choice.POLICE_CALLED)

    assert in_words(immediate_danger(case)) == asked

    a_deadline(case, DeadlineKind.ASK_AGAIN, question=answered)
    assert immediate_danger(case) == [], "it rests until it is reviewed"


def test_a_measure_delivered_is_asked_of_the_person_as_long_as_it_is_not_confirmed() -> None:
    case = a_case(auu=MeasureState.DELIVERED)
    dropped = a_question(case, QuestionKind.CONFIRM_DELIVERY, measure=Measure.AUU)

    assert confirmation(case) == []

    dropped.dropped_at = NOW
    assert in_words(confirmation(case)) == ["ask confirm_delivery"]


@pytest.mark.parametrize(("days_after", "asked"), [(0, None), (7, 7), (29, 7), (31, 30), (200, 90)])
def test_of_the_follow_ups_that_passed_the_last_is_asked(
    days_after: int, asked: int | None
) -> None:
    day = (NOW - timedelta(days=days_after)).date()
    case = a_case(DepartureState.STABILISING, departs_on=day, auu=MeasureState.CONFIRMED)

    questions = [step for step in follow_up(case) if isinstance(step, Ask)]

    assert [question.day for question in questions] == ([asked] if asked else [])


def test_a_departure_taken_up_before_its_day_was_known_can_close() -> None:
    case = a_case(DepartureState.STABILISING, departs_on=None, heberg=MeasureState.CONFIRMED)

    assert in_words(closing(case)) == ["ask close"]


@pytest.mark.parametrize("state", [RequestState.ACKNOWLEDGED, RequestState.REFUSED])
def test_a_measure_that_waits_for_nobody_is_put_to_a_human(state: RequestState) -> None:
    case = a_case()
    a_request(case, state)

    asked = "ask next_step" if state is RequestState.REFUSED else "ask call_agency"
    assert in_words(nothing_forgotten(case)) == [asked]


def test_a_second_departure_asks_the_same_agency_under_a_new_number() -> None:
    case = a_case(auu=MeasureState.AGREED)
    a_request(case, RequestState.WITHDRAWN)
    a_yes(case)
    case.departure.round = 2

    assert in_words(requests(case)) == ["open caf-21 2", "auu ongoing"]


def test_an_agency_asked_in_an_earlier_departure_may_be_asked_next() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    a_request(case, RequestState.WITHDRAWN, measure=Measure.HOUSING, agency="inter-siao-21")
    case.departure.round = 2
    a_request(case, RequestState.REFUSED, measure=Measure.HOUSING, agency="siao-21")

    following = following_agency(case, Measure.HOUSING)

    assert following is not None
    assert following.code == "inter-siao-21"


def test_a_second_departure_on_the_same_day_sets_its_start_again() -> None:
    day = (NOW + timedelta(days=30)).date()
    case = a_case(departs_on=day, psy=MeasureState.AGREED)
    first = [step.slot for step in requests(case) if isinstance(step, Expect)]
    case.departure.round = 2
    second = [step.slot for step in requests(case) if isinstance(step, Expect)]

    assert len(first) == len(second) == 1
    assert first != second


# --- A rest whose hour has come, and whose news is still to be read


def _rest_is_over(life: Life, question: Question, answer: Choice) -> News:
    life.answers(question, answer)
    return life.reaches(life.expected(DeadlineKind.ASK_AGAIN))


def test_a_list_is_not_settled_while_a_line_of_it_is_about_to_be_put_again() -> None:
    life = Life(a_case(epargne=MeasureState.ONGOING))
    life.goes_through(lists)
    _rest_is_over(life, life.asked(QuestionKind.CHECKLIST), Choice.NOT_YET)

    assert life.goes_through(lists) == []


def test_a_call_that_is_about_to_be_asked_again_is_asked_once() -> None:
    case = a_case()
    request = a_request(case)
    life = Life(case)
    call = a_question(case, QuestionKind.CALL_AGENCY, request, slot="call_agency:1:1")
    news = _rest_is_over(life, call, Choice.CALL_NO_ANSWER)

    assert ask_to_call(case, request) == []
    assert life.digests(news) == ["note deadline_reached", "ask call_agency"]


def test_a_call_that_is_about_to_be_asked_again_goes_to_whoever_is_next_and_once() -> None:
    case = a_case()
    request = a_request(case)
    life = Life(case)
    call = a_question(case, QuestionKind.CALL_AGENCY, request, slot="call_agency:1:1")
    news = _rest_is_over(life, call, Choice.CALL_NO_ANSWER)

    life.goes_to(a_deadline(case, DeadlineKind.STATUTORY, request))
    life.digests(news)

    assert life.asked(QuestionKind.CALL_AGENCY).asked_of == "coord-21"


def test_no_departure_ends_while_a_question_is_about_to_be_put_again() -> None:
    case = a_case(DepartureState.STABILISING, departs_on=None, psy=MeasureState.CONFIRMED)
    life = Life(case)
    risk = a_question(case, QuestionKind.SUICIDAL_RISK, slot="suicidal:1:1")
    _rest_is_over(life, risk, Choice.ACCOMPANIED)

    assert closing(case) == []


def test_what_was_done_in_a_danger_that_is_about_to_be_reviewed_is_asked_once() -> None:
    life = Life(a_case(danger=DangerBand.IMMEDIATE))
    life.goes_through(immediate_danger)
    news = _rest_is_over(life, life.asked(QuestionKind.DANGER_NOW), Choice.POLICE_CALLED)

    life.goes_through(immediate_danger)
    assert not life.case.open_questions(QuestionKind.DANGER_NOW)
    life.digests(news)

    assert life.asked(QuestionKind.DANGER_NOW)
