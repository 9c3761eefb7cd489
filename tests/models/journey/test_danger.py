"""Danger has its own lane: asked at once, looked at again within a day, raised by what happens."""

from datetime import timedelta

import pytest

from models.about import Trigger
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.contact import first_contact
from models.journey.danger import NEW_FACTS, immediate_danger, suicidal_risk
from models.journey.plan import plan
from models.journey.requests import requests
from models.measure import Measure, MeasureState
from models.person import PsyTriage
from models.question import Choice, QuestionKind, Wish
from models.request import RequestState
from models.territory import PathwayCode
from tests.models.journey.cases import (
    NOW,
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    in_words,
    the_facts,
)
from tests.models.journey.lives import Life

_STILL = (DepartureState.PAUSED, DepartureState.CLOSED)
_UNDER_WAY = [state for state in DepartureState if state not in _STILL]
_OPEN = [state for state in DepartureState if state is not DepartureState.CLOSED]
_IN_A_DAY = NOW + timedelta(hours=24)


# --- Immediate danger


def _in_danger(state: DepartureState = DepartureState.ACTIVE) -> Life:
    life = Life(a_case(state, danger=DangerBand.IMMEDIATE))
    life.goes_through(immediate_danger)
    return life


@pytest.mark.parametrize("state", _OPEN)
def test_an_immediate_danger_is_to_be_acted_on_within_two_hours_day_or_night(
    state: DepartureState,
) -> None:
    asked = _in_danger(state).asked(QuestionKind.DANGER_NOW)

    assert asked.due_at == NOW + timedelta(hours=2)
    assert asked.options == [Choice.POLICE_CALLED, Choice.SHELTERED, Choice.NOT_IMMEDIATE]


@pytest.mark.parametrize("band", sorted(set(DangerBand) - {DangerBand.IMMEDIATE}))
def test_a_lesser_danger_asks_for_nothing_at_once(band: DangerBand) -> None:
    assert immediate_danger(a_case(danger=band)) == []


def test_a_person_in_danger_is_to_be_reached_within_two_hours_and_not_five_days() -> None:
    life = Life(a_case(DepartureState.PROPOSED, danger=DangerBand.IMMEDIATE))

    life.goes_through(first_contact)

    assert life.asked(QuestionKind.FIRST_CONTACT).due_at == NOW + timedelta(hours=2)


def test_a_person_in_danger_who_agreed_is_sent_to_a_shelter_before_the_plan() -> None:
    case = a_case(DepartureState.PROPOSED, danger=DangerBand.IMMEDIATE, heberg=MeasureState.WISHED)
    a_yes(case, Measure.HOUSING, "siao-21")

    assert in_words(requests(case)) == ["open siao-21 1", "heberg ongoing"]


def test_without_danger_a_shelter_waits_for_the_plan() -> None:
    case = a_case(DepartureState.CONTACTED, heberg=MeasureState.WISHED)
    a_yes(case, Measure.HOUSING, "siao-21")

    assert requests(case) == []


def test_police_called_leaves_the_danger_immediate_and_asks_again_in_a_day() -> None:
    life = _in_danger()

    life.answers(life.asked(QuestionKind.DANGER_NOW), Choice.POLICE_CALLED)

    assert life.case.departure.danger is DangerBand.IMMEDIATE
    assert life.goes_through(immediate_danger) == []
    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == _IN_A_DAY
    assert "ask danger_now" in life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))


@pytest.mark.parametrize("answer", [Choice.SHELTERED, Choice.NOT_IMMEDIATE])
def test_a_danger_that_is_over_is_high_and_looked_at_again_in_a_day(answer: Choice) -> None:
    life = _in_danger()

    life.answers(life.asked(QuestionKind.DANGER_NOW), answer)

    assert life.case.departure.danger is DangerBand.HIGH
    assert life.expected(DeadlineKind.DANGER_REVIEW).due_at == _IN_A_DAY
    life.goes_to(life.expected(DeadlineKind.DANGER_REVIEW))
    assert life.asked(QuestionKind.DANGER).about == Trigger.REVIEW


