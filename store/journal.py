"""The journal: written with what it tells, in the same transaction; read for the timeline."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.journal import Event, JournalEntry
from models.measure import Measure
from store.engine import session


def write(
    opened: Session,
    reference: str,
    at: datetime,
    event: Event,
    *,
    measure: Measure | None = None,
    agency: str | None = None,
    code: str | None = None,
    by: str | None = None,
    on: datetime | None = None,
) -> None:
    """Add one line. Codes only."""
    opened.add(
        JournalEntry(
            reference=reference,
            at=at,
            event=event,
            measure=measure,
            agency=agency,
            code=code,
            by=by,
            on=on,
        )
    )


def entries(reference: str, after: int = 0) -> list[JournalEntry]:
    """Return the lines of a departure in order, from the one after a number."""
    with session() as opened:
        query = (
            select(JournalEntry)
            .where(JournalEntry.reference == reference, col(JournalEntry.id) > after)
            .order_by(col(JournalEntry.id))
        )
        return list(opened.exec(query).all())
