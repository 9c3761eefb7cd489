"""What a moment needs to be lived again: the agencies, whose hours can be held, and the store."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client

from cli.world import World
from core.settings import settings
from tests.conftest import PORTS
from tests.crashes.theatre import HeldClock, Theatre
from tests.journey.driver import Journey
from tests.played import agencies_played

# A killed pass is taken up again at once: its maker is known to be dead.
_PATIENCE_SECONDS = "0.05"


@pytest.fixture
def theatre(
    store: str,
    door: str,
    one_certificate: Path,
    clockwork: World,
    database: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Theatre]:
    """A moment to be made, kept, and lived again."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    # The children read it when they import Prefect.
    monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", str(one_certificate))
    monkeypatch.setenv("PND_LEASE_SECONDS", _PATIENCE_SECONDS)
    settings.cache_clear()
    clock, memory = HeldClock(), tmp_path / "agencies.sqlite3"
    with (
        agencies_played(memory, clock, door, PORTS["sandbox"]) as admin,
        get_client(sync_client=True) as prefect,
    ):
        made = Theatre(
            Journey(admin, prefect),
            memory,
            clock,
            tmp_path,
            str(database.postgres.socket_folder),
            monkeypatch,
        )
        yield made
        made.ends()
    # What late bells held is told in this test, and not in the next.
    gc.collect()