def test_a_yes_to_a_shelter_no_longer_waits_days_once_the_danger_is_immediate() -> None:
    life = Life(
        a_case(DepartureState.CONTACTED, heberg=MeasureState.WISHED, auu=MeasureState.WISHED)
    )
    life.goes_through(plan)
    life.wishes(Wish.DANGER)

    life.goes_through(immediate_danger)

    due = {q.measure: q.due_at for q in life.case.open_questions(QuestionKind.CONFIRM_MEASURE)}
    assert due[Measure.HOUSING] == NOW + timedelta(hours=2)
    assert due[Measure.AUU] > NOW + timedelta(days=1)


def test_a_yes_to_a_shelter_is_hurried_once_and_keeps_its_hour() -> None:
    life = Life(a_case(DepartureState.CONTACTED, heberg=MeasureState.WISHED))
    life.goes_through(plan)
    life.wishes(Wish.DANGER)
    life.goes_through(immediate_danger)

    life.case.now += timedelta(hours=1)

    assert life.goes_through(immediate_danger) == []
    assert life.asked(QuestionKind.CONFIRM_MEASURE).due_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("band", [Choice.WATCH, Choice.HIGH])
def test_whoever_judged_that_the_danger_is_not_immediate_is_not_asked_what_was_done(
    band: Choice,
) -> None:
    life = _in_danger()

    life.answers(a_question(life.case, QuestionKind.DANGER), band)

    assert not life.case.open_questions(QuestionKind.DANGER_NOW)
    assert life.goes_through(immediate_danger) == []


@pytest.mark.parametrize("answer", [Choice.POLICE_CALLED, Choice.SHELTERED, Choice.NOT_IMMEDIATE])
def test_whatever_was_done_the_danger_is_looked_at_again(answer: Choice) -> None:
    life = _in_danger()

    life.answers(life.asked(QuestionKind.DANGER_NOW), answer)

    assert [d.due_at for d in life.case.running()] == [_IN_A_DAY]


def test_a_new_danger_does_not_wait_until_the_last_one_is_reviewed() -> None:
    life = _in_danger()
    life.answers(life.asked(QuestionKind.DANGER_NOW), Choice.POLICE_CALLED)

    said = life.wishes(Wish.DANGER)

    assert said[-2:] == ["met ask_again", "ask danger_now"]


def _police_called() -> Life:
    life = _in_danger()
    life.answers(life.asked(QuestionKind.DANGER_NOW), Choice.POLICE_CALLED)
    life.case.now += timedelta(hours=1)
    return life


def test_a_danger_that_an_assessment_finds_anew_does_not_wait_until_the_last_one_is_reviewed() -> (
    None
):
    life = _police_called()
    life.answers(a_question(life.case, QuestionKind.DANGER), Choice.HIGH)
    life.case.now += timedelta(hours=1)

    life.answers(a_question(life.case, QuestionKind.DANGER), Choice.IMMEDIATE)

    assert life.asked(QuestionKind.DANGER_NOW).due_at == life.case.now + timedelta(hours=2)


def test_what_happens_in_an_immediate_danger_does_not_wait_until_it_is_reviewed() -> None:
    life = _police_called()
    life.wishes(Wish.NEW_FACT)
    life.answers(life.asked(QuestionKind.NEW_FACT), Choice.PERPETRATOR_SEARCHES)

    life.answers(life.asked(QuestionKind.DANGER), Choice.IMMEDIATE)

    assert life.asked(QuestionKind.DANGER_NOW).due_at == life.case.now + timedelta(hours=2)
    assert not list(life.case.running(DeadlineKind.ASK_AGAIN))


def test_an_immediate_danger_that_the_plan_confirms_is_still_reviewed_within_a_day() -> None:
    life = _police_called()

    life.answers(a_question(life.case, QuestionKind.DANGER), Choice.IMMEDIATE)

    assert not life.case.open_questions(QuestionKind.DANGER_NOW)
    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == _IN_A_DAY


