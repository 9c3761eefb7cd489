"""Chapters 1 and 2: the proposal is acknowledged; the person is reached through the safe channel
only.
"""

from models.case import Case
from models.danger import DangerBand
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, ask_danger_now
from models.question import Choice, QuestionKind
from models.step import Note, Steps

_OPTIONS = (Choice.REACHED, Choice.UNREACHABLE, Choice.UNSAFE, Choice.CONTACT_LOST)


def first_contact(case: Case) -> Steps:
    """Ask the referent to reach the person: five days (domain.md §1.3), hours in immediate
    danger.
    """
    prefix = f"contact:{case.departure.round}:"
    if case.departure.state is not DepartureState.PROPOSED or case.times_asked(prefix):
        return []
    is_immediate = case.departure.danger is DangerBand.IMMEDIATE
    delay = case.territory.immediate_danger if is_immediate else case.territory.first_contact
    return [
        Note(Event.PROPOSAL_ACKNOWLEDGED),
        ask(case, QuestionKind.FIRST_CONTACT, f"{prefix}1", _OPTIONS, delay=delay),
    ]


def immediate_danger(case: Case) -> Steps:
    """As long as the danger is immediate, what was done about it is asked, before anything else."""
    if case.departure.danger is not DangerBand.IMMEDIATE or case.awaits(QuestionKind.DANGER_NOW):
        return []
    if case.departure.state in (DepartureState.PAUSED, DepartureState.CLOSED):
        return []
    return [ask_danger_now(case)]
