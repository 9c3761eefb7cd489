"""What our own processes show Prefect: a test that speaks to it over HTTP shows it too."""

import os
from collections.abc import Mapping

import httpx


def credential(env: Mapping[str, str] = os.environ) -> httpx.BasicAuth:
    """Return the credential of a world, by its variables; of this process, without."""
    user, _, password = env["PREFECT_API_AUTH_STRING"].partition(":")
    return httpx.BasicAuth(user, password)
