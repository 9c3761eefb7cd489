"""Which flow run carries a departure. Prefect is the clockwork; the departures are here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from core.clock import SystemClock
from models.act import Act, ActState
from models.departure import Departure, DepartureState
from models.journal import Event
from models.news import News
from models.question import Question
from models.suspension import Suspension
from store.clock import clock_in
from store.engine import session
from store.journal import write
from store.leases import Turn, fenced

# Rule: after five restarts without one finished pass, only a human can help.
MOST_RESTARTS = 5

CARRIED_BY_NOBODY = UUID(int=0)
"""No flow run has this number. A restored departure has it: a run of before that wakes is stale,
and the watch gives a new one.
"""


@dataclass(frozen=True)
class Run:
    """What `watch` needs to know of a departure's run."""

    reference: str
    territory: str
    referent: str
    flow_run: UUID | None
    generation: int
    restarts: int
    """In a row, without one finished pass; one more than the most once a human was told."""
    lease_until: datetime | None
    """Real time; None when no pass is under way."""
    has_news: bool


def run_of(reference: str) -> Run | None:
    """Return the run of a departure."""
    with session() as opened:
        departure = opened.get(Departure, reference)
        return _run(departure, departure.reference in _unread(opened)) if departure else None


def runs_to_watch() -> list[Run]:
    """Return every departure that is open, or closed with something unread, asked or to be said.

    And those closed whose last pass has not given them back in time: its run may be "Running" for
    ever, in one of the few places of its pool.
    """
    with session() as opened:
        unread = _unread(opened)
        alive = select(Departure).where(
            _is_alive() | (col(Departure.lease_until) < SystemClock().now())
        )
        return [_run(d, d.reference in unread) for d in opened.exec(alive).all()]


def next_generation(reference: str, instead_of: UUID | None) -> int:
    """Number the run that replaces another (None: the first one).

    The number is committed with the old run forgotten: a crash before the new run is known, or two
    callers at once, end with the same number, hence the same key, hence one run.
    """
    with session() as opened:
        departure = opened.get(Departure, reference, with_for_update=True)
        if departure is None:
            raise LookupError(f"{reference}: aucun départ de ce nom")
        if departure.generation == 0 or departure.flow_run == instead_of is not None:
            departure.generation += 1
            departure.flow_run = None
            _free(departure)
        return departure.generation


def carried_by(reference: str, flow_run: UUID, generation: int) -> None:
    """Remember the run that was created for a departure."""
    with session() as opened:
        departure = opened.get(Departure, reference, with_for_update=True)
        if departure is None or departure.generation != generation:
            return
        if departure.flow_run != flow_run:
            departure.flow_run = flow_run
            now = clock_in(opened).now()
            write(opened, reference, now, Event.RUN_STARTED, code=str(generation))


def count_restart(reference: str) -> int:
    """Count one more restart of a broken run since its last finished pass; free its lease."""
    with session() as opened:
        departure = opened.get(Departure, reference, with_for_update=True)
        if departure is None:
            raise LookupError(f"{reference}: aucun départ de ce nom")
        departure.restarts += 1
        _free(departure)
        now = clock_in(opened).now()
        write(opened, reference, now, Event.RUN_RESTARTED, code=str(departure.restarts))
        return departure.restarts


def broken_runs() -> list[str]:
    """Return the departures of which a human was told that their passes keep breaking."""
    with session() as opened:
        broken = select(Departure.reference).where(
            col(Departure.restarts) > MOST_RESTARTS, _is_alive()
        )
        return sorted(opened.exec(broken).all())


def tell_a_human(reference: str) -> None:
    """Write that a departure's passes keep breaking, once until one of them is finished."""
    with session() as opened:
        departure = opened.get(Departure, reference, with_for_update=True)
        if departure is None or departure.restarts != MOST_RESTARTS:
            return
        departure.restarts += 1
        now = clock_in(opened).now()
        write(opened, reference, now, Event.HUMAN_NEEDED, code="run_keeps_breaking")


@dataclass(frozen=True)
class Carrier:
    """Which run carries a departure; None while it is being given one."""

    flow_run: UUID | None
    is_over: bool
    """Closed, and nobody has anything to read, to answer or to say: its run has nothing to do."""


def carriers(references: Iterable[str]) -> dict[str, Carrier]:
    """Return what carries each of these departures that exists."""
    with session() as opened:
        wanted = select(Departure.reference, Departure.flow_run, _is_alive()).where(
            col(Departure.reference).in_(list(references))
        )
        return {name: Carrier(run, not alive) for name, run, alive in opened.exec(wanted).all()}


@dataclass(frozen=True)
class Carried:
    """What a run carries."""

    reference: str
    territory: str
    referent: str


def departure_of(flow_run: UUID) -> Carried | None:
    """Return the departure that a run carries; None when another run carries it, or none does."""
    with session() as opened:
        carried = select(Departure).where(Departure.flow_run == flow_run)
        departure = opened.exec(carried).one_or_none()
        if departure is None or flow_run == CARRIED_BY_NOBODY:
            return None
        return Carried(departure.reference, departure.territory, departure.referent)


def open_suspension(turn: Turn, flow_run: UUID) -> int:
    """Number the form that is about to be shown."""
    with fenced(turn) as (opened, _):
        suspension = Suspension(
            reference=turn.reference, flow_run=flow_run, opened_at=clock_in(opened).now()
        )
        opened.add(suspension)
        opened.flush()
        return suspension.id or 0


@dataclass(frozen=True)
class Shown:
    """A form that was shown and not collected yet."""

    number: int
    flow_run: UUID
    at: datetime
    """Journey time."""


def uncollected(reference: str) -> list[Shown]:
    """Return the forms whose answers were not collected yet, each with the run that showed it.

    Danger: a run that was cancelled by mistake may hold an answer that the referent has given.
    """
    with session() as opened:
        query = (
            select(Suspension)
            .where(Suspension.reference == reference, col(Suspension.collected_at).is_(None))
            .order_by(col(Suspension.id))
        )
        found = opened.exec(query).all()
        return [Shown(shown.id or 0, shown.flow_run, shown.opened_at) for shown in found]


def collected(opened: Session, number: int) -> None:
    """Remember that a form's answers are in our tables."""
    suspension = opened.get(Suspension, number)
    if suspension is not None:
        suspension.collected_at = clock_in(opened).now()


def _is_alive() -> ColumnElement[bool]:
    unread = select(News.reference).where(col(News.read_at).is_(None))
    asked = select(Question.reference).where(
        col(Question.answered_at).is_(None), col(Question.dropped_at).is_(None)
    )
    to_say = select(Act.reference).where(Act.state == ActState.INTENDED)
    return (
        (col(Departure.state) != DepartureState.CLOSED)
        | col(Departure.reference).in_(unread)
        | col(Departure.reference).in_(asked)
        | col(Departure.reference).in_(to_say)
    )


def _free(departure: Departure) -> None:
    """Let another pass take the departure. The end of its lease stays, in the past: it says that a
    pass is still to come, even for a closed departure.
    """
    departure.lease_token, departure.lease_until = None, SystemClock().now()


def _unread(opened: Session) -> set[str]:
    query = select(News.reference).where(col(News.read_at).is_(None)).distinct()
    return set(opened.exec(query).all())


def _run(departure: Departure, has_news: bool) -> Run:
    return Run(
        reference=departure.reference,
        territory=departure.territory,
        referent=departure.referent,
        flow_run=departure.flow_run,
        generation=departure.generation,
        restarts=departure.restarts,
        lease_until=departure.lease_until,
        has_news=has_news,
    )