@pytest.mark.parametrize("band", [Choice.WATCH, Choice.HIGH])
def test_a_danger_judged_lesser_is_no_longer_reviewed_as_an_immediate_one(band: Choice) -> None:
    life = _police_called()

    life.answers(a_question(life.case, QuestionKind.DANGER), band)

    assert not list(life.case.running(DeadlineKind.ASK_AGAIN))


def test_a_danger_told_twice_is_asked_about_once() -> None:
    life = _in_danger()

    life.wishes(Wish.DANGER)

    assert life.asked(QuestionKind.DANGER_NOW)


@pytest.mark.parametrize("state", DepartureState)
def test_a_referent_may_say_at_any_moment_that_the_danger_is_immediate(
    state: DepartureState,
) -> None:
    life = Life(a_case(state))

    life.wishes(Wish.DANGER)

    assert life.case.departure.danger is DangerBand.IMMEDIATE
    assert life.asked(QuestionKind.DANGER_NOW)


# --- Assessed anew


@pytest.mark.parametrize(("fact", "trigger"), NEW_FACTS.items())
def test_what_happened_and_may_raise_the_danger_has_it_assessed_anew(
    fact: Choice, trigger: Trigger
) -> None:
    life = Life(a_case())
    life.wishes(Wish.NEW_FACT)

    life.answers(life.asked(QuestionKind.NEW_FACT), fact)

    asked = life.asked(QuestionKind.DANGER)
    assert (asked.about, asked.due_at) == (trigger, NOW + timedelta(hours=2))
    assert asked.options == [Choice.WATCH, Choice.HIGH, Choice.IMMEDIATE]


def test_nothing_new_changes_nothing() -> None:
    life = Life(a_case())
    life.wishes(Wish.NEW_FACT)

    assert life.answers(life.asked(QuestionKind.NEW_FACT), Choice.NOTHING_NEW) == ["met question"]


def test_what_happened_is_told_at_once_and_once() -> None:
    life = Life(a_case())

    life.wishes(Wish.NEW_FACT)
    life.wishes(Wish.NEW_FACT)

    assert life.asked(QuestionKind.NEW_FACT).due_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("answer", "band"),
    [
        (Choice.WATCH, DangerBand.WATCH),
        (Choice.HIGH, DangerBand.HIGH),
        (Choice.IMMEDIATE, DangerBand.IMMEDIATE),
    ],
)
def test_the_referent_says_the_band(answer: Choice, band: DangerBand) -> None:
    life = Life(a_case(danger=DangerBand.HIGH))

    life.answers(a_question(life.case, QuestionKind.DANGER), answer)

    assert life.case.departure.danger is band


def test_two_reasons_to_assess_the_danger_at_once_are_one_question() -> None:
    life = Life(a_case())
    for fact in (Choice.SEPARATION_TOLD, Choice.PERPETRATOR_SEARCHES):
        life.wishes(Wish.NEW_FACT)
        life.answers(life.asked(QuestionKind.NEW_FACT), fact)

    assert life.asked(QuestionKind.DANGER).about == Trigger.SEPARATION_TOLD


def test_the_plan_is_not_signed_while_the_danger_is_being_assessed() -> None:
    life = Life(a_case(DepartureState.CONTACTED, auu=MeasureState.AGREED))
    a_question(life.case, QuestionKind.DANGER, answer=Choice.WATCH, slot="danger:1:1")
    a_question(life.case, QuestionKind.DEPARTURE_DAY, answer=Choice.LEAVES_NOW, slot="day:1:1")
    life.wishes(Wish.NEW_FACT)
    life.answers(life.asked(QuestionKind.NEW_FACT), Choice.PERPETRATOR_RELEASED)

    assert life.goes_through(plan) == []
    life.answers(life.asked(QuestionKind.DANGER), Choice.HIGH)
    assert life.goes_through(plan) == ["ask sign_plan"]


def _never_reached() -> Life:
    life = Life(a_case(DepartureState.PROPOSED))
    life.goes_through(first_contact)
    return life


