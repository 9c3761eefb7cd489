"""One sandbox for all the tests of this folder, emptied before each."""

import time
from collections.abc import Iterator

import pytest

from core.clock import HandClock
from tests.connectors.agencies import AGENCIES, environment
from tests.connectors.stage import DAWN, Stage, a_door, addresses, staged


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The sandbox that the tests share."""
    state = tmp_path_factory.mktemp("sandbox") / "state.sqlite3"
    with a_door() as door, staged(state, door, HandClock(DAWN)) as stage:
        yield stage


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of every agency, in the environment of this test."""
    for code in AGENCIES:
        for name, value in environment(code).items():
            monkeypatch.setenv(name, value)


@pytest.fixture
def stage(theatre: Stage, secrets: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The shared sandbox, as on the first day."""
    for name, value in addresses(theatre.url).items():
        monkeypatch.setenv(name, value)
    theatre.admin.forget()
    time.sleep(0.05)  # for the one callback that may be on its way
    theatre.clock.instant = DAWN
    theatre.door.received.clear()
    theatre.waits.clear()
    yield theatre
    theatre.closes()
