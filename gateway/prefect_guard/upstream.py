"""The guard's line to Prefect, on the loopback: its credential, its patience, its bounds.

The one module of the door that speaks HTTP: a relay passes on what is asked of it, once; it has no
agency, no key and no retry, which is what `connectors.http` is made of.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

_PATIENCE = httpx.Timeout(30.0, connect=3.0)
"""Seconds; the longest silence, not the longest answer."""
_LINES = httpx.Limits(max_connections=64, max_keepalive_connections=16)
_LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes. Two hundred runs weigh about half a MiB."""


class PrefectAway(Exception):
    """Prefect did not answer, or not whole."""


class AnswerTooLarge(Exception):
    """Prefect answered more than can be checked."""


@dataclass(frozen=True)
class Answer:
    """What Prefect said, read whole."""

    status: int
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return what it says. Raises `ValueError`."""
        return json.loads(self.content)


class Upstream:
    """Speaks to Prefect under its own credential. Nothing of a visitor's headers passes here."""

    def __init__(self, prefect_url: str, credential: SecretStr) -> None:
        """Take Prefect's address without ``/api``, and its ``user:password``; empty when it has
        none.
        """
        user, _, password = credential.get_secret_value().partition(":")
        self._line = httpx.AsyncClient(
            base_url=prefect_url,
            auth=httpx.BasicAuth(user, password) if user else None,
            # Danger: a page that is compressed on this line would be checked compressed.
            headers={"Accept-Encoding": "identity"},
            timeout=_PATIENCE,
            limits=_LINES,
            trust_env=False,
            follow_redirects=False,
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask Prefect's API. Raises `PrefectAway`, `AnswerTooLarge`."""
        try:
            async with self._line.stream(
                method, f"/api{path}", json=body, params=dict(query or {})
            ) as answer:
                return Answer(answer.status_code, await _whole(answer))
        except httpx.HTTPError:
            raise PrefectAway from None

    @asynccontextmanager
    async def file(self, path: str) -> AsyncIterator[tuple[int, Mapping[str, str], Any]]:
        """Open a file of the screen: its status, its headers, its bytes. Raises `PrefectAway`."""
        try:
            # Accept: what tells Prefect a page from a file that is missing.
            async with self._line.stream("GET", path, headers={"Accept": "text/html"}) as answer:
                yield answer.status_code, answer.headers, answer.aiter_bytes()
        except httpx.HTTPError:
            raise PrefectAway from None

    async def close(self) -> None:
        """Hang up."""
        await self._line.aclose()


async def _whole(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > _LARGEST_ANSWER:
            raise AnswerTooLarge
    return bytes(content)
