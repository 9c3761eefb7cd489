"""What a story needs: the door and the agencies over real HTTP, and an empty store of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client

from core.settings import settings
from models.territories import known_territories
from sandbox.credentials import read_secrets
from sandbox.server import SandboxServer, create_app
from store.clock import journey_clock
from tests.conftest import PORTS
from tests.journey.driver import Journey

_POSTMAN_EVERY = 0.02


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
