"""Coming in by an identity provider: who left for it, and whose account they come back to."""

from hashlib import sha256

from sqlmodel import Session, col, delete, select

from core.clock import Clock
from core.logs import log
from models.account import Account, AccountGrant
from models.login import PROVIDER_PATIENCE, Means, ProviderVisit
from store.engine import session
from store.sessions import REAL_TIME, in_force, open_session, replace_session


class AgentRefused(Exception):
    """This identity opens no account here. Carries codes: why, and the account it is linked to, if
    any; nothing was made.
    """

    def __init__(self, fault: str | None, account: str | None) -> None:
        super().__init__(fault, account)
        self.account = account


def note_leaving(
    state: str,
    browser: str,
    *,
    nonce: str,
    verifier: str,
    goes_to: str,
    clock: Clock = REAL_TIME,
) -> None:
    """Note that a browser leaves for the provider, until it comes back."""
    now = clock.now()
    old = select(ProviderVisit.state).where(col(ProviderVisit.left_at) < now - PROVIDER_PATIENCE)
    with session() as opened:
        free = old.with_for_update(skip_locked=True)
        opened.execute(delete(ProviderVisit).where(col(ProviderVisit.state).in_(free)))
        opened.add(
            ProviderVisit(
                state=_digest(state),
                browser=_digest(browser),
                nonce=nonce,
                verifier=verifier,
                goes_to=goes_to,
                left_at=now,
            )
        )


def take_return(state: str, browser: str, *, clock: Clock = REAL_TIME) -> ProviderVisit | None:
    """Return what a browser left with, once; None when it was another one, or too long ago."""
    with session() as opened:
        visit = opened.get(ProviderVisit, _digest(state), with_for_update=True)
        # Danger: somebody else's return, followed from a link, would log in as them.
        if visit is None or visit.browser != _digest(browser):
            return None
        opened.delete(visit)
        is_old = abs(clock.now() - visit.left_at) > PROVIDER_PATIENCE
        return None if is_old else visit


def log_in_agent(
    issuer: str,
    subject: str,
    uid: str,
    siret: str,
    id_token: str,
    *,
    replaces: str | None,
    clock: Clock = REAL_TIME,
) -> str:
    """Open a session for the account that an admin linked to an agent. Return its token.

    Raises `AgentRefused`; then nothing is made.
    """
    mine = select(Account).where(
        Account.oidc_issuer == issuer, Account.oidc_uid == uid, Account.siret == siret
    )
    with session() as opened:
        account = opened.exec(mine.with_for_update()).one_or_none()
        fault = _why_not(opened, account, subject)
        if fault or account is None:
            known = account.code if account else None
            log().warning("login_refused", account=known, fault=fault)
            raise AgentRefused(fault, known)
        account.oidc_subject = subject
        replace_session(opened, replaces)
        token = open_session(opened, account, Means.PROVIDER, clock.now(), id_token)
    log().info("session_opened", account=account.code, kind=Means.PROVIDER.value)
    return token


def _why_not(opened: Session, account: Account | None, subject: str) -> str | None:
    if account is None:
        return "agent_unknown"
    if account.disabled_at is not None:
        return "account_disabled"
    # Danger: a uid is unique at one provider of an agent only, and ProConnect has many.
    if account.oidc_subject not in (None, subject):
        return "subject_changed"
    held = select(AccountGrant).where(AccountGrant.account == account.code)
    # Rule: an organisation that the territory does not name, or names no more, sends nobody.
    if not in_force(account, [row.as_grant() for row in opened.exec(held).all()]):
        return "no_role_in_force"
    return None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
