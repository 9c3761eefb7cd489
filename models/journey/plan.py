"""Chapter 3: danger, needs and consent are confirmed measure by measure; the referent signs the
plan.
"""

from models.case import Case
from models.departure import DepartureState
from models.journey.asking import ask
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.step import Ask, Steps

_DANGER = (Choice.WATCH, Choice.HIGH, Choice.IMMEDIATE)
_CONSENT = (
    Choice.AGREED_WRITTEN,
    Choice.AGREED_ORAL,
    Choice.AGREED_INTERPRETER,
    Choice.NOT_WANTED,
)
_DAY = (
    Choice.LEAVES_NOW,
    Choice.LEAVES_IN_3_DAYS,
    Choice.LEAVES_IN_7_DAYS,
    Choice.LEAVES_IN_14_DAYS,
    Choice.LEAVES_IN_30_DAYS,
)
PLAN_QUESTIONS = (
    QuestionKind.DANGER,
    QuestionKind.CONFIRM_MEASURE,
    QuestionKind.DEPARTURE_DAY,
    QuestionKind.SIGN_PLAN,
)


def plan(case: Case) -> Steps:
    """Ask all that the plan needs at once, then its signature."""
    if case.departure.state is not DepartureState.CONTACTED:
        return []
    missing = [question for question in _wanted(case) if not case.has_asked(question.slot)]
    if missing:
        return list(missing)
    if any(case.open_questions(kind) for kind in PLAN_QUESTIONS):
        return []
    slot = f"sign:{case.departure.round}:1"
    if case.has_asked(slot):
        return []
    return [ask(case, QuestionKind.SIGN_PLAN, slot, (Choice.SIGN, Choice.REVISE))]


def _wanted(case: Case) -> list[Ask]:
    turn = case.departure.round
    questions = [ask(case, QuestionKind.DANGER, f"danger:{turn}:1", _DANGER)]
    questions += [
        _consent_question(case, measure) for measure in case.measures_in(MeasureState.WISHED)
    ]
    return [*questions, ask(case, QuestionKind.DEPARTURE_DAY, f"day:{turn}:1", _DAY)]


def _consent_question(case: Case, measure: Measure) -> Ask:
    return ask(
        case,
        QuestionKind.CONFIRM_MEASURE,
        f"consent:{measure.value}:{case.departure.round}:1",
        _CONSENT,
        measure=measure,
        agency=case.agencies_for(measure)[0].code,
    )
