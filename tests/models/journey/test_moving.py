"""What changes around a departure: an agency or an agent too near, and another territory."""

from typing import Any

import pytest

from models.about import Doubt
from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.journey.approach import ask_leaks, candidates
from models.journey.asking import ask_for_consent, ask_to_call, ask_to_tell
from models.journey.doubts import doubts
from models.journey.moving import facts_there, transfer_told
from models.journey.plan import plan
from models.journey.requests import calls, nothing_forgotten, requests
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind, Wish
from models.reply import ReplyKind
from models.request import AgencyRequest, RequestState
from models.step import Transfer
from tests.models.journey.cases import (
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    an_act,
    in_words,
    the_facts,
)
from tests.models.journey.lives import Life


def _supported(state: RequestState = RequestState.REQUESTED) -> tuple[Life, AgencyRequest]:
    """Psychological support asked of France Victimes, and justice of the office for victims."""
    case = a_case(psy=MeasureState.ONGOING, justice=MeasureState.ONGOING)
    for measure, agency in ((Measure.PSY, "france-victimes-21"), (Measure.JUSTICE, "bav-21")):
        a_yes(case, measure, agency)
        a_request(case, state, measure=measure, agency=agency)
    return Life(case), case.requests[0]


def _tells(life: Life, option: str) -> list[str]:
    life.wishes(Wish.CONFLICT)
    return life.answers(life.asked(QuestionKind.CONFLICT), option)


# --- An agency linked to the alleged perpetrator


def test_an_agency_is_chosen_among_those_that_the_plan_may_ask() -> None:
    life, _ = _supported()

    life.wishes(Wish.CONFLICT)

    asked = life.asked(QuestionKind.CONFLICT).options
    plan = ["bav-21", "cmp-21", "france-victimes-21"]
    assert asked == [
        *(f"conflict_with:{code}" for code in plan),
        *(f"avoid_agent:{code}" for code in plan),
        Choice.NO_CONFLICT,
    ]


def test_what_an_excluded_agency_holds_is_recalled_and_the_plan_goes_around_it() -> None:
    life, held = _supported()

    _tells(life, "conflict_with:france-victimes-21")

    assert life.case.is_excluded("france-victimes-21")
    assert held.state is RequestState.WITHDRAWN
    # Danger: nothing is written to somebody who is linked to the alleged perpetrator.
    assert life.asked(QuestionKind.TELL_RECALL).request_id == held.id
    assert not life.case.acts
    assert not life.case.has_consent(Measure.PSY, "france-victimes-21")
    asked = life.asked(QuestionKind.NEXT_STEP)
    assert (asked.measure, asked.agency) == (Measure.PSY, "cmp-21")
    assert asked.options == [Choice.ASK_NEXT_AGENCY, Choice.GIVE_UP]


def test_an_exclusion_leaves_what_was_asked_elsewhere() -> None:
    life, _ = _supported()

    _tells(life, "conflict_with:france-victimes-21")

    _, justice = life.case.requests
    assert justice.state is RequestState.REQUESTED
    assert life.case.has_consent(Measure.JUSTICE, "bav-21")


def test_an_excluded_agency_that_holds_nothing_yet_is_no_candidate_any_more() -> None:
    case = a_case(psy=MeasureState.AGREED)
    a_yes(case, Measure.PSY, "france-victimes-21")
    life = Life(case)

    _tells(life, "conflict_with:france-victimes-21")

    assert [agency.code for agency in candidates(case, Measure.PSY)] == ["cmp-21"]
    assert life.goes_through(requests) == ["ask alternative"]
    assert life.asked(QuestionKind.ALTERNATIVE).agency == "cmp-21"


def test_a_measure_whose_only_agency_is_excluded_is_put_to_a_human() -> None:
    life, _ = _supported()
    _tells(life, "conflict_with:bav-21")
    asked = life.asked(QuestionKind.NO_AGENCY)
    assert asked.options == [Choice.ARRANGED, Choice.WAIT, Choice.GIVE_UP]

    life.answers(asked, Choice.GIVE_UP)

    assert life.case.measures_in(MeasureState.GIVEN_UP) == [Measure.JUSTICE]


def test_nobody_to_exclude_changes_nothing() -> None:
    life, _ = _supported()

    assert _tells(life, Choice.NO_CONFLICT) == ["met question"]
    assert life.case.facts.excluded_agencies == []


def test_an_agency_that_was_excluded_is_not_offered_again() -> None:
    life, _ = _supported()
    _tells(life, "conflict_with:cmp-21")

    life.wishes(Wish.CONFLICT)

    assert not any("cmp-21" in option for option in life.asked(QuestionKind.CONFLICT).options)


def test_a_yes_that_the_plan_asks_for_is_asked_for_another_agency_than_the_excluded_one() -> None:
    life = Life(a_case(DepartureState.CONTACTED, psy=MeasureState.WISHED))
    life.goes_through(plan)
    assert life.asked(QuestionKind.CONFIRM_MEASURE).agency == "france-victimes-21"

    _tells(life, "conflict_with:france-victimes-21")

    assert life.asked(QuestionKind.CONFIRM_MEASURE).agency == "cmp-21"


