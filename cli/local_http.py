"""Calls to our own servers on this machine (door, sandbox). Agencies are spoken to by connectors
only.
"""

from typing import Any

import httpx

_SECONDS = 10.0
# The guard waits half a minute for Prefect.
_PATIENT_SECONDS = 45.0


class LocalServerSilent(Exception):
    """One of our own servers does not answer, or refuses. Says which, and what to do."""


class Visit:
    """Somebody's browser, for the demonstration: what one server gave it is shown to the others
    of the same host name.
    """

    def __init__(self) -> None:
        self._given = httpx.Cookies()

    def ask(
        self, method: str, url: str, *, form: dict[str, str] | None = None, body: object = None
    ) -> tuple[int, str]:
        """Ask a local server; return its status and what it says. Raises `LocalServerSilent`."""
        try:
            with httpx.Client(
                timeout=_PATIENT_SECONDS, trust_env=False, cookies=self._given
            ) as line:
                answer = line.request(method, url, data=form, json=body)
                self._given = line.cookies
        except httpx.HTTPError:
            raise LocalServerSilent(f"{url} ne répond pas : « pnd up » tourne-t-il ?") from None
        return answer.status_code, answer.text


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


def status_of(url: str) -> int:
    """Return the status of what a server of ours says to somebody who shows nothing. Raises
    `LocalServerSilent`.
    """
    try:
        return httpx.get(url, timeout=_SECONDS, trust_env=False).status_code
    except httpx.HTTPError:
        raise LocalServerSilent(f"{url} ne répond pas.") from None
