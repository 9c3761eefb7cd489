"""The ground of the tests: one real PostgreSQL for the stores, one real Prefect server for the
journeys, each started once, and only when a test asks for it.

The variables are set before anything imports Prefect, which reads them once.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy2, rmtree
from uuid import uuid4

from core.prefect_settings import PREFECT_SETTINGS
from tests.ports import free_ports

HOME = Path(tempfile.mkdtemp(prefix="nd-"))


PORTS = free_ports("prefect", "door", "sandbox", "guard")
os.environ.update(PREFECT_SETTINGS)
os.environ["PREFECT_HOME"] = str(HOME / "prefect")
os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{PORTS['prefect']}/api"
# Drawn here rather than by the world: Prefect's client, in this process, reads it once.
os.environ["PREFECT_API_AUTH_STRING"] = f"tests:{uuid4().hex}"

import psycopg  # noqa: E402 - Prefect reads its variables when it is imported
import pytest  # noqa: E402
from psycopg import sql  # noqa: E402
from xdist.remote import Producer  # noqa: E402
from xdist.scheduler import LoadScopeScheduling  # noqa: E402

from cli.stages import Stage, clockwork_stages, database_stage  # noqa: E402
from cli.world import World  # noqa: E402
from core.settings import settings  # noqa: E402
from store.engine import engine_for  # noqa: E402
from tests.doorway import door, one_certificate  # noqa: E402, F401 - fixtures
from tests.living import life, living_world  # noqa: E402, F401 - fixtures of tests/live and browser

TERRITORIES = ("13", "21", "47", "59", "95", "974")
# What lasts begins, so that neither process waits for the other at the end; but the living world,
# whose processes go on until all is over, comes late.
_ORDER = ("chaos", "scale", "crashes", "journey", "release", "outages", "live", "browser", "rules")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests begin."""
    order = {folder: rank for rank, folder in enumerate(_ORDER)}
    items.sort(key=lambda item: order.get(_folder(item.nodeid), len(order)))


class _Sharing(LoadScopeScheduling):  # type: ignore[misc]  # published without types
    """Says which tests stay together when two processes share them.

    Not by marks: those of pytest-xdist 3.8 are lost on pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the living world for those that share it, a folder or a file where its fixtures
        are dear, and a group of its own for each story.
        """
        folder = _folder(nodeid)
        if folder in ("live", "browser"):
            return "living"
        if folder in ("journey", "crashes"):
            return nodeid
        return folder if folder == "outages" else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Share the tests out our way."""
    return _Sharing(config, log)


def _folder(nodeid: str) -> str:
    return nodeid.split("/")[1]


def _database_stages(world: World) -> list[Stage]:
    tables = Stage(then=(lambda: world.run("Création des tables", "store.migrate"),))
    return [Stage(then=(world.postgres.prepare,)), database_stage(world), tables]


def _live_in(world: World) -> None:
    ours = {name: value for name, value in world.env.items() if name.startswith("PND_")}
    os.environ.update(ours)
    settings.cache_clear()


@pytest.fixture(scope="session")
def database() -> Iterator[World]:
    """PostgreSQL with the tables of the case store, and nothing else."""
    with World(HOME / "cases", TERRITORIES, ports=PORTS, stages=_database_stages) as world:
        _live_in(world)
        yield world
    rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def clockwork(database: World) -> Iterator[World]:
    """A Prefect server with every territory deployed, on a PostgreSQL of its own; no worker: tests
    do the passes.
    """
    credential = os.environ["PREFECT_API_AUTH_STRING"]
    known = {
        "PREFECT_API_AUTH_STRING": credential,
        "PREFECT_SERVER_API_AUTH_STRING": credential,
    }
    world = World(HOME, TERRITORIES, ports=PORTS, stages=clockwork_stages, extra=known)
    # The same secrets in both: what a process keeps of them is right in every test.
    copy2(database.state.keys, world.state.keys)
    with world:
        # After the database's: the door and the sandbox are on the ports of this world.
        _live_in(world)
        yield world


@pytest.fixture
def store(database: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty case store of this test's own, by its URL."""
    # The store of the world itself is migrated and never used: every test copies it.
    with own_database(database, monkeypatch, template="cases") as url:
        yield url


@pytest.fixture
def bare_database(database: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of this test's own in which no table was made yet, by its URL."""
    with own_database(database, monkeypatch, template="template1") as url:
        yield url


@contextmanager
def own_database(
    database: World, monkeypatch: pytest.MonkeyPatch, *, template: str
) -> Iterator[str]:
    """Copy a database under a name of its own, and let this process live on it."""
    name = f"cases_{uuid4().hex[:12]}"
    url = database.postgres.cases_url.replace("/cases?", f"/{name}?")
    folder = str(database.postgres.socket_folder)
    copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(copied.format(sql.Identifier(name), sql.Identifier(template)))
        monkeypatch.setenv("PND_DATABASE_URL", url)
        settings.cache_clear()
        yield url
        engine_for(url).dispose()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    settings.cache_clear()
