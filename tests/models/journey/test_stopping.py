"""Taking back: what was asked is recalled, what was not sent never leaves, nothing is blamed."""

import pytest

from models.act import Verb
from models.agency import Channel
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.journey.stopping import close, go_home, take_back, undecided
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind, Wish
from models.request import RequestState
from tests.models.journey.cases import (
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    an_act,
    in_words,
)
from tests.models.journey.lives import Life


@pytest.mark.parametrize(
    ("state", "channel", "tries", "told"),
    [
        (RequestState.DRAFT, Channel.API, 0, []),
        (RequestState.DRAFT, Channel.API, 1, ["act recall 1"]),
        (RequestState.REQUESTED, Channel.API, 1, ["act recall 1"]),
        (RequestState.REQUESTED, Channel.LETTERBOX, 1, ["act recall 1"]),
        (RequestState.REQUESTED, Channel.CALL, 0, ["ask tell_recall"]),
        (RequestState.DRAFT, Channel.CALL, 0, []),
    ],
)
def test_an_agency_is_told_when_it_may_have_heard(
    state: RequestState, channel: Channel, tries: int, told: list[str]
) -> None:
    case = a_case()
    request = a_request(case, state, channel=channel)
    an_act(case, Verb.SEND, request, tries=tries)

    decided = in_words(take_back(case, Measure.AUU))

    assert "give up send" in decided
    assert [word for word in decided if "recall" in word] == told


def test_an_agency_that_never_answered_is_told_too() -> None:
    case = a_case()
    silent = a_request(case, RequestState.EXPIRED)

    assert undecided(case, Measure.AUU) == [silent]
    assert "act recall 1" in in_words(take_back(case, Measure.AUU))


def test_a_second_recall_is_another_act_than_the_first() -> None:
    case = a_case()
    request = a_request(case, RequestState.OFFERED)
    an_act(case, Verb.RECALL, request)

    assert "act recall 2" in in_words(take_back(case, Measure.AUU))


def test_taking_a_measure_back_drops_what_was_asked_about_its_past_requests() -> None:
    case = a_case()
    refused = a_request(case, RequestState.REFUSED)
    a_question(case, QuestionKind.NEXT_STEP, refused)
    told = a_question(case, QuestionKind.TELL_RECALL, refused)
    a_deadline(case, DeadlineKind.QUESTION, question=told)

    assert in_words(take_back(case, Measure.AUU)) == [
        "no more yes auu",
        "drop next_step",
        "auu withdrawn",
    ]


def test_going_home_recalls_everything_and_leaves_one_way_back() -> None:
    case = a_case(auu=MeasureState.ONGOING, psy=MeasureState.CONFIRMED)
    a_request(case)
    a_question(case, QuestionKind.FOLLOW_UP)
    a_question(case, QuestionKind.DANGER_NOW)
    a_deadline(case, DeadlineKind.FOLLOW_UP)

    assert in_words(go_home(case)) == [
        "drop follow_up",
        "met follow_up",
        "request withdrawn",
        "act recall 1",
        "no more yes auu",
        "auu wished",
        "departure paused",
        "ask reopen",
        # Danger: a return home is one of the moments at which it is assessed anew.
        "ask danger",
    ]


@pytest.mark.parametrize("state", [DepartureState.PAUSED, DepartureState.CLOSED])
def test_going_home_twice_changes_nothing(state: DepartureState) -> None:
    assert go_home(a_case(state)) == []


def test_closing_lets_the_recalls_that_are_on_their_way_arrive() -> None:
    case = a_case()
    withdrawn = a_request(case, RequestState.WITHDRAWN)
    an_act(case, Verb.RECALL, withdrawn)
    a_deadline(case, DeadlineKind.RETRY, withdrawn)
    a_question(case, QuestionKind.TELL_RECALL, withdrawn)

    assert in_words(close(case, Outcome.EXIT)) == [
        "no more yes auu",
        "auu given_up",
        "departure closed",
    ]


@pytest.mark.parametrize(
    ("option", "withdrawn"),
    [
        ("take_back:auu", [Measure.AUU]),
        ("take_back:psy", [Measure.PSY]),
        (Choice.TAKE_BACK_NOTHING, []),
    ],
)
def test_the_measure_that_is_named_is_taken_back_and_no_other(
    option: str, withdrawn: list[Measure]
) -> None:
    life = Life(a_case(auu=MeasureState.ONGOING, psy=MeasureState.ONGOING))
    for measure, agency in ((Measure.AUU, "caf-21"), (Measure.PSY, "france-victimes-21")):
        a_yes(life.case, measure, agency)
        a_request(life.case, measure=measure, agency=agency)
    life.wishes(Wish.TAKE_BACK)

    life.answers(life.asked(QuestionKind.TAKE_BACK), option)

    assert life.case.measures_in(MeasureState.WITHDRAWN) == withdrawn
    ended = [r.measure for r in life.case.requests if r.state is RequestState.WITHDRAWN]
    assert ended == withdrawn
    living = {yes.measure for yes in life.case.consents if yes.withdrawn_at is None}
    assert living == {Measure.AUU, Measure.PSY} - set(withdrawn)


def test_only_what_is_not_settled_can_be_taken_back() -> None:
    life = Life(a_case(auu=MeasureState.CONFIRMED, psy=MeasureState.AGREED))

    life.wishes(Wish.TAKE_BACK)

    assert life.asked(QuestionKind.TAKE_BACK).options == [
        "take_back:psy",
        Choice.TAKE_BACK_NOTHING,
    ]


def test_what_an_agency_already_did_is_told_when_the_measure_is_taken_back() -> None:
    life = Life(a_case())
    a_request(life.case, RequestState.ACCEPTED)

    life.does(take_back(life.case, Measure.AUU))

    assert life.asked(QuestionKind.CANNOT_UNDO).agency == "caf-21"
