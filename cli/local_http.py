"""Calls to our own servers on this machine (door, sandbox). Agencies are spoken to by connectors
only.
"""

from typing import Any

import httpx

_SECONDS = 10.0


class LocalServerSilent(Exception):
    """One of our own servers does not answer, or refuses. Says which, and what to do."""


def call(method: str, url: str, *, body: object | None = None, token: str = "") -> dict[str, Any]:
    """Call a local server and return its JSON. Raises `LocalServerSilent`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.request(
            method, url, json=body, headers=headers, timeout=_SECONDS, trust_env=False
        )
    except httpx.HTTPError:
        raise LocalServerSilent(f"{url} ne répond pas : « pnd up » tourne-t-il ?") from None
    if answer.is_error:
        raise LocalServerSilent(f"{url} a répondu {answer.status_code} : {answer.text[:400]}")
    result: dict[str, Any] = answer.json()
    return result
