"""Keeps each agency to its pace, whichever door it calls back at."""

from datetime import timedelta

from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from models.pace import BURST, Pace


class TooFast(Exception):
    """An agency says more than its share: nothing was stored, it may say it again later."""


def keep_pace(opened: Session, agency: str, per_minute: int) -> None:
    """Count one callback of an agency. Raises `TooFast`.

    Danger: the row is held until the transaction ends. Count last, when all the rest is written.
    """
    now, share = func.clock_timestamp(), timedelta(minutes=1) / per_minute
    ahead = col(Pace.ahead_until)
    first = insert(Pace).values(agency=agency, ahead_until=now + share)
    counted = first.on_conflict_do_update(
        index_elements=[Pace.agency],
        set_={"ahead_until": func.least(func.greatest(ahead, now), now + BURST) + share},
        # Danger: after a clock that went back, an hour in a far future would silence the agency.
        where=or_(ahead <= now + BURST - share, ahead > now + 2 * BURST),
    ).returning(col(Pace.agency))
    if opened.execute(counted).first() is None:
        raise TooFast(agency)
