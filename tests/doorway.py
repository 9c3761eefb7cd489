"""The door of the tests that live on the clockwork: one for the session, as it has one port."""

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from prefect.settings import PREFECT_API_SSL_CERT_FILE, temporary_settings

from cli.world import World
from gateway.app import create_app as create_door
from tests.serving import served

_END = "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session")
def one_certificate(clockwork: World) -> Iterator[Path]:
    """All that each client reads of the world's certificates, as nothing here is encrypted: they
    read them anew for each conversation, and that was a third of the time of a story.
    """
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(_END)
    file = clockwork.state.folder / "one-certificate.pem"
    file.write_text(first + end, encoding="utf-8")
    with temporary_settings({PREFECT_API_SSL_CERT_FILE: str(file)}):
        yield file


@pytest.fixture(scope="session")
def door(clockwork: World, one_certificate: Path) -> Iterator[str]:
    """The door, on its port, for all that is lived in this process."""
    with served(create_door(), clockwork.ports["door"]) as url:
        yield url
