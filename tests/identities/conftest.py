"""The door on a port of its own, accounts, and browsers in front of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, delete, select

from cli.world import World
from core.settings import settings
from gateway.app import create_app
from models.account import Account, AccountGrant
from models.account_rules import read_grant
from models.audit import HOUSE, AuditLine
from models.login import LoginSession, LoginThrottle, ProviderVisit
from store import passwords
from store.accounts import add_account
from store.engine import session
from store.login import change_password
from store.sessions import close_everywhere
from tests.conftest import own_database
from tests.identities.browser import PASSWORD, Browser
from tests.serving import served


@pytest.fixture(scope="session")
def people_door(database: World) -> Iterator[str]:
    """The door, by its URL. It reads its settings at each request: each test has its own store."""
    with served(create_app()) as url:
        yield url


@pytest.fixture(scope="session")
def people_store(database: World) -> Iterator[str]:
    """One case store for all the tests of this folder, by its URL."""
    with (
        pytest.MonkeyPatch.context() as patched,
        own_database(database, patched, template="cases") as url,
    ):
        patched.undo()
        settings.cache_clear()
        yield url


@pytest.fixture
def store(people_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same, with nobody in it."""
    monkeypatch.setenv("PND_DATABASE_URL", people_store)
    settings.cache_clear()
    yield people_store
    with session() as opened:
        for table in (AccountGrant, LoginSession, Account, LoginThrottle, ProviderVisit):
            opened.execute(delete(table))
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def quick_digests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Digests of passwords that cost nothing: what they cost is in test_passwords.py."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    passwords._decoy.cache_clear()
    yield
    passwords._decoy.cache_clear()


@pytest.fixture
def at_door(
    people_door: str, store: str, quick_digests: None, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The door's URL, as the door knows it too."""
    monkeypatch.setenv("PND_DOOR_URL", people_door)
    settings.cache_clear()
    return people_door


@pytest.fixture
def new_browser(at_door: str) -> Iterator[Callable[[], Browser]]:
    """Opens one more browser."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Browser(at_door))


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    """One browser, of nobody yet."""
    return new_browser()


def told_of_the_house() -> list[tuple[str, str]]:
    """Return who did what, as the audit of the house has it. Nobody can empty it between tests."""
    with session() as opened:
        lines = opened.exec(
            select(AuditLine).where(AuditLine.chain == HOUSE).order_by(col(AuditLine.number))
        )
        return [(line.by, line.code) for line in lines]


def ready_account(code: str, *roles: str) -> str:
    """Make an account that has changed its first password. Return its code."""
    first = add_account(code, [read_grant(role) for role in roles])
    assert first
    change_password(code, first, PASSWORD, PASSWORD, "192.0.2.99")
    close_everywhere(code)
    return code


@pytest.fixture
def referent(store: str, quick_digests: None) -> str:
    """A referent's account, by its code, whose password is `PASSWORD`."""
    return ready_account("ref-21-a", "referent:21")
