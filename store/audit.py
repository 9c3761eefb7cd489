"""The audit is written with what it tells, in the same transaction: one chain for each departure,
one for the house.
"""

from typing import cast

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from core.clock import SystemClock
from core.logs import log
from models.audit import (
    HOUSE,
    START,
    AuditEvent,
    AuditHead,
    AuditLine,
    Refusal,
    digest_of,
)
from models.departure import Departure
from store.audit_keys import SealedHead, audit_keys, sealed_now, what_is_wrong
from store.engine import session

# Danger: a pass that writes to a chain, and a door that refuses, wait while heads are noted.
_AT_ONCE = 20
_ROUNDS = 250
_WATCH = "watch"
_NOTED = AuditEvent.CHAIN_NOTED
_LINE = AuditLine.__table__  # type: ignore[attr-defined]
_HEAD = AuditHead.__table__  # type: ignore[attr-defined]


def append(
    opened: Session,
    chain: str,
    event: AuditEvent,
    *,
    by: str,
    code: str,
    about: str | None = None,
    times: int = 1,
) -> None:
    """Add a line to a chain, in the caller's transaction. Codes only. Raises `VaultKeyInvalid`.

    Whoever else writes to this chain waits until the caller commits; nobody waits for another
    departure.
    """
    if chain == HOUSE:
        _add(opened, chain, event, by=by, code=code, about=about, times=times)
        return
    _wait_for_departure(opened, chain)
    house = select(_HEAD.c.number, _HEAD.c.digest).where(_HEAD.c.chain == HOUSE)
    beside = opened.execute(house).one_or_none()
    _add(
        opened,
        chain,
        event,
        by=by,
        code=code,
        about=about,
        times=times,
        beside=tuple(beside) if beside else None,
    )


def refused(why: Refusal, by: str, *, chain: str = HOUSE, times: int = 1) -> None:
    """Tell of accesses that were refused, in a transaction of its own."""
    with session() as opened:
        append(opened, chain, AuditEvent.ACCESS_REFUSED, by=by, code=why.value, times=times)


def note_heads() -> None:
    """Write in the chain of the house where the others end, so that none can lose its end unseen.

    The chains that are being written to at this instant are noted the next time.
    """
    for _ in range(_ROUNDS):
        if _note_some_heads() < _AT_ONCE:
            return


def seal_heads_anew() -> None:
    """Seal with the current key the heads that another sealed, one by one, while others write.

    Danger: once that other key is taken away, their seals could no longer be told from broken ones.
    A seal that is broken already stays so. Raises `VaultKeyInvalid`.
    """
    current, *_ = audit_keys()
    with session() as opened:
        late = (
            opened.execute(select(_HEAD.c.chain).where(_HEAD.c.key_id != current)).scalars().all()
        )
    for chain in late:
        with session() as opened:
            held = _HEAD.select().where(_HEAD.c.chain == chain).with_for_update()
            head = cast(SealedHead, opened.execute(held).one())
            _keep_head(opened, head, head.number, head.digest, head.noted)


def _note_some_heads() -> int:
    moved = (
        _HEAD.select()
        .where(_HEAD.c.chain != HOUSE, _HEAD.c.number > _HEAD.c.noted)
        .order_by(_HEAD.c.chain)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with session() as opened:
        heads = opened.execute(moved).all()
        for head in heads:
            beside = head.number, head.digest
            _add(opened, HOUSE, _NOTED, by=_WATCH, code="head", about=head.chain, beside=beside)
            _keep_head(opened, head, head.number, head.digest, noted=head.number)
        return len(heads)


def _add(
    opened: Session,
    chain: str,
    event: AuditEvent,
    *,
    by: str,
    code: str,
    about: str | None = None,
    times: int = 1,
    beside: tuple[int, bytes] | None = None,
) -> None:
    head, last = _hold_head(opened, chain)
    line = AuditLine(
        chain=chain,
        # Danger: a line that somebody added, or a head that they took away, must be told and must
        # not keep the vault shut: the place of the next line is free, whatever was done.
        number=max(head.number, last) + 1,
        at=SystemClock().now(),
        event=event.value,
        by=by,
        code=code,
        about=about,
        times=times,
        beside_number=beside[0] if beside else None,
        beside_digest=beside[1] if beside else None,
        previous=head.digest,
        digest=b"",
    )
    line.digest = digest_of(line)
    opened.execute(_LINE.insert().values(**line.model_dump()))
    _keep_head(opened, head, line.number, line.digest, head.noted)


def _hold_head(opened: Session, chain: str) -> tuple[SealedHead, int]:
    """Return the head of a chain and the number of its last line; nobody else writes to it until
    the caller commits.
    """
    last = select(func.max(_LINE.c.number)).where(_LINE.c.chain == chain).scalar_subquery()
    held = select(_HEAD, last.label("last")).where(_HEAD.c.chain == chain).with_for_update()
    found = opened.execute(held).one_or_none()
    if found is None:
        key_id, seal = sealed_now(chain, 0, START, 0)
        first = AuditHead(chain=chain, number=0, digest=START, noted=0, key_id=key_id, seal=seal)
        # Two first writers: the second waits here for the first, then finds its head.
        opened.execute(insert(_HEAD).values(**first.model_dump()).on_conflict_do_nothing())
        found = opened.execute(held).one()
    return cast(SealedHead, found), found.last or 0


def _keep_head(opened: Session, before: SealedHead, number: int, digest: bytes, noted: int) -> None:
    kept: dict[str, object] = {"number": number, "digest": digest, "noted": noted}
    wrong = what_is_wrong(before)
    if wrong is None:
        kept["key_id"], kept["seal"] = sealed_now(before.chain, number, digest, noted)
    else:
        # Rule: a broken seal stays broken, so that it is seen; and nobody is left without help for
        # it, so that the line is written and the vault opens.
        log().error("audit_seal_broken", reference=before.chain, kind=wrong.value)
    opened.execute(_HEAD.update().where(_HEAD.c.chain == before.chain).values(**kept))


def _wait_for_departure(opened: Session, reference: str) -> None:
    # Danger: whoever held the head first and then wrote of the departure would wait for a pass that
    # holds the departure and waits for the head. The departure comes first, always.
    row = select(Departure.reference).where(Departure.reference == reference)
    opened.exec(row.with_for_update(read=True, key_share=True)).one_or_none()
