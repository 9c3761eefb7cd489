"""Prefect, asked once and not for long: what it cannot do now, the watch does later."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import (
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)

_SECONDS = 5.0


@contextmanager
def brief_client() -> Iterator[SyncPrefectClient]:
    """Open a client that gives up after five seconds, where Prefect's own insists for minutes."""
    brief = {PREFECT_API_REQUEST_TIMEOUT: _SECONDS, PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(brief), get_client(sync_client=True) as client:
        yield client
