"""Danger has its own lane: assessed anew on each event that may raise it, reviewed within a day."""

from models.about import Trigger
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import STILL, DepartureState
from models.journey.asking import ask, ask_danger_now, by_when
from models.law import PeriodCode, ends, period
from models.measure import URGENT
from models.person import PsyTriage
from models.question import Choice, Question, QuestionKind
from models.step import Expect, Extend, Met, Step, Steps

DANGER_BANDS = (Choice.WATCH, Choice.HIGH, Choice.IMMEDIATE)
_SUICIDAL_OPTIONS = (Choice.RESCUE_CALLED, Choice.ACCOMPANIED, Choice.RISK_LIFTED)

# What a referent can say has happened, and why it matters (a rule of the project).
NEW_FACTS: dict[Choice, Trigger] = {
    Choice.SEPARATION_TOLD: Trigger.SEPARATION_TOLD,
    Choice.PERPETRATOR_RELEASED: Trigger.PERPETRATOR_RELEASED,
    Choice.PERPETRATOR_SEARCHES: Trigger.PERPETRATOR_SEARCHES,
    Choice.ORDER_SERVED: Trigger.ORDER_SERVED,
    Choice.NO_NEWS_48H: Trigger.NO_CONTACT,
}


def immediate_danger(case: Case) -> Steps:
    """As long as the danger is immediate, what was done about it is asked, before anything else,
    the person being back home or not; and a yes to a shelter waits hours, not days.
    """
    if case.departure.danger is not DangerBand.IMMEDIATE:
        return []
    if case.departure.state is DepartureState.CLOSED:
        return []
    asked = [] if case.awaits(QuestionKind.DANGER_NOW) else [ask_danger_now(case)]
    return [*asked, *_hurry_the_shelter(case)]


def ask_at_once(case: Case) -> Steps:
    """A new danger does not wait until the last one is reviewed."""
    if case.open_questions(QuestionKind.DANGER_NOW):
        return []
    return [*reviewed_no_more(case), ask_danger_now(case)]


def reviewed_no_more(case: Case) -> Steps:
    """What was done about an immediate danger is not asked again: it was judged anew."""
    return [
        Met(deadline)
        for deadline in case.resting()
        if case.question(deadline.question_id).kind is QuestionKind.DANGER_NOW
    ]


def _hurry_the_shelter(case: Case) -> Steps:
    soon, source = by_when(case, case.territory.immediate_danger), case.territory.immediate_danger
    return [
        Extend(question, soon, source.source)
        for question in case.open_questions(QuestionKind.CONFIRM_MEASURE)
        if question.measure in URGENT and question.due_at > soon
    ]


def suicidal_risk(case: Case) -> Steps:
    """A suicidal risk named in the referral is a human act now, never a request in a queue."""
    is_named = case.facts.psy_triage is PsyTriage.SUICIDAL_RISK
    if not is_named or case.times_asked("suicidal:") or case.departure.state in STILL:
        return []
    return [ask_suicidal_risk(case)]


def ask_suicidal_risk(case: Case) -> Step:
    """Ask what was done, at once."""
    return ask(
        case,
        QuestionKind.SUICIDAL_RISK,
        f"suicidal:{case.times_asked('suicidal:') + 1}:1",
        _SUICIDAL_OPTIONS,
        delay=case.territory.immediate_danger,
    )


def reassess(case: Case, trigger: Trigger) -> Steps:
    """Ask for the band anew because something happened, unless it is being asked already."""
    if case.departure.state is DepartureState.CLOSED or case.open_questions(QuestionKind.DANGER):
        return []
    slot = f"danger:{case.departure.round}:{trigger.value}:"
    return [
        ask(
            case,
            QuestionKind.DANGER,
            f"{slot}{case.times_asked(slot) + 1}",
            DANGER_BANDS,
            delay=case.territory.immediate_danger,
            about=trigger.value,
        )
    ]


def review(case: Case, question: Question) -> Step:
    """Set when the danger is looked at again, whatever was answered."""
    within = period(PeriodCode.DANGER_REVIEW, case.today)
    return Expect(
        DeadlineKind.DANGER_REVIEW,
        f"review:{question.id}",
        ends(case.now, within, case.territory),
        within.source,
    )
