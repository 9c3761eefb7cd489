"""What the tests of outages share: a line to the store that can be cut, a door on it, a store of
their own that is really stopped.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy2
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from cli.stages import Stage, database_stage
from cli.world import World
from core.settings import ROOT, settings
from gateway.app import create_app
from models.referral_problems import read_referral
from models.territories import known_territories
from store.clock import journey_clock
from store.engine import engine_for
from store.referrals import open_departure
from tests.outages.wire import Wire
from tests.serving import served


@pytest.fixture
def wire(store: str, database: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """An empty store at the end of a line that this test can cut."""
    with tempfile.TemporaryDirectory(prefix="nd-") as folder:
        wire = Wire(Path(folder), database.postgres.socket_folder)
        wire.up()
        host, _, _ = store.partition("host=")
        url = f"{host}host={quote(folder)}"
        monkeypatch.setenv("PND_DATABASE_URL", url)
        settings.cache_clear()
        yield wire
        engine_for(url).dispose()
        wire.down()
    settings.cache_clear()


@pytest.fixture(scope="session")
def own_world(database: World) -> Iterator[World]:
    """A PostgreSQL that these tests stop and start, with its tables; nothing else runs."""
    with tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder:
        world = World(Path(folder) / "pnd", ["21"], stages=_stages)
        # The same secrets in both: what a process keeps of them is right in every test.
        world.state.folder.mkdir(mode=0o700)
        copy2(database.state.keys, world.state.keys)
        with world:
            yield world
        engine_for(world.postgres.cases_url).dispose()


@pytest.fixture
def own_store(own_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same, running, as the store of this process."""
    for name, value in own_world.env.items():
        if name.startswith("PND_"):
            monkeypatch.setenv(name, value)
    settings.cache_clear()
    own_world.start("postgres")
    own_world.wait_ready("postgres")
    yield own_world
    monkeypatch.undo()
    settings.cache_clear()


@contextmanager
def door_opened() -> Iterator[httpx.Client]:
    """The door over real HTTP, in the context of the caller."""
    shown = {"Authorization": f"Bearer {settings().door_token.get_secret_value()}"}
    with (
        served(create_app()) as url,
        httpx.Client(base_url=url, headers=shown, timeout=60) as client,
    ):
        yield client


def soon(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Tell whether something becomes true soon enough."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def sheet(example: str = "danger-immediat") -> dict[str, object]:
    """An example's referral, under a number of its own."""
    read: dict[str, object] = json.loads((ROOT / "examples" / f"{example}.json").read_text())
    return read | {"referral_id": str(uuid4())}


def opens(example: str = "danger-immediat") -> str:
    """Open a departure, and return its reference."""
    now = journey_clock().now()
    referral = read_referral(sheet(example), known_territories(settings().territories), now)
    return open_departure(referral, now).reference


def _stages(world: World) -> list[Stage]:
    tables = Stage(then=(lambda: world.run("Création des tables", "store.migrate"),))
    return [Stage(then=(world.postgres.prepare,)), database_stage(world), tables]