def test_what_bridges_the_time_may_be_too_near_as_well() -> None:
    life = Life(a_case(heberg=MeasureState.ONGOING))

    life.wishes(Wish.CONFLICT)

    assert "conflict_with:hotel-21" in life.asked(QuestionKind.CONFLICT).options


def _alternative_asked(case: Case) -> Any:
    return ask_for_consent(case, Measure.PSY, "cmp-21")


def _leak_asked(case: Case) -> Any:
    case.facts = the_facts(shared_accounts=["phone"])
    return ask_leaks(case, Measure.PSY, case.territory.agency("cmp-21"))


@pytest.mark.parametrize(
    ("put", "kind", "answer"),
    [
        (_alternative_asked, QuestionKind.ALTERNATIVE, Choice.AGREED_ORAL),
        (_leak_asked, QuestionKind.LEAK_PATH, Choice.PATH_MADE_SAFE),
    ],
)
def test_an_answer_to_a_question_put_before_does_not_reach_an_excluded_agency(
    put: Any, kind: QuestionKind, answer: Choice
) -> None:
    life, _ = _supported()
    life.does(put(life.case))
    _tells(life, "conflict_with:cmp-21")

    for question in life.case.open_questions(kind):
        life.answers(question, answer)
    life.goes_through(calls, nothing_forgotten)

    assert "cmp-21" not in {request.agency for request in life.case.requests}
    assert "cmp-21" not in {q.agency for q in life.case.open_questions(QuestionKind.CALL_AGENCY)}


def test_a_withdrawal_on_its_way_to_an_agency_is_told_by_phone_once_it_is_excluded() -> None:
    life, held = _supported(RequestState.WITHDRAWN)
    pending = an_act(life.case, Verb.RECALL, held)

    _tells(life, "conflict_with:france-victimes-21")

    assert pending not in life.case.pending_acts()
    assert life.asked(QuestionKind.TELL_RECALL).agency == "france-victimes-21"


@pytest.mark.parametrize("option", ["conflict_with", "avoid_agent"])
def test_each_withdrawal_on_its_way_is_told_by_phone_and_once(option: str) -> None:
    life, held = _supported(RequestState.FULFILLED)
    for offer in ("OF-1", "OF-2"):
        an_act(life.case, Verb.DECLINE_OFFER, held).offer = offer
    # The agency being away, the referent is asked to phone for the first already.
    life.does([ask_to_tell(life.case, held, "OF-1")])

    _tells(life, f"{option}:{held.agency}")

    told = life.case.open_questions(QuestionKind.TELL_RECALL)
    assert [question.offer for question in told] == ["OF-1", "OF-2"]
    assert not life.case.pending_acts()


def test_two_declined_offers_on_their_way_are_two_calls() -> None:
    life, held = _supported(RequestState.FULFILLED)
    for offer in ("OF-1", "OF-2"):
        an_act(life.case, Verb.DECLINE_OFFER, held).offer = offer

    _tells(life, "conflict_with:france-victimes-21")

    told = life.case.open_questions(QuestionKind.TELL_RECALL)
    assert [question.offer for question in told] == ["OF-1", "OF-2"]


def test_to_withdraw_a_request_is_to_decline_what_it_offered() -> None:
    life, held = _supported(RequestState.OFFERED)
    an_act(life.case, Verb.DECLINE_OFFER, held).offer = "OF-1"

    _tells(life, "conflict_with:france-victimes-21")

    assert life.asked(QuestionKind.TELL_RECALL).offer is None
    assert not life.case.pending_acts()


def test_a_late_word_of_an_excluded_agency_can_only_be_filed_away() -> None:
    life, held = _supported()
    _tells(life, "conflict_with:france-victimes-21")

    life.hears(held, ReplyKind.ACCEPTED)

    assert life.asked(QuestionKind.LATE_REPLY).options == [Choice.FILE_AWAY]


def test_a_late_word_put_before_its_agency_was_excluded_is_taken_up_no_more() -> None:
    life, held = _supported(RequestState.WITHDRAWN)
    life.hears(held, ReplyKind.ACCEPTED)
    asked = life.asked(QuestionKind.LATE_REPLY)
    _tells(life, "conflict_with:france-victimes-21")

    said = life.answers(asked, Choice.TAKE_UP)

    assert said == ["met question", "note answer_too_late"]
    assert held.state is RequestState.WITHDRAWN
    assert not life.case.has_consent(Measure.PSY, "france-victimes-21")


# --- An agent linked to the alleged perpetrator


def test_an_agency_with_a_linked_agent_is_spoken_to_and_sent_nothing_more() -> None:
    life, held = _supported()
    pending = an_act(life.case, Verb.REMIND, held)

    said = _tells(life, "avoid_agent:france-victimes-21")

    assert held.channel is Channel.CALL
    assert pending not in life.case.pending_acts()
    assert said[-1] == "ask call_agency"
    assert held.state is RequestState.REQUESTED
    assert life.case.has_consent(Measure.PSY, "france-victimes-21")