def test_two_days_without_contact_raise_the_danger() -> None:
    life = _never_reached()

    life.sleeps_until(NOW + timedelta(hours=47))
    assert not life.case.open_questions(QuestionKind.DANGER)

    life.sleeps_until(NOW + timedelta(hours=48))
    assert life.asked(QuestionKind.DANGER).about == Trigger.NO_CONTACT


@pytest.mark.parametrize("answer", [Choice.UNREACHABLE, Choice.UNSAFE])
def test_to_have_tried_is_no_contact(answer: Choice) -> None:
    life = _never_reached()
    life.answers(life.asked(QuestionKind.FIRST_CONTACT), answer)

    life.sleeps_until(NOW + timedelta(hours=48))

    assert life.asked(QuestionKind.DANGER).about == Trigger.NO_CONTACT


def test_two_days_without_contact_are_told_once() -> None:
    life = _never_reached()
    life.sleeps_until(NOW + timedelta(hours=48))
    life.answers(life.asked(QuestionKind.DANGER), Choice.HIGH)

    life.sleeps_until(NOW + timedelta(days=10))

    assert not life.case.open_questions(QuestionKind.DANGER)


def test_a_person_who_was_reached_is_not_silent() -> None:
    life = _never_reached()
    life.answers(life.asked(QuestionKind.FIRST_CONTACT), Choice.REACHED)

    life.sleeps_until(NOW + timedelta(days=10))

    assert not life.case.open_questions(QuestionKind.DANGER)


@pytest.mark.parametrize(("times", "again"), [(1, True), (2, True), (3, False)])
def test_a_follow_up_without_contact_raises_the_danger_and_is_tried_three_times(
    times: int, again: bool
) -> None:
    life = Life(a_case())
    asked = a_question(life.case, QuestionKind.FOLLOW_UP, slot=f"follow_up:1:7:{times}")

    life.answers(asked, Choice.NO_CONTACT)

    assert life.asked(QuestionKind.DANGER).about == Trigger.NO_CONTACT
    assert bool([*life.case.running(DeadlineKind.ASK_AGAIN)]) is again


@pytest.mark.parametrize(
    ("pathway", "relay"), [(PathwayCode.ACCOMPANIED, True), (PathwayCode.FULL, False)]
)
def test_a_difficulty_raises_the_danger_and_calls_the_relay_where_there_is_one(
    pathway: PathwayCode, relay: bool
) -> None:
    life = Life(a_case())
    if not relay:
        alone = life.case.territory.pathways[0].model_copy(update={"relay": None})
        life.case.territory = life.case.territory.model_copy(update={"pathways": [alone]})
    life.case.departure.pathway = pathway

    life.answers(
        a_question(life.case, QuestionKind.FOLLOW_UP, slot="follow_up:1:7:1"), Choice.DIFFICULTY
    )

    assert life.asked(QuestionKind.DANGER).about == Trigger.DIFFICULTY
    assert bool(life.case.open_questions(QuestionKind.RELAY)) is relay


def test_a_return_home_has_the_danger_assessed_anew() -> None:
    life = Life(a_case())

    life.wishes(Wish.WENT_BACK)

    assert life.asked(QuestionKind.DANGER).about == Trigger.RETURN_HOME


def test_a_danger_already_being_assessed_is_assessed_for_the_return_home() -> None:
    life = Life(a_case())
    a_question(life.case, QuestionKind.DANGER, about=Trigger.DIFFICULTY.value)

    life.wishes(Wish.WENT_BACK)

    assert life.asked(QuestionKind.DANGER).about == Trigger.RETURN_HOME


def test_the_danger_of_a_closed_departure_is_assessed_no_more() -> None:
    life = Life(a_case(DepartureState.CLOSED))

    review = life.goes_to(a_deadline(life.case, DeadlineKind.DANGER_REVIEW))

    assert review == ["note deadline_reached"]


# --- A suicidal risk


def _at_risk(state: DepartureState = DepartureState.ACTIVE) -> Life:
    case = a_case(
        state,
        facts=the_facts(psy_triage=PsyTriage.SUICIDAL_RISK),
        psy=MeasureState.AGREED,
    )
    a_yes(case, Measure.PSY, "france-victimes-21")
    return Life(case)


