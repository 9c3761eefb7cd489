"""The audit is written with what it tells, in the same transaction: one chain for each departure,
one for the house.
"""

import hmac

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

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
        for chain, number, digest, *_ in heads:
            beside = number, digest
            _add(opened, HOUSE, _NOTED, by=_WATCH, code="head", about=chain, beside=beside)
            _keep_head(opened, chain, number, digest, noted=number)
        return len(heads)


def seal_of(chain: str, number: int, digest: bytes, noted: int, key: str) -> bytes:
    """Return what the seal of a head must be, with the key of this process. Raises
    `VaultKeyInvalid`.
    """
    words = sealed_words(chain, number, digest, noted, key)
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
    number, previous, noted = _hold_head(opened, chain)
    line = AuditLine(
        chain=chain,
        number=number + 1,
        at=SystemClock().now(),
        event=event.value,
        by=by,
        code=code,
        about=about,
        times=times,
        beside_number=beside[0] if beside else None,
        beside_digest=beside[1] if beside else None,
        previous=previous,
        digest=b"",
    )
    line.digest = digest_of(line)
    opened.execute(_LINE.insert().values(**line.model_dump()))
    _keep_head(opened, chain, line.number, line.digest, noted)


def _hold_head(opened: Session, chain: str) -> tuple[int, bytes, int]:
    """Return how long a chain is, its last digest and how much of it is noted; nobody else writes
    to it until the caller commits.
    """
    held = (
        select(_HEAD.c.number, _HEAD.c.digest, _HEAD.c.noted)
        .where(_HEAD.c.chain == chain)
        .with_for_update()
    )
    found = opened.execute(held).one_or_none()
    if found is None:
        # Two first writers: the second waits here for the first, then finds its head.
        first = AuditHead(chain=chain, number=0, digest=START, noted=0, key_id="", seal=b"")
        opened.execute(insert(_HEAD).values(**first.model_dump()).on_conflict_do_nothing())
        found = opened.execute(held).one()
    return found.number, found.digest, found.noted


def _keep_head(opened: Session, chain: str, number: int, digest: bytes, noted: int) -> None:
    key = key_id()
    seal = seal_of(chain, number, digest, noted, key)
    kept = {"number": number, "digest": digest, "noted": noted, "key_id": key, "seal": seal}
    opened.execute(_HEAD.update().where(_HEAD.c.chain == chain).values(**kept))


def _wait_for_departure(opened: Session, reference: str) -> None:
    # Danger: whoever held the head first and then wrote of the departure would wait for a pass that
    # holds the departure and waits for the head. The departure comes first, always.
    row = select(Departure.reference).where(Departure.reference == reference)
    opened.exec(row.with_for_update(read=True, key_share=True)).one_or_none()
