"""One clock for every rule. Instants are aware and in UTC; local dates are computed by the
calendar.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells what time the journey believes it is."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The real time. The only place that reads the machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the clock itself


@dataclass(frozen=True)
class SimulatedClock:
    """A clock that left real time at `real_origin` and runs `speed` times as fast from
    `simulated_origin`.
    """

    real_origin: datetime
    simulated_origin: datetime
    speed: float

    def now(self) -> datetime:
        elapsed: timedelta = SystemClock().now() - self.real_origin
        return self.simulated_origin + elapsed * self.speed


@dataclass
class HandClock:
    """A clock moved by hand, for the tests of pure rules."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant
