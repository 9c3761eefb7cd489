"""Chapters 5 to 7: the person confirms what is in hand, follow-up at J+7, J+30, J+90, then
closure.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.asking import ask, ask_to_close
from models.measure import SETTLED, MeasureState
from models.question import Choice, QuestionKind
from models.step import Expect, MoveDeparture, Steps

_FOLLOW_UP = (Choice.STABLE, Choice.DIFFICULTY, Choice.WENT_BACK, Choice.NO_CONTACT)
_DELIVERY = (Choice.CONFIRMED, Choice.NOT_YET, Choice.NOT_OBTAINED)
_AFTER_DEPARTURE = (DepartureState.ACTIVE, DepartureState.STABILISING)
# Rule: a follow-up call is proposed at nine in the morning, local time.
_MORNING = time(9)


def confirmation(case: Case) -> Steps:
    """A measure closes on two yeses: the agency's, and the person's."""
    steps: Steps = []
    for measure in case.measures_in(MeasureState.DELIVERED):
        delivered = len(case.requests_for(measure))
        slot = f"delivered:{measure.value}:{delivered}:1"
        if not case.has_asked(slot) and case.departure.state is not DepartureState.PAUSED:
            steps.append(ask(case, QuestionKind.CONFIRM_DELIVERY, slot, _DELIVERY, measure=measure))
    return steps


def follow_up(case: Case) -> Steps:
    """Set the follow-up days once the departure is planned, and ask on each of them."""
    day = case.departure.departs_on
    if case.departure.state not in _AFTER_DEPARTURE or day is None:
        return []
    steps: Steps = []
    for after in case.territory.follow_up_days:
        morning = datetime.combine(
            day + timedelta(days=after), _MORNING, ZoneInfo(case.territory.time_zone)
        )
        slot = f"follow_up:{case.departure.round}:{after}"
        if morning <= case.now and not case.has_asked(f"{slot}:1"):
            steps.append(ask(case, QuestionKind.FOLLOW_UP, f"{slot}:1", _FOLLOW_UP, day=after))
        elif morning > case.now and not case.has_expected(slot):
            steps.append(Expect(DeadlineKind.FOLLOW_UP, slot, morning, f"suivi J+{after}"))
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
    """Ask for the outcome once every measure is settled and every follow-up has been answered."""
    turn = case.departure.round
    if case.departure.state is not DepartureState.STABILISING or case.open_questions():
        return []
    asked = {q.day for q in case.questions if q.slot.startswith(f"follow_up:{turn}:")}
    if not asked.issuperset(case.territory.follow_up_days):
        return []
    if case.has_asked(f"close:{turn}:1") or any(case.running(DeadlineKind.ASK_AGAIN)):
        return []
    return [ask_to_close(case, str(turn))]
