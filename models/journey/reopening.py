"""A departure that paused or closed lives again, by a human choice, and without penalty."""

from models.case import Case
from models.departure import DepartureState
from models.measure import MeasureState
from models.question import QuestionKind
from models.step import Drop, MoveDeparture, MoveMeasure, StartRound, Steps

# What is in hand stays in hand; all the rest is asked again, and nothing leaves without a new yes.
_ASKED_AGAIN = (MeasureState.DECLINED, MeasureState.GIVEN_UP, MeasureState.WITHDRAWN)
# The plan asks for the danger anew.
_ASKED_IN_THE_PAUSE = (QuestionKind.REOPEN, QuestionKind.DANGER)


def reopen(case: Case) -> Steps:
    """The person leaves again: needs, danger and consent are asked anew."""
    return [
        StartRound(),
        MoveDeparture(DepartureState.CONTACTED),
        *(Drop(q) for q in case.open_questions() if q.kind in _ASKED_IN_THE_PAUSE),
        *(MoveMeasure(m, MeasureState.WISHED) for m in case.measures_in(*_ASKED_AGAIN)),
    ]


def revive(case: Case) -> Steps:
    """What a late reply brings is taken up: a paused departure is planned anew, a closed one goes
    on.
    """
    if case.departure.state is DepartureState.PAUSED:
        return reopen(case)
    if case.departure.state is DepartureState.CLOSED:
        return [StartRound(), MoveDeparture(DepartureState.ACTIVE)]
    return []
