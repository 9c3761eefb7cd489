"""The audit is written with what it tells, in the same transaction: one chain for each departure,
one for the house.
"""

import hmac

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from core.clock import SystemClock
from models.audit import (
    HOUSE,
    START,
    AuditEvent,
    AuditHead,
    AuditLine,
    Refusal,
    digest_of,
    sealed_words,
)
from models.departure import Departure
from store.engine import session
from store.vault import derived_key

_AT_ONCE = 500
_WATCH = "watch"


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
    beside = opened.exec(
        select(AuditHead.number, AuditHead.digest).where(AuditHead.chain == HOUSE)
    ).one_or_none()
    _add(opened, chain, event, by=by, code=code, about=about, times=times, beside=beside)


def refused(why: Refusal, by: str, *, chain: str = HOUSE, times: int = 1) -> None:
    """Tell of accesses that were refused, in a transaction of its own."""
    with session() as opened:
        append(opened, chain, AuditEvent.ACCESS_REFUSED, by=by, code=why.value, times=times)


def note_heads() -> None:
    """Write in the chain of the house where the others end, so that none can lose its end unseen.

    The chains that are being written to at this instant are noted the next time.
    """
    with session() as opened:
        moved = (
            select(AuditHead)
            .where(AuditHead.chain != HOUSE, col(AuditHead.number) > col(AuditHead.noted))
            .order_by(AuditHead.chain)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for head in opened.exec(moved).all():
            _add(
                opened,
                HOUSE,
                AuditEvent.CHAIN_NOTED,
                by=_WATCH,
                code="head",
                about=head.chain,
                beside=(head.number, head.digest),
            )
            head.noted = head.number
            seal_head(head)
            opened.add(head)


def seal_head(head: AuditHead) -> None:
    """Seal a head as it stands now. Raises `VaultKeyInvalid`."""
    head.key_id = key_id()
    head.seal = seal_of(head)


def seal_of(head: AuditHead) -> bytes:
    """Return what the seal of a head must be, with the key of this process."""
    words = sealed_words(head.chain, head.number, head.digest, head.noted, head.key_id)
    return hmac.digest(derived_key("audit"), words, "sha256")


def key_id() -> str:
    """Return which audit key this process has; says nothing about it."""
    return derived_key("audit key id")[:8].hex()


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
    head = _hold_head(opened, chain)
    line = AuditLine(
        chain=chain,
        number=head.number + 1,
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
    opened.add(line)
    head.number, head.digest = line.number, line.digest
    seal_head(head)
    opened.add(head)
    opened.flush()


def _hold_head(opened: Session, chain: str) -> AuditHead:
    first = AuditHead(chain=chain, number=0, digest=START, noted=0, key_id="", seal=b"")
    held = (
        select(AuditHead)
        .where(AuditHead.chain == chain)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    head = opened.exec(held).one_or_none()
    if head is None:
        # Two first writers: the second waits here for the first, then finds its head.
        opened.execute(insert(AuditHead).values(**first.model_dump()).on_conflict_do_nothing())
        head = opened.exec(held).one()
    return head


def _wait_for_departure(opened: Session, reference: str) -> None:
    # Danger: whoever held the head first and then wrote of the departure would wait for a pass that
    # holds the departure and waits for the head. The departure comes first, always.
    row = select(Departure.reference).where(Departure.reference == reference)
    opened.exec(row.with_for_update(read=True, key_share=True)).one_or_none()
