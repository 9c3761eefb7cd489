"""Chapters 1 and 2: the proposal is acknowledged; the person is reached through the safe channel
only.
"""

from models.about import Trigger
from models.case import Case
from models.danger import DangerBand
from models.deadline import Deadline, DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask
from models.journey.danger import reassess
from models.law import PeriodCode, ends, period
from models.question import Choice, QuestionKind
from models.step import Expect, Note, Steps

_OPTIONS = (Choice.REACHED, Choice.UNREACHABLE, Choice.UNSAFE, Choice.CONTACT_LOST)


def first_contact(case: Case) -> Steps:
    """Ask the referent to reach the person: five days (what the programme promises), hours
    in immediate danger.
    """
    prefix = f"contact:{case.departure.round}:"
    if case.departure.state is not DepartureState.PROPOSED or case.times_asked(prefix):
        return []
    is_immediate = case.departure.danger is DangerBand.IMMEDIATE
    delay = case.territory.immediate_danger if is_immediate else case.territory.first_contact
    return [
        Note(Event.PROPOSAL_ACKNOWLEDGED),
        ask(case, QuestionKind.FIRST_CONTACT, f"{prefix}1", _OPTIONS, delay=delay),
        _silence_expected(case),
    ]


def _silence_expected(case: Case) -> Expect:
    """48 hours without contact raise the danger (a rule of the project): a row, not a memory."""
    allowed = period(PeriodCode.NO_CONTACT, case.today)
    return Expect(
        DeadlineKind.DANGER_REVIEW,
        f"no-contact:{case.departure.round}",
        ends(case.now, allowed, case.territory),
        allowed.source,
        about=Trigger.NO_CONTACT.value,
    )


def review_due(case: Case, deadline: Deadline) -> Steps:
    """The danger is looked at again: a day after it was, or after 48 hours without contact."""
    if deadline.about is None:
        return reassess(case, Trigger.REVIEW)
    if case.departure.state is not DepartureState.PROPOSED:
        return []
    return reassess(case, Trigger.NO_CONTACT)
