"""Lease and fence: a departure is advanced by one pass at a time, and a stale pass can commit
nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, select

from core.clock import SystemClock
from core.settings import settings
from models.departure import Departure
from store.engine import session


class StalePass(Exception):
    """This pass no longer holds the departure: it must stop without touching anything."""


@dataclass(frozen=True)
class Turn:
    """The right to advance one departure, until its lease runs out (real time)."""

    reference: str
    token: UUID


def take(reference: str, flow_run: UUID, token: UUID | None = None) -> Turn:
    """Take the lease for a flow run, under a token drawn now unless one is given: the same token
    twice is one taking, for the answer to the first may have been lost.

    Raises `StalePass` when another pass holds it, another run carries the departure, or there is
    no such departure.
    """
    now = SystemClock().now()
    turn = Turn(reference, token or uuid4())
    with session() as opened:
        departure = opened.get(Departure, reference, with_for_update=True)
        if departure is None:
            raise StalePass(f"{reference}: aucun départ de ce nom dans la base")
        if departure.flow_run not in (None, flow_run):
            raise StalePass(f"{reference}: un autre passage du flux porte ce départ")
        if is_held(departure.lease_until, now) and departure.lease_token != turn.token:
            raise StalePass(f"{reference}: une autre passe est en cours")
        departure.lease_token = turn.token
        departure.lease_until = now + timedelta(seconds=settings().lease_seconds)
    return turn


def is_held(lease_until: datetime | None, now: datetime) -> bool:
    """Whether a pass that may be alive holds a departure (real time).

    Danger: after a clock that went back, a lease in a far future would hold the departure for
    hours. One that is further away than two leases was not given by this clock; the second lease is
    for machines whose clocks differ a little.
    """
    if lease_until is None:
        return False
    return now < lease_until <= now + 2 * timedelta(seconds=settings().lease_seconds)


@contextmanager
def fenced(turn: Turn) -> Iterator[tuple[Session, Departure]]:
    """Open a transaction that only the holder of the lease can commit; it renews the lease."""
    with session() as opened:
        held = (
            select(Departure)
            .where(Departure.reference == turn.reference, Departure.lease_token == turn.token)
            .with_for_update()
        )
        departure = opened.exec(held).one_or_none()
        if departure is None or departure.lease_until is None:
            raise StalePass(f"{turn.reference}: la passe a perdu la main")
        departure.lease_until = SystemClock().now() + timedelta(seconds=settings().lease_seconds)
        yield opened, departure


def release(turn: Turn) -> None:
    """Give the lease back at the end of a pass. Twice is once: the token stays, so that a pass
    whose answer was lost is not taken for one that lost the departure.
    """
    with session() as opened:
        departure = opened.get(Departure, turn.reference, with_for_update=True)
        if departure is None or departure.lease_token != turn.token:
            raise StalePass(f"{turn.reference}: la passe a perdu la main")
        departure.lease_until = None
        departure.restarts = 0
