"""Coming in with a password, and changing it. Every refusal is one, and takes the same time."""

from datetime import timedelta

from sqlmodel import Session

from core.clock import Clock
from core.logs import log
from models.account import Account
from models.login import Means
from models.password import advice_on
from store.engine import session
from store.passwords import digest_of, is_outdated, is_right
from store.sessions import REAL_TIME, close_sessions, open_session, replace_session
from store.throttle import admit, forgive

_LONGEST_CODE, _LONGEST_PASSWORD = 40, 200


class LoginRefused(Exception):
    """The code or the password is wrong, or the account is closed: which one is not said.

    Carries the account that was tried, if there is one: for the audit, never for the one who tries.
    """

    def __init__(self, account: str | None = None) -> None:
        super().__init__(account)
        self.account = account


class LoginSlowedDown(Exception):
    """Too many tries: nothing was looked at. Says how long to wait, and the account, if there is
    one: for the audit only.
    """

    def __init__(self, wait: timedelta, account: str | None) -> None:
        super().__init__(wait, account)
        self.wait = wait
        self.account = account


class PasswordRefused(Exception):
    """A new password cannot be taken. Carries what to do, in French, by the name of the field."""

    def __init__(self, advice: dict[str, str]) -> None:
        super().__init__(advice)
        self.advice = advice


def log_in(
    code: str, password: str, source: str, *, replaces: str | None, clock: Clock = REAL_TIME
) -> str:
    """Open a session in the place of the one the browser came with. Return its token.

    Raises `LoginRefused`, `LoginSlowedDown` or `PasswordsBusy`.
    """
    if len(code) > _LONGEST_CODE or len(password) > _LONGEST_PASSWORD:
        raise LoginRefused
    _admit(code, source, clock)
    kept = _kept(code)
    right = is_right(kept, password)
    # Rule: parameters grow with the machines; a password is seen at login only.
    renewed = digest_of(password) if right and kept and is_outdated(kept) else None
    with session() as opened:
        account = _locked(opened, code)
        # Rule: what was compared may have been changed, or disabled, meanwhile.
        if not (right and account and account.password == kept and account.may_enter(clock.now())):
            known = account.code if account else None
            log().warning("login_refused", account=known)
            raise LoginRefused(known)
        account.password = renewed or kept
        replace_session(opened, replaces)
        forgive(opened, code, source)
        token = open_session(opened, account, Means.PASSWORD, clock.now())
    log().info("session_opened", account=code, kind=Means.PASSWORD.value)
    return token


def change_password(
    account: str, current: str, new: str, again: str, source: str, *, clock: Clock = REAL_TIME
) -> str:
    """Give an account a password of its own, close all its sessions and open a new one. Return its
    token. Raises `PasswordRefused`, `LoginSlowedDown` or `PasswordsBusy`.
    """
    _admit(account, source, clock)
    kept = _kept(account)
    advice = _advice(account, new, again)
    if not is_right(kept, current):
        raise PasswordRefused({"actuel": "Ce n'est pas le mot de passe actuel."} | advice)
    if current == new:
        advice["nouveau"] = "Choisissez-en un autre que l'actuel."
    if advice:
        # Rule: who hesitates over a new password is not guessing the one they have.
        with session() as opened:
            forgive(opened, account, source)
        raise PasswordRefused(advice)
    digest = digest_of(new)
    with session() as opened:
        row = _locked(opened, account)
        if row is None or row.password != kept or not row.may_enter(clock.now()):
            raise PasswordRefused({"actuel": "Ce mot de passe ne vaut plus. Reconnectez-vous."})
        row.password, row.first_password_until = digest, None
        close_sessions(opened, account)
        forgive(opened, account, source)
        token = open_session(opened, row, Means.PASSWORD, clock.now())
    log().info("password_changed", account=account)
    return token


def _admit(code: str, source: str, clock: Clock) -> None:
    wait = admit(code, source, clock.now())
    if wait is not None:
        log().warning("login_slowed_down", seconds=round(wait.total_seconds()))
        with session() as opened:
            known = code if opened.get(Account, code) else None
        raise LoginSlowedDown(wait, known)


def _advice(account: str, new: str, again: str) -> dict[str, str]:
    problem = advice_on(new, account)
    advice = {"nouveau": problem} if problem else {}
    if new != again:
        advice["encore"] = "Les deux saisies diffèrent."
    return advice


def _kept(code: str) -> str | None:
    with session() as opened:
        account = opened.get(Account, code)
        return account.password if account else None


def _locked(opened: Session, code: str) -> Account | None:
    return opened.get(Account, code, with_for_update=True)
