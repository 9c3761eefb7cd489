"""The door of the tests that live on the clockwork: one for the session, as it has one port."""

import time
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from threading import Thread

import certifi
import httpx
import pytest
import uvicorn
from prefect.settings import PREFECT_API_SSL_CERT_FILE, temporary_settings

from cli.world import World
from gateway.app import create_app as create_door

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
    url = clockwork.urls["door"]
    config = uvicorn.Config(
        create_door(), port=clockwork.ports["door"], log_level="warning", access_log=False
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
