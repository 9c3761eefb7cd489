"""What a story needs: the door and the agencies over real HTTP, and an empty store of its own."""

import os
import time
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from threading import Thread

import certifi
import httpx
import pytest
import uvicorn
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_SSL_CERT_FILE, temporary_settings

from cli.world import World
from core.settings import settings
from gateway.app import create_app as create_door
from models.territories import known_territories
from sandbox.credentials import read_secrets
from sandbox.server import SandboxServer, create_app
from store.clock import journey_clock
from tests.conftest import HOME, PORTS
from tests.journey.driver import Journey

_END = "-----END CERTIFICATE-----\n"
_POSTMAN_EVERY = 0.02


@pytest.fixture(scope="session")
def one_certificate(clockwork: World) -> Iterator[Path]:
    """All that each client reads of the world's certificates, as nothing here is encrypted: they
    read them anew for each conversation, and that was a third of the time of a story.
    """
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(_END)
    file = HOME / "one-certificate.pem"
    file.write_text(first + end, encoding="utf-8")
    with temporary_settings({PREFECT_API_SSL_CERT_FILE: str(file)}):
        yield file


@pytest.fixture(scope="session")
def door(clockwork: World, one_certificate: Path) -> Iterator[str]:
    """The door, on its port, for all the stories."""
    url = f"http://127.0.0.1:{PORTS['door']}"
    config = uvicorn.Config(
        create_door(), port=PORTS["door"], log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = Thread(target=copy_context().run, args=(server.run,), daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert httpx.get(f"{url}/health").is_success
    yield url
    server.should_exit = True
    thread.join()


@pytest.fixture
def journey(
    store: str,
    door: str,
    one_certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Journey]:
    """One departure to live, with agencies that know nothing of any other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    territories = known_territories(settings().territories).values()
    agencies = [agency for territory in territories for agency in territory.agencies]
    secrets = read_secrets(agencies, os.environ)
    app = create_app(
        tmp_path / "agencies.sqlite3",
        journey_clock(),
        agencies,
        door,
        secrets,
        hold_seconds=10.0,
        tick_seconds=_POSTMAN_EVERY,
    )
    with (
        SandboxServer(app, port=PORTS["sandbox"]) as server,
        server.admin as admin,
        get_client(sync_client=True) as prefect,
    ):
        yield Journey(admin, prefect)
