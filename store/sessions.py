"""Open sessions: a random token for the browser, its digest for us."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import update
from sqlmodel import Session, col, delete, or_, select

from core.clock import Clock, SystemClock
from core.settings import settings
from models.account import Account, AccountGrant
from models.account_rules import grants_in_force
from models.identity import Grant, Identity
from models.login import IDLE, LONGEST, SEEN_EVERY, TO_CHANGE_PASSWORD, LoginSession, Means
from models.territories import TerritoryInvalid, TerritoryUnknown, known_territory
from models.territory import Territory
from store.engine import session

REAL_TIME: Clock = SystemClock()
_TOKEN_BYTES = 32
_LONGEST_TOKEN = 64
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Visit:
    """Who holds an open session, whatever it opens."""

    account: str
    means: Means
    digest: str
    must_change_password: bool
    """Nothing but the page of a new password is open."""
    grants: frozenset[Grant]
    """The roles that hold today."""


def identity_of(token: str, *, clock: Clock = REAL_TIME) -> Identity | None:
    """Return who holds a session's token; None when it is unknown, over, of a disabled account, or
    of one that has no password of its own yet.
    """
    visit = visit_of(token, clock=clock)
    if visit is None or visit.must_change_password:
        return None
    return Identity(visit.account, visit.grants)


def visit_of(token: str, *, clock: Clock = REAL_TIME) -> Visit | None:
    """Return the visit that a token opens, and note at most once a minute that it is in use."""
    if not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    now = clock.now()
    rows = (
        select(LoginSession, Account, AccountGrant)
        .join(Account, col(Account.code) == LoginSession.account)
        .outerjoin(AccountGrant, col(AccountGrant.account) == Account.code)
        .where(LoginSession.digest == _digest(token))
    )
    with session() as opened:
        found = opened.exec(rows).all()
        if not found:
            return None
        held, account, _ = found[0]
        if held.is_over(now) or account.disabled_at is not None:
            return None
        if now - held.seen_at >= SEEN_EVERY:
            # Danger: a session closed meanwhile stays closed.
            seen = update(LoginSession).where(col(LoginSession.digest) == held.digest)
            opened.execute(seen.values(seen_at=now))
        grants = [row.as_grant() for _, _, row in found if row is not None]
        return Visit(
            account.code,
            held.means,
            held.digest,
            account.must_change_password,
            in_force(account, grants),
        )


def in_force(account: Account, grants: Collection[Grant]) -> frozenset[Grant]:
    """Return the roles of an account that the files of the territories still bear out."""
    return grants_in_force(account.code, account.siret, grants, _territories(grants))


def open_session(
    opened: Session, account: Account, means: Means, now: datetime, id_token: str = ""
) -> str:
    """Open a session in the caller's transaction. Return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    lasts = TO_CHANGE_PASSWORD if account.must_change_password else LONGEST
    _sweep(opened, now)
    opened.add(
        LoginSession(
            digest=_digest(token),
            account=account.code,
            means=means,
            opened_at=now,
            seen_at=now,
            ends_at=now + lasts,
            id_token=_sealed(token, id_token) if id_token else None,
        )
    )
    return token


def close_session(token: str) -> str | None:
    """Close one session. Return what its provider wants to see at logout, if it has one."""
    with session() as opened:
        held = opened.get(LoginSession, _digest(token), with_for_update=True)
        if held is None:
            return None
        opened.delete(held)
        return _unsealed(token, held.id_token) if held.id_token else None


def replace_session(opened: Session, token: str | None) -> None:
    """Close the session that a browser came with, in the caller's transaction."""
    # Danger: a token that somebody else put there before the login must not outlive it.
    if token:
        opened.execute(delete(LoginSession).where(col(LoginSession.digest) == _digest(token)))


def close_sessions(opened: Session, account: str) -> int:
    """Close every session of an account, in the caller's transaction. Return how many."""
    mine = select(LoginSession).where(LoginSession.account == account).with_for_update()
    held = opened.exec(mine).all()
    for each in held:
        opened.delete(each)
    return len(held)


def close_everywhere(account: str) -> int:
    """Close every session of an account. Return how many."""
    with session() as opened:
        return close_sessions(opened, account)


def open_sessions(account: str, *, clock: Clock = REAL_TIME) -> list[LoginSession]:
    """Return the sessions of an account that still open something, the latest first."""
    now = clock.now()
    mine = select(LoginSession).where(LoginSession.account == account)
    with session() as opened:
        held = opened.exec(mine.order_by(col(LoginSession.opened_at).desc())).all()
        return [each for each in held if not each.is_over(now)]


def _sweep(opened: Session, now: datetime) -> None:
    over = or_(col(LoginSession.ends_at) <= now, col(LoginSession.seen_at) < now - IDLE)
    # Rule: what somebody else holds is swept another time.
    free = select(LoginSession.digest).where(over).with_for_update(skip_locked=True)
    opened.execute(delete(LoginSession).where(col(LoginSession.digest).in_(free)))


def _territories(grants: Collection[Grant]) -> Mapping[str, Territory]:
    known = {}
    for code in {grant.territory for grant in grants}:
        # Rule: a file that cannot be read gives no role, and takes none away elsewhere.
        try:
            known[code] = known_territory(settings().territories, code)
        except (TerritoryUnknown, TerritoryInvalid):
            continue
    return known


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _key(token: str) -> bytes:
    # Rule: not the digest that is kept: whoever reads the table has no key to it.
    return sha256(f"id token\n{token}".encode()).digest()


def _sealed(token: str, id_token: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(token)).encrypt(nonce, id_token.encode(), None)


def _unsealed(token: str, sealed: bytes) -> str | None:
    try:
        clear = AESGCM(_key(token)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except InvalidTag:
        return None
    return clear.decode()
