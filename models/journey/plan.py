"""Chapter 3: danger, needs and consent are confirmed measure by measure; the referent signs the
plan.
"""

from models.about import Trigger
from models.case import Case
from models.departure import DepartureState
from models.journey.approach import candidates
from models.journey.asking import CONSENT_OPTIONS, ask, ask_when_nobody_is_left
from models.journey.danger import DANGER_BANDS
from models.measure import CHECKLISTS, Measure, MeasureState
from models.question import Choice, QuestionKind
from models.step import Ask, Steps

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
    QuestionKind.NO_AGENCY,
    QuestionKind.DEPARTURE_DAY,
    QuestionKind.SIGN_PLAN,
)


def plan(case: Case) -> Steps:
    """Ask all that the plan needs at once, then its signature."""
    if case.departure.state is not DepartureState.CONTACTED:
        return []
    missing = [question for question in _wanted(case) if not case.has_asked(question.slot)]
    if asked := [*missing, *_nobody_left(case)]:
        return asked
    if any(case.open_questions(kind) for kind in PLAN_QUESTIONS):
        return []
    slot = f"sign:{case.departure.round}:1"
    if case.has_asked(slot):
        return []
    return [ask(case, QuestionKind.SIGN_PLAN, slot, (Choice.SIGN, Choice.REVISE))]


def _wanted(case: Case) -> list[Ask]:
    turn = case.departure.round
    # A return home raises the danger: a departure taken up after it is assessed by the hour.
    came_back = case.times_asked(f"danger:{turn - 1}:{Trigger.RETURN_HOME.value}:")
    delay = case.territory.immediate_danger if came_back else None
    questions = [ask(case, QuestionKind.DANGER, f"danger:{turn}:1", DANGER_BANDS, delay=delay)]
    questions += [
        _consent_question(case, measure)
        for measure in case.measures_in(MeasureState.WISHED)
        if measure in CHECKLISTS or candidates(case, measure)
    ]
    return [*questions, ask(case, QuestionKind.DEPARTURE_DAY, f"day:{turn}:1", _DAY)]


def _nobody_left(case: Case) -> Steps:
    return [
        step
        for measure in case.measures_in(MeasureState.WISHED)
        if measure not in CHECKLISTS and not candidates(case, measure)
        for step in ask_when_nobody_is_left(case, measure)
    ]


def _consent_question(case: Case, measure: Measure) -> Ask:
    return ask(
        case,
        QuestionKind.CONFIRM_MEASURE,
        f"consent:{measure.value}:{case.departure.round}:1",
        CONSENT_OPTIONS,
        measure=measure,
        agency=None if measure in CHECKLISTS else candidates(case, measure)[0].code,
    )
