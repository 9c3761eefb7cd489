"""Intent before, outcome after: what surrounds every act on an agency."""

from dataclasses import dataclass

from sqlmodel import Session

from models.act import Act, ActState, Result, Verb
from models.agency import Channel
from models.audit import Purpose
from models.danger import DangerBand
from models.journey.acts import concluded, is_due, is_put_off
from models.journey.approach import may_leave
from models.measure import Measure
from models.person import Person
from store.cases import load_case
from store.leases import Turn, fenced
from store.reading import Reader, person_for
from store.steps import apply_steps

_READER = "task:act_on_agency"


@dataclass(frozen=True)
class Intent:
    """All that a task needs to act, in codes; the person is fetched from the vault by the task."""

    act: int
    verb: Verb
    key: str
    offer: str | None
    request_key: str
    reference: str
    measure: Measure
    agency: str
    channel: Channel
    agency_reference: str | None
    danger: DangerBand
    told_to_departement: bool
    tries: int = 0
    """How many tries were begun before this pass."""


def due_acts(turn: Turn) -> list[Intent]:
    """Return the acts that are intended and whose hour has come."""
    with fenced(turn) as (opened, departure):
        case = load_case(opened, departure)
        return [
            Intent(
                act=act.id or 0,
                verb=act.verb,
                key=act.key,
                offer=act.offer,
                request_key=request.key,
                reference=request.reference,
                measure=request.measure,
                agency=request.agency,
                channel=request.channel,
                agency_reference=request.agency_reference,
                danger=departure.danger,
                told_to_departement=case.is_told_to_departement(),
                tries=act.tries,
            )
            for act in case.pending_acts()
            if is_due(act, case.now)
            for request in [case.request(act.request_id)]
        ]


def begin_try(turn: Turn, intent: Intent) -> Person | None:
    """Commit that a try begins, then return the person; None when it may not leave, or when another
    act of this pass took away its reason.

    Consent and the paths to the alleged perpetrator are checked here, at the last moment before
    anything leaves. The transaction is closed
    before the agency is called: no session is open during a slow call.
    """
    with fenced(turn) as (opened, departure):
        case = load_case(opened, departure)
        act = _act(opened, intent)
        if act.state is not ActState.INTENDED:
            return None
        if not may_leave(case, intent.verb, case.request(act.request_id)):
            return None
        # Not one more: this may be done again, when the answer to the commit was lost.
        act.tries = intent.tries + 1
        return person_for(
            opened, intent.reference, Reader(_READER, Purpose.AGENCY_ACT, about=intent.key)
        )


def conclude(turn: Turn, intent: Intent, result: Result, agency_reference: str | None) -> None:
    """Commit what came of a try and all that follows from it."""
    with fenced(turn) as (opened, departure):
        case = load_case(opened, departure)
        act = next(act for act in case.acts if act.id == intent.act)
        if act.state is ActState.INTENDED and not is_put_off(case, act):
            apply_steps(opened, case, concluded(case, act, result, agency_reference))


def _act(opened: Session, intent: Intent) -> Act:
    act = opened.get(Act, intent.act)
    if act is None:
        raise LookupError(f"{intent.key}: acte absent de la base")
    return act
