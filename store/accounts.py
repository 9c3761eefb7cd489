"""Accounts as an admin makes them. Whatever changes what an account may do closes its sessions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from core.clock import Clock
from core.logs import log
from core.settings import settings
from models.account import FIRST_PASSWORD_LASTS, Account, AccountGrant
from models.account_rules import AccountRefused, account_problems, grant_problems, written
from models.identity import Grant
from models.territories import known_territories
from store.engine import session
from store.passwords import digest_of, new_password
from store.sessions import REAL_TIME, close_sessions, in_force, open_sessions
from store.throttle import forget_account


@dataclass(frozen=True)
class OidcLink:
    """An agent as their provider knows them."""

    issuer: str
    uid: str
    siret: str


@dataclass(frozen=True)
class AccountSheet:
    """An account as an admin reads it: never a password, never an identifier at a provider."""

    account: Account
    grants: tuple[Grant, ...]
    in_force: frozenset[Grant]
    sessions: int
    """How many are open."""


def add_account(
    code: str, grants: Sequence[Grant], link: OidcLink | None = None, *, clock: Clock = REAL_TIME
) -> str | None:
    """Make an account. Return its first password, kept nowhere; None with a link to a provider.

    Raises `AccountRefused` with every problem; then nothing is made.
    """
    if problems := problems_of(code, grants, link.siret if link else None):
        raise AccountRefused(problems)
    first = None if link else new_password()
    account = Account(code=code, created_at=clock.now())
    if first:
        account.password = digest_of(first)
        account.first_password_until = clock.now() + FIRST_PASSWORD_LASTS
    if link:
        account.oidc_issuer, account.oidc_uid, account.siret = link.issuer, link.uid, link.siret
    try:
        with session() as opened:
            if opened.get(Account, code) is not None:
                raise AccountRefused([f"{code} : ce compte existe déjà. Voyez « pnd user list »."])
            opened.add(account)
            opened.flush()
            opened.add_all(_rows(code, grants))
    except IntegrityError:
        raise AccountRefused(
            [f"{code} : ce compte, ou cette identité ProConnect, existe déjà."]
        ) from None
    log().info("account_added", account=code)
    return first


def problems_of(code: str, grants: Sequence[Grant], siret: str | None) -> list[str]:
    """Return why an account may not be made, in French."""
    return [*account_problems(code), *_grant_problems(code, siret, grants)]


def account_sheets(*, clock: Clock = REAL_TIME) -> list[AccountSheet]:
    """Return every account, by code."""
    with session() as opened:
        accounts = opened.exec(select(Account).order_by(col(Account.code))).all()
        held = opened.exec(select(AccountGrant)).all()
    sheets = []
    for account in accounts:
        grants = tuple(
            sorted((row.as_grant() for row in held if row.account == account.code), key=written)
        )
        count = len(open_sessions(account.code, clock=clock)) if not account.disabled_at else 0
        sheets.append(AccountSheet(account, grants, in_force(account, grants), count))
    return sheets


def disable_account(code: str, *, clock: Clock = REAL_TIME) -> int:
    """Let nobody in under this code any more. Return how many sessions were closed."""
    with _changed(code, "account_disabled") as (opened, account):
        account.disabled_at = account.disabled_at or clock.now()
        return close_sessions(opened, code)


def enable_account(code: str) -> None:
    """Let somebody in again under this code."""
    with _changed(code, "account_enabled") as (opened, account):
        account.disabled_at = None
        forget_account(opened, code)


def end_sessions(code: str) -> int:
    """Close every session of an account. Return how many."""
    with _changed(code, "sessions_closed") as (opened, _):
        return close_sessions(opened, code)


def reset_password(code: str, *, clock: Clock = REAL_TIME) -> str | None:
    """Give a first password again, and return it. Of an account that comes in by a provider, forget
    under which name: the next login says it.
    """
    first = new_password()
    digest = digest_of(first)
    with _changed(code, "password_reset") as (opened, account):
        close_sessions(opened, code)
        forget_account(opened, code)
        if account.oidc_issuer:
            account.oidc_subject = None
            return None
        account.password = digest
        account.first_password_until = clock.now() + FIRST_PASSWORD_LASTS
    return first


def add_grants(code: str, grants: Sequence[Grant]) -> None:
    """Give roles. The sessions are closed: a new power is used under a new token."""
    with _changed(code, "roles_granted") as (opened, account):
        problems = _grant_problems(code, account.siret, grants)
        if problems:
            raise AccountRefused(problems)
        close_sessions(opened, code)
        for row in _rows(code, grants):
            opened.merge(row)


def remove_grants(code: str, grants: Sequence[Grant]) -> None:
    """Take roles away, at once."""
    with _changed(code, "roles_revoked") as (opened, _):
        missing = [
            f"{written(row.as_grant())} : {code} n'a pas ce rôle."
            for row in _rows(code, grants)
            if opened.get(AccountGrant, (row.account, row.role, row.territory, row.agency)) is None
        ]
        if missing:
            raise AccountRefused(missing)
        close_sessions(opened, code)
        for row in _rows(code, grants):
            opened.execute(
                delete(AccountGrant).where(
                    col(AccountGrant.account) == code,
                    col(AccountGrant.role) == row.role,
                    col(AccountGrant.territory) == row.territory,
                    col(AccountGrant.agency) == row.agency,
                )
            )


@contextmanager
def _changed(code: str, event: str) -> Iterator[tuple[Session, Account]]:
    with session() as opened:
        account = opened.get(Account, code, with_for_update=True)
        if account is None:
            raise AccountRefused([f"{code} : aucun compte de ce code. Voyez « pnd user list »."])
        yield opened, account
    log().info(event, account=code)


def _rows(code: str, grants: Iterable[Grant]) -> list[AccountGrant]:
    return [
        AccountGrant(
            account=code, role=grant.role, territory=grant.territory, agency=grant.agency or ""
        )
        for grant in dict.fromkeys(grants)
    ]


def _grant_problems(code: str, siret: str | None, grants: Iterable[Grant]) -> list[str]:
    known = known_territories(settings().territories)
    return [problem for grant in grants for problem in grant_problems(code, siret, grant, known)]
