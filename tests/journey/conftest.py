"""What a story needs: the door and the agencies over real HTTP, and an empty store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client

from store.clock import journey_clock
from tests.conftest import PORTS
from tests.journey.driver import Journey
from tests.played import agencies_played


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
    memory = tmp_path / "agencies.sqlite3"
    with (
        agencies_played(memory, journey_clock(), door, PORTS["sandbox"]) as admin,
        get_client(sync_client=True) as prefect,
    ):
        yield Journey(admin, prefect)
