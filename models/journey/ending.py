"""Chapters 5 to 7: the person confirms what is in hand, follow-up at J+7, J+30, J+90, then
closure.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.case import Case
from models.deadline import DeadlineKind
from models.departure import STILL, UNDER_WAY, DepartureState
from models.journey.asking import ask, ask_to_close
from models.measure import SETTLED, MeasureState
from models.question import Choice, QuestionKind
from models.safe_hours import safe_from
from models.step import Expect, MoveDeparture, Steps

_FOLLOW_UP = (Choice.STABLE, Choice.DIFFICULTY, Choice.WENT_BACK, Choice.NO_CONTACT)
_DELIVERY = (Choice.CONFIRMED, Choice.NOT_YET, Choice.NOT_OBTAINED)
# Rule: a follow-up call is proposed at nine in the morning, local time, or in the safe window that
# comes next.
_MORNING = time(9)


def confirmation(case: Case) -> Steps:
    """A measure closes on two yeses: the agency's, and the person's."""
    if case.departure.state in STILL:
        return []
    return [
        ask(
            case,
            QuestionKind.CONFIRM_DELIVERY,
            f"delivered:{measure.value}:{case.times_asked(f'delivered:{measure.value}:') + 1}:1",
            _DELIVERY,
            measure=measure,
        )
        for measure in case.measures_in(MeasureState.DELIVERED)
        if not case.awaits(QuestionKind.CONFIRM_DELIVERY, measure)
    ]


def follow_up(case: Case) -> Steps:
    """Set the follow-up days once the departure is planned, and ask on each of them.

    Of the days that passed unasked, a departure having lain closed, only the last is asked.
    """
    day = case.departure.departs_on
    if case.departure.state not in UNDER_WAY or day is None:
        return []
    steps: Steps = []
    reached: list[int] = []
    for after in sorted(case.territory.follow_up_days):
        morning = datetime.combine(
            day + timedelta(days=after), _MORNING, ZoneInfo(case.territory.time_zone)
        )
        safe = safe_from(case.facts, morning, case.territory)
        if safe <= case.now:
            reached.append(after)
        elif not case.has_expected(slot := _slot(case, after)):
            steps.append(Expect(DeadlineKind.FOLLOW_UP, slot, safe, f"suivi J+{after}"))
    last = max(reached, default=0)
    if reached and not case.has_asked(slot := f"{_slot(case, last)}:1"):
        steps.append(ask(case, QuestionKind.FOLLOW_UP, slot, _FOLLOW_UP, day=last))
    return steps


def stability(case: Case) -> Steps:
    """The departure is stabilising when every measure is settled, and active again when one is
    not.
    """
    settled = all(wish.state in SETTLED for wish in case.wishes)
    if case.departure.state is DepartureState.ACTIVE and settled:
        return [MoveDeparture(DepartureState.STABILISING)]
    if case.departure.state is DepartureState.STABILISING and not settled:
        return [MoveDeparture(DepartureState.ACTIVE)]
    return []


def closing(case: Case) -> Steps:
    """Ask for the outcome once every measure is settled and the last follow-up was answered."""
    if case.departure.state is not DepartureState.STABILISING or case.open_questions():
        return []
    if case.resting() or not _is_followed_up(case):
        return []
    turn = f"{case.departure.round}:"
    return [ask_to_close(case, f"{turn}{case.times_asked(f'close:{turn}') + 1}")]


def _is_followed_up(case: Case) -> bool:
    """A departure closed before its day was known, then taken up, has no follow-up to wait for."""
    last = max(case.territory.follow_up_days)
    return case.departure.departs_on is None or case.has_asked(f"{_slot(case, last)}:1")


def _slot(case: Case, after: int) -> str:
    return f"follow_up:{case.departure.round}:{after}"
