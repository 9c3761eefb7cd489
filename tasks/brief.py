"""Prefect, asked once and not for long: what it cannot do now, the watch does later."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.context import SettingsContext, get_settings_context
from prefect.settings import (
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    get_current_settings,
)
from prefect.settings.models.root import Settings

_SECONDS = 5.0


@contextmanager
def brief_client() -> Iterator[SyncPrefectClient]:
    """Open a client that gives up after five seconds, where Prefect's own insists for minutes."""
    with _brief_settings(), get_client(sync_client=True) as client:
        yield client


@contextmanager
def _brief_settings() -> Iterator[None]:
    usual = get_settings_context()
    with SettingsContext(profile=usual.profile, settings=_brief(usual.settings.api.url)):
        yield


@lru_cache
def _brief(api: str | None) -> Settings:
    """Return the settings for an address, with less patience: each copy made anew would read every
    variable again.
    """
    return get_current_settings().copy_with_update(
        updates={
            PREFECT_API_URL: api,
            PREFECT_API_REQUEST_TIMEOUT: _SECONDS,
            PREFECT_CLIENT_MAX_RETRIES: 0,
        }
    )
