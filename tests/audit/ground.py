"""A small audit to be spoiled, and hands that may do what the platform cannot."""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from models.audit import HOUSE, AuditEvent, AuditHead, AuditLine, Refusal
from store.audit import append, note_heads, refused
from store.engine import session

A, B = "21-AAAAAA", "47-BBBBBB"
LINES = AuditLine.__table__  # type: ignore[attr-defined]
HEADS = AuditHead.__table__  # type: ignore[attr-defined]

Row = dict[str, Any]


def tell(chain: str, about: str = "q1", by: str = "pnd:exemple") -> None:
    """Add one line to a chain, in a transaction of its own."""
    with session() as opened:
        append(opened, chain, AuditEvent.ANSWER_GIVEN, by=by, code="due:done", about=about)


def small_audit() -> None:
    """Two departures and the house: what was noted, and what was written since."""
    refused(Refusal.TOKEN, "door:referrals")
    for number in range(4):
        tell(A, f"q{number}")
        tell(B, f"q{number}")
    note_heads()
    refused(Refusal.LINK, "door:letterbox", times=3)
    for number in range(4, 6):
        tell(A, f"q{number}")


def as_owner(opened: Session) -> None:
    """Let this transaction do what the triggers forbid."""
    opened.execute(text("SET LOCAL session_replication_role = 'replica'"))


def rows(opened: Session, chain: str) -> list[Row]:
    """Return the lines of a chain, in order."""
    found = opened.execute(LINES.select().where(LINES.c.chain == chain).order_by(LINES.c.number))
    return [dict(row._mapping) for row in found]


def head(opened: Session, chain: str) -> Row:
    """Return the head of a chain."""
    found = opened.execute(HEADS.select().where(HEADS.c.chain == chain)).one()
    return dict(found._mapping)


def write_over(opened: Session, chain: str, lines: list[Row], end: Row | None) -> None:
    """Put other lines, and another head, in the place of a chain."""
    as_owner(opened)
    opened.execute(LINES.delete().where(LINES.c.chain == chain))
    opened.execute(HEADS.delete().where(HEADS.c.chain == chain))
    if lines:
        opened.execute(LINES.insert(), lines)
    if end is not None:
        opened.execute(HEADS.insert(), [end])


CHAINS = (A, B, HOUSE)
