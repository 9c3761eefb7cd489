"""The clock of the journey: real, or simulated through one row that every process reads."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from core.clock import Clock, SimulatedClock, SystemClock
from core.settings import settings
from models.simulation import Simulation
from store.engine import session


class SimulationRefused(Exception):
    """Simulated time was asked for where real lives are at stake."""


@dataclass(frozen=True)
class _SharedClock:
    """Reads the simulation row at each call, so that all processes jump together."""

    def now(self) -> datetime:
        with session() as opened:
            return clock_in(opened).now()


def journey_clock() -> Clock:
    """Return the clock that rules live by; in production it is always the real one."""
    return SystemClock() if settings().env == "production" else _SharedClock()


def clock_in(opened: Session) -> Clock:
    """Return the clock as this transaction sees it."""
    if settings().env == "production":
        return SystemClock()
    row = opened.get(Simulation, 1)
    if row is None:
        return SystemClock()
    return SimulatedClock(row.real_origin, row.simulated_origin, row.speed)


def simulate(starts_at: datetime, speed: float) -> None:
    """Start simulated time at an aware instant, `speed` simulated seconds per second."""
    _refuse_in_production()
    row = Simulation(real_origin=SystemClock().now(), simulated_origin=starts_at, speed=speed)
    with session() as opened:
        opened.merge(row)


def jump_to(instant: datetime) -> None:
    """Move simulated time forward to an instant; never backward."""
    _refuse_in_production()
    with session() as opened:
        row = opened.get(Simulation, 1, with_for_update=True)
        if row is None:
            raise SimulationRefused("aucune horloge simulée : lancez d'abord `pnd demo`")
        if instant > clock_in(opened).now():
            row.real_origin, row.simulated_origin = SystemClock().now(), instant


def _refuse_in_production() -> None:
    if settings().env == "production":
        raise SimulationRefused("l'horloge simulée est refusée quand PND_ENV=production")
