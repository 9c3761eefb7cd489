"""Breakers are shared by all processes: one row for each agency that once gave no answer."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from core.clock import SystemClock
from models.breaker import Breaker
from store.engine import session


def is_away(agency: str) -> bool:
    """Whether an agency is known to give no answer."""
    with session() as opened:
        known = opened.get(Breaker, agency)
        return known is not None and known.is_open


def may_call(agency: str) -> bool:
    """Whether a call may go out to an agency. Where it is away, one process has the trial."""
    with session() as opened:
        known = opened.get(Breaker, agency)
        if known is None or not known.is_open:
            return True
        now, breaker = SystemClock().now(), _locked(opened, agency)
        if not breaker.may_try(now):
            return False
        breaker.tries(now)
        return True


def gave_no_answer(agency: str) -> datetime | None:
    """Count a call without an answer. Return since when the agency is away, if it is found so by
    this very call.
    """
    with session() as opened:
        opened.execute(insert(Breaker).values(agency=agency, failures=0).on_conflict_do_nothing())
        breaker = _locked(opened, agency)
        was_open = breaker.is_open
        breaker.misses(SystemClock().now())
        return None if was_open else breaker.away_since


def answered(agency: str) -> timedelta | None:
    """Forget what was missed. Return how long the agency was away, if it has just returned."""
    with session() as opened:
        known = opened.get(Breaker, agency)
        if known is None or known.failures == 0:
            return None
        breaker = _locked(opened, agency)
        since = breaker.away_since
        breaker.hears()
        return SystemClock().now() - since if since else None


def open_breakers() -> list[Breaker]:
    """Return the agencies that are away, the longest first."""
    with session() as opened:
        away = select(Breaker).where(col(Breaker.away_since).is_not(None))
        return list(opened.exec(away.order_by(col(Breaker.away_since))).all())


def _locked(opened: Session, agency: str) -> Breaker:
    return opened.get_one(Breaker, agency, with_for_update=True, populate_existing=True)