@pytest.mark.parametrize("state", _UNDER_WAY)
def test_a_suicidal_risk_named_in_the_referral_is_acted_on_within_two_hours(
    state: DepartureState,
) -> None:
    life = _at_risk(state)

    life.goes_through(suicidal_risk)

    assert life.asked(QuestionKind.SUICIDAL_RISK).due_at == NOW + timedelta(hours=2)
    assert life.goes_through(suicidal_risk) == []


@pytest.mark.parametrize("triage", sorted(set(PsyTriage) - {PsyTriage.SUICIDAL_RISK}))
def test_a_lesser_distress_is_a_request_as_any_other(triage: PsyTriage) -> None:
    life = _at_risk()
    life.case.facts = the_facts(psy_triage=triage)

    assert life.goes_through(suicidal_risk, requests) == [
        "open france-victimes-21 1",
        "psy ongoing",
    ]


def test_a_suicidal_risk_is_never_a_request_in_a_queue() -> None:
    life = _at_risk()

    life.goes_through(suicidal_risk, requests)
    assert not life.case.requests

    life.answers(life.asked(QuestionKind.SUICIDAL_RISK), Choice.RESCUE_CALLED)
    life.goes_through(requests)
    assert not life.case.requests, "it is looked at again before anything is queued"

    life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))
    assert life.case.now == _IN_A_DAY
    life.answers(life.asked(QuestionKind.SUICIDAL_RISK), Choice.RISK_LIFTED)
    life.goes_through(requests)
    assert [request.state for request in life.case.requests] == [RequestState.DRAFT]


@pytest.mark.parametrize("answer", [Choice.RESCUE_CALLED, Choice.ACCOMPANIED])
def test_a_risk_is_looked_at_again_in_a_day_until_it_is_lifted(answer: Choice) -> None:
    life = _at_risk()
    life.goes_through(suicidal_risk)

    life.answers(life.asked(QuestionKind.SUICIDAL_RISK), answer)

    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == _IN_A_DAY
    assert life.goes_through(suicidal_risk, requests) == []


def test_a_risk_that_was_lifted_lets_the_support_be_asked_for() -> None:
    life = _at_risk()
    life.goes_through(suicidal_risk)

    life.answers(life.asked(QuestionKind.SUICIDAL_RISK), Choice.RISK_LIFTED)

    assert life.goes_through(suicidal_risk, requests) == [
        "open france-victimes-21 1",
        "psy ongoing",
    ]


@pytest.mark.parametrize("state", DepartureState)
def test_a_referent_may_say_at_any_moment_that_there_is_a_suicidal_risk(
    state: DepartureState,
) -> None:
    life = Life(a_case(state))

    life.wishes(Wish.SUICIDAL_RISK)
    life.wishes(Wish.SUICIDAL_RISK)

    assert life.asked(QuestionKind.SUICIDAL_RISK)


def test_a_risk_told_anew_is_asked_about_although_the_last_one_rests() -> None:
    life = _at_risk()
    life.goes_through(suicidal_risk)
    life.answers(life.asked(QuestionKind.SUICIDAL_RISK), Choice.RESCUE_CALLED)

    life.wishes(Wish.SUICIDAL_RISK)

    asked = life.asked(QuestionKind.SUICIDAL_RISK)
    assert asked.due_at == NOW + timedelta(hours=2)
    life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))
    assert life.asked(QuestionKind.SUICIDAL_RISK) is asked, "one at a time"


def test_neither_a_danger_nor_a_risk_is_forgotten_by_a_return_home() -> None:
    life = Life(a_case())
    life.wishes(Wish.DANGER)
    life.wishes(Wish.SUICIDAL_RISK)
    a_request(life.case)

    life.wishes(Wish.WENT_BACK)

    assert life.asked(QuestionKind.DANGER_NOW)
    assert life.asked(QuestionKind.SUICIDAL_RISK)
