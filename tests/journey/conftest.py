"""What a story needs: the door and the agencies over real HTTP, and an empty store of its own."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn

from cli.world import World
from core.settings import settings
from gateway.app import create_app as create_door
from models.territories import known_territories
from sandbox.credentials import read_secrets
from sandbox.server import SandboxServer, create_app
from store.clock import journey_clock
from tests.conftest import PORTS
from tests.journey.driver import Journey


@pytest.fixture(scope="session")
def door(clockwork: World) -> Iterator[str]:
    """The door, on its port, for all the stories."""
    url = f"http://127.0.0.1:{PORTS['door']}"
    config = uvicorn.Config(
        create_door(), port=PORTS["door"], log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert httpx.get(f"{url}/health").is_success
    yield url
    server.should_exit = True
    thread.join()


@pytest.fixture
def journey(store: str, door: str, tmp_path: Path) -> Iterator[Journey]:
    """One departure to live, with agencies that know nothing of any other."""
    territories = known_territories(settings().territories).values()
    agencies = [agency for territory in territories for agency in territory.agencies]
    secrets = read_secrets(agencies, os.environ)
    app = create_app(
        tmp_path / "agencies.sqlite3", journey_clock(), agencies, door, secrets, hold_seconds=10.0
    )
    with SandboxServer(app, port=PORTS["sandbox"]) as server, server.admin as admin:
        yield Journey(admin)
