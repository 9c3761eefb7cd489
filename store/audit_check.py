"""Read the audit back: whether it is whole, and what it holds of one departure. Line by line."""

import itertools
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, case, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from models.audit import HOUSE, AuditEvent, AuditHead, AuditLine
from models.audit_check import Break, BreakKind, Head, first_break
from store.audit_keys import what_is_wrong
from store.engine import session

_ROWS_AT_ONCE = 2_000
_LINE = AuditLine.__table__  # type: ignore[attr-defined]
_HEAD = AuditHead.__table__  # type: ignore[attr-defined]


@dataclass
class Verdict:
    """What a reading of the whole audit found."""

    lines: int
    chains: int
    not_noted: int
    """Chains that have grown since the chain of the house last noted their end."""
    witness: str | None
    """Where the chain of the house ends: to be kept outside of the database."""
    breaks: list[Break]


def verify(witness: tuple[int, bytes] | None = None) -> Verdict:
    """Read every line and every head, as they stand at one instant. Writers do not wait.

    `witness`: a line of the house and its digest, noted earlier outside of the database.
    Raises `VaultKeyInvalid`.
    """
    with session() as opened:
        opened.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return verify_in(opened, witness)


def verify_in(opened: Session, witness: tuple[int, bytes] | None = None) -> Verdict:
    """Read everything as this transaction sees it. As `verify` does."""
    breaks = [_refined(opened, one) for one in _broken_chains(opened)]
    breaks += _lost_chains(opened)
    known = {one.chain for one in breaks}
    breaks += [one for one in _contradicted(opened) if one.chain not in known]
    breaks += _against(opened, witness) if witness else []
    house = opened.execute(_HEAD.select().where(_HEAD.c.chain == HOUSE)).one_or_none()
    growing = select(func.count()).where(_HEAD.c.chain != HOUSE, _HEAD.c.number > _HEAD.c.noted)
    return Verdict(
        lines=opened.exec(select(func.count()).select_from(_LINE)).one(),
        chains=opened.exec(select(func.count()).select_from(_HEAD)).one(),
        not_noted=opened.exec(growing).one(),
        witness=f"{house.number}:{house.digest.hex()}" if house else None,
        breaks=sorted(breaks, key=attrgetter("chain", "line")),
    )


def is_told_of(reference: str) -> bool:
    """Whether the audit holds anything of a departure."""
    with session() as opened:
        return bool(opened.exec(select(exists().where(_HEAD.c.chain == reference))).one())


def lines_about(reference: str) -> Generator[dict[str, Any], None, None]:
    """Yield the lines of a departure, those of the house that note where it ends, then its head;
    digests in hexadecimal, hours in UTC. To be read to its end, or closed.
    """
    noted = (_LINE.c.event == AuditEvent.CHAIN_NOTED.value) & (_LINE.c.about == reference)
    mine = or_(_LINE.c.chain == reference, (_LINE.c.chain == HOUSE) & noted)
    in_order = _LINE.select().where(mine).order_by(_LINE.c.chain == HOUSE, _LINE.c.number)
    with session() as opened:
        opened.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with opened.execute(in_order.execution_options(yield_per=_ROWS_AT_ONCE)) as found:
            for row in found:
                yield _written(row)
        for row in opened.execute(_HEAD.select().where(_HEAD.c.chain == reference)):
            yield {"head": _written(row)}


def _broken_chains(opened: Session) -> Iterator[Break]:
    whole = (
        select(_LINE, *(column.label(f"head_{column.name}") for column in _HEAD.c))
        .select_from(_LINE.outerjoin(_HEAD, _LINE.c.chain == _HEAD.c.chain))
        .order_by(_LINE.c.chain, _LINE.c.number)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for name, lines in itertools.groupby(opened.execute(whole), key=attrgetter("chain")):
        found = _break_in(lines)
        if found is not None:
            yield Break(name, *found)


def _break_in(lines: Iterator[Any]) -> tuple[int, BreakKind] | None:
    first = next(lines)
    return first_break(itertools.chain([first], lines), _head_of(first))


def _head_of(row: Any) -> Head | None:
    if row.head_chain is None:
        return None
    head = AuditHead(**{column.name: getattr(row, f"head_{column.name}") for column in _HEAD.c})
    return Head(head.number, head.digest, what_is_wrong(head))


def _refined(opened: Session, found: Break) -> Break:
    """Tell a line that was moved from one that lost the line before it."""
    if found.kind is not BreakKind.REORDERED:
        return found
    here = (_LINE.c.chain == found.chain) & (_LINE.c.number == found.line)
    before = select(_LINE.c.previous).where(here).scalar_subquery()
    elsewhere = select(exists().where(_LINE.c.chain == found.chain, _LINE.c.digest == before))
    kind = BreakKind.REORDERED if opened.exec(elsewhere).one() else BreakKind.MISSING
    return Break(found.chain, found.line, kind)


def _lost_chains(opened: Session) -> list[Break]:
    lineless = select(_HEAD.c.chain).where(~exists().where(_LINE.c.chain == _HEAD.c.chain))
    return [Break(chain, 1, BreakKind.TRUNCATED) for chain in opened.exec(lineless).all()]


def _contradicted(opened: Session) -> list[Break]:
    """Return the chains that are not what another chain took note of."""
    note, noted = aliased(_LINE), aliased(_LINE)
    target = case((note.c.chain == HOUSE, note.c.about), else_=HOUSE)
    lost = (
        select(target.label("target"), func.min(note.c.beside_number), noted.c.digest.is_(None))
        .select_from(
            note.outerjoin(
                noted, (noted.c.chain == target) & (noted.c.number == note.c.beside_number)
            )
        )
        .where(
            col(note.c.beside_number).is_not(None),
            noted.c.digest.is_distinct_from(note.c.beside_digest),
        )
        .group_by(target, noted.c.digest.is_(None))
    )
    return [
        Break(chain, number, BreakKind.TRUNCATED if absent else BreakKind.ALTERED)
        for chain, number, absent in opened.exec(lost).all()
    ]


def _against(opened: Session, witness: tuple[int, bytes]) -> list[Break]:
    number, digest = witness
    here = (_LINE.c.chain == HOUSE) & (_LINE.c.number == number)
    found = opened.exec(select(_LINE.c.digest).where(here)).one_or_none()
    if found is None:
        return [Break(HOUSE, number, BreakKind.TRUNCATED)]
    return [] if found == digest else [Break(HOUSE, number, BreakKind.ALTERED)]


def _written(row: Row[Any]) -> dict[str, Any]:
    return {name: _in_json(value) for name, value in row._mapping.items()}


def _in_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else value
