"""Slows guessing down: the tries of each account and from each source, in rows of the store."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from models.login import (
    FORGOTTEN_AFTER,
    FREE_MISSES,
    FREE_MISSES_OF_A_SOURCE,
    LoginThrottle,
)
from store.engine import session
from store.master_keys import derived, master_keys

_ROOM_OF_A_SOURCE = 64
"""Bits of an IPv6 address that one subscriber owns."""


def admit(account: str, source: str, now: datetime) -> timedelta | None:
    """Count one try before it is made. Return how long to wait instead, if it may not be.

    Danger: counted afterwards, a hundred tries at once would be one.
    """
    with session() as opened:
        brakes = _locked(opened, _keys(account, source), now)
        wait = max(brake.wait(free, now) for brake, free in brakes)
        if wait > timedelta():
            return wait
        for brake, _ in brakes:
            brake.misses += 1
            brake.last_at = now
        return None


def forgive(opened: Session, account: str, source: str) -> None:
    """A login succeeded: the account starts afresh, and its source has one try back."""
    forget_account(opened, account)
    brake = opened.get(LoginThrottle, _digest("source", _source(source)), with_for_update=True)
    if brake is not None:
        # Danger: started afresh too, one's own account would pay for guesses at others'.
        brake.misses = max(0, brake.misses - 1)


def forget_account(opened: Session, account: str) -> None:
    """An account starts afresh."""
    gone = col(LoginThrottle.key) == _digest("account", account)
    opened.execute(delete(LoginThrottle).where(gone))


def _keys(account: str, source: str) -> Mapping[str, int]:
    return {
        _digest("account", account): FREE_MISSES,
        _digest("source", _source(source)): FREE_MISSES_OF_A_SOURCE,
    }


def _locked(
    opened: Session, keys: Mapping[str, int], now: datetime
) -> list[tuple[LoginThrottle, int]]:
    _sweep(opened, now)
    brakes = []
    # Rule: in one order, so that two tries never wait for each other.
    for key, free in sorted(keys.items()):
        row = insert(LoginThrottle).values(key=key, misses=0, last_at=now)
        opened.execute(row.on_conflict_do_nothing())
        brake = opened.get_one(LoginThrottle, key, with_for_update=True, populate_existing=True)
        if brake.is_forgotten(now):
            brake.misses, brake.last_at = 0, now
        brakes.append((brake, free))
    return brakes


def _sweep(opened: Session, now: datetime) -> None:
    old = select(LoginThrottle.key).where(col(LoginThrottle.last_at) < now - FORGOTTEN_AFTER)
    # Rule: what another try holds is swept another time.
    free = old.with_for_update(skip_locked=True)
    opened.execute(delete(LoginThrottle).where(col(LoginThrottle.key).in_(free)))


def _source(address: str) -> str:
    """Return what one subscriber cannot change about where they come from."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(ip_network((known, _ROOM_OF_A_SOURCE), strict=False))
    return str(known)


def _digest(kind: str, what: str) -> str:
    # Rule: another current master key counts afresh; tries in the meantime are slowed down anyway.
    key = derived(master_keys().current.secret, "login")
    return hmac.new(key, f"{kind}\n{what}".encode(), sha256).hexdigest()
