"""Moves the journey's time when nearly everybody sleeps, and remembers which real instant was
which.

Between two jumps both times run at the same pace: a deadline's lateness is counted in real time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from core.clock import SystemClock
from models.deadline import Deadline
from models.simulation import Simulation
from sandbox.admin_client import SandboxAdmin
from store.clock import journey_clock, jump_to, simulate
from store.engine import session
from store.polls import POLL_EVERY, is_any_due

_ONE_SECOND = timedelta(seconds=1)
# Deadlines close to each other fall together, so that several passes are at work at once.
_TOGETHER = 4
_WINDOW = timedelta(hours=2)
# Rule: what cannot be done is told at the end; time does not wait for it for ever.
_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Anchor:
    """From this real instant on, the journey's time runs from that one, at the same pace."""

    real: datetime
    journey: datetime


def real_instant(anchors: Sequence[Anchor], journey: datetime) -> datetime:
    """Return when an instant of the journey came, in real time; one jumped over came at the
    jump.
    """
    before = [anchor for anchor in anchors if anchor.journey <= journey]
    if not before:
        return anchors[0].real
    last = before[-1]
    came = last.real + (journey - last.journey)
    after = anchors[len(before) :]
    return min(came, after[0].real) if after else came


@dataclass
class TimeKeeper:
    """The only one who moves the clock of a world."""

    agencies: SandboxAdmin
    anchors: list[Anchor] = field(default_factory=list)
    _stops: list[datetime] = field(default_factory=list)
    _waiting_since: datetime | None = None

    def begins(self) -> None:
        """Start the journey's time, now and at the pace of real time."""
        simulate(SystemClock().now(), speed=1)
        self._remembers()

    def moves_on(self) -> None:
        """Jump to what comes next, once whatever is due has been seen by those who watch."""
        # The store may have died between the last jump and its being remembered.
        self._remembers()
        now = journey_clock().now()
        said, falling = self.agencies.next_event(), _next_falling()
        is_due = any(instant <= now for instant in (*falling, *([said] if said else ())))
        if (is_due or is_any_due()) and not self._is_tired():
            return
        self._waiting_since = None
        if said is not None:
            # What a polled agency says is heard at the next poll.
            self._stops.append(said + POLL_EVERY)
        self._stops = sorted({stop for stop in self._stops if stop > now})
        ahead = sorted(i for i in (*falling, said, *self._stops[:1]) if i is not None and i > now)
        if ahead:
            first, together = ahead[0], ahead[:_TOGETHER][-1]
            jump_to(min(together, first + _WINDOW) + _ONE_SECOND)
            self._remembers()

    def _is_tired(self) -> bool:
        now = SystemClock().now()
        self._waiting_since = self._waiting_since or now
        return now - self._waiting_since > _PATIENCE

    def _remembers(self) -> None:
        with session() as opened:
            row = opened.get_one(Simulation, 1)
            anchor = Anchor(row.real_origin, row.simulated_origin)
        if self.anchors[-1:] != [anchor]:
            self.anchors.append(anchor)


def _next_falling() -> list[datetime]:
    with session() as opened:
        running = (
            select(Deadline.due_at)
            .where(col(Deadline.met_at).is_(None), col(Deadline.reached_at).is_(None))
            .order_by(col(Deadline.due_at))
            .limit(_TOGETHER)
        )
        return list(opened.exec(running).all())