@pytest.mark.parametrize("state", [RequestState.REQUESTED, RequestState.WITHDRAWN])
@pytest.mark.parametrize("verb", [Verb.RECALL, Verb.DECLINE_OFFER])
def test_a_withdrawal_on_its_way_to_an_agency_with_a_linked_agent_is_told_by_phone_instead(
    verb: Verb, state: RequestState
) -> None:
    life, held = _supported(state)
    pending = an_act(life.case, verb, held)

    _tells(life, "avoid_agent:france-victimes-21")

    assert pending not in life.case.pending_acts()
    assert life.asked(QuestionKind.TELL_RECALL).agency == "france-victimes-21"


def test_an_agency_with_a_linked_agent_may_still_be_asked_by_voice() -> None:
    case = a_case(psy=MeasureState.AGREED)
    a_yes(case, Measure.PSY, "france-victimes-21")
    life = Life(case)

    _tells(life, "avoid_agent:france-victimes-21")
    life.goes_through(requests, calls)

    assert [(r.agency, r.channel) for r in case.requests] == [("france-victimes-21", Channel.CALL)]
    assert not case.acts
    assert life.asked(QuestionKind.CALL_AGENCY)


def test_a_call_already_asked_is_not_asked_twice() -> None:
    life, held = _supported()
    life.does(ask_to_call(life.case, held))

    _tells(life, "avoid_agent:france-victimes-21")

    assert life.asked(QuestionKind.CALL_AGENCY)


def test_a_late_word_is_taken_up_by_voice_where_an_agent_is_linked() -> None:
    life, held = _supported(RequestState.WITHDRAWN)
    _tells(life, "avoid_agent:france-victimes-21")
    life.hears(held, ReplyKind.OFFER, offer="OF-1")

    life.answers(life.asked(QuestionKind.LATE_REPLY), Choice.TAKE_UP)

    assert (held.state, held.channel) == (RequestState.OFFERED, Channel.CALL)


# --- Another territory


def test_a_person_who_moves_goes_on_elsewhere_and_nothing_stays_pending_here() -> None:
    case = a_case(auu=MeasureState.ONGOING, psy=MeasureState.CONFIRMED)
    a_yes(case)
    a_request(case)
    a_question(case, QuestionKind.FOLLOW_UP)
    a_deadline(case, DeadlineKind.FOLLOW_UP)
    question = a_question(case, QuestionKind.TRANSFER, answer=Choice.TRANSFER_TO)
    question.answer_about = "59"

    steps = transfer_told(case, question, Choice.TRANSFER_TO)

    assert in_words(steps) == [
        "go on in 59",
        "drop follow_up",
        "met follow_up",
        "request withdrawn",
        "act recall 1",
        "no more yes auu",
        "auu given_up",
        "departure closed",
    ]
    assert [s.by for s in steps if isinstance(s, Transfer)] == ["ref-21-a"]
    assert steps[-1].outcome is Outcome.MOVED  # type: ignore[union-attr]


def test_an_allowance_paid_here_is_known_where_the_person_goes_on() -> None:
    case = a_case(facts=the_facts(excluded_agencies=["cmp-21"], guarded_agencies=["bav-21"]))
    a_request(case, RequestState.FULFILLED)

    there = a_case(facts=facts_there(case, "59-TESTXX"), auu=MeasureState.AGREED)

    assert doubts(there, Measure.AUU) == [Doubt.PAID_WITHIN_12_MONTHS]
    assert there.facts.reference == "59-TESTXX"
    # The agencies there are others.
    assert (there.facts.excluded_agencies, there.facts.guarded_agencies) == ([], [])


def test_somebody_who_stays_is_moved_nowhere() -> None:
    life = Life(a_case())
    life.wishes(Wish.TRANSFER)

    assert life.answers(life.asked(QuestionKind.TRANSFER), Choice.STAYS_HERE) == ["met question"]
    assert life.case.departure.state is DepartureState.ACTIVE


def test_the_other_territories_are_offered_by_their_code() -> None:
    life = Life(a_case())

    life.wishes(Wish.TRANSFER)

    assert life.asked(QuestionKind.TRANSFER).options == ["transfer_to:59", Choice.STAYS_HERE]


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (Wish.TRANSFER, QuestionKind.TRANSFER),
        (Wish.CONFLICT, QuestionKind.CONFLICT),
        (Wish.JUSTICE, QuestionKind.PROTECTION),
        (Wish.NEW_FACT, QuestionKind.NEW_FACT),
        (Wish.TAKE_BACK, QuestionKind.TAKE_BACK),
        (Wish.CLOSE, QuestionKind.CLOSE),
    ],
)
@pytest.mark.parametrize("state", DepartureState)
def test_what_a_referent_may_want_is_asked_once_and_not_of_a_closed_departure(
    wish: Wish, kind: QuestionKind, state: DepartureState
) -> None:
    life = Life(a_case(state))

    life.wishes(wish)
    life.wishes(wish)

    asked = life.case.open_questions(kind)
    assert len(asked) == (0 if state is DepartureState.CLOSED else 1)
