"""Speaks to the back room of a running sandbox; for the command line and the tests."""

from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from models.measure import Measure
from sandbox.ledger import Entry


class OrderRefused(Exception):
    """The sandbox cannot carry out an order. Carries advice, in French."""

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


class SandboxUnreachable(Exception):
    """No sandbox answers at this address, or not now: the store that has its clock is away."""


class SandboxAdmin:
    """The back room of the sandbox at a URL. Raises `SandboxUnreachable` when nobody is there."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url.rstrip('/')}/_sandbox", timeout=10.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def agencies(self) -> list[str]:
        """Return the codes of the agencies played there."""
        found: list[str] = self._ask("GET", "/health").json()["agencies"]
        return found

    def ledger(self, agency: str | None = None) -> list[Entry]:
        """Return every call received, oldest first."""
        params = {"agency": agency} if agency else {}
        calls = self._ask("GET", "/ledger", params=params).json()["calls"]
        return [Entry(**row) for row in calls]

    def order(
        self,
        agency: str,
        behaviour: str,
        *,
        measure: Measure | None = None,
        times: int | None = None,
    ) -> None:
        """Order an agency to behave so. Raises `OrderRefused` with advice."""
        wanted = {"agency": agency, "behaviour": behaviour, "measure": measure, "times": times}
        answer = self._ask("POST", "/orders", json=wanted)
        if answer.status_code == 422:
            raise OrderRefused(str(answer.json().get("advice", "ordre mal formé")))

    def next_event(self) -> datetime | None:
        """Return the instant at which an agency will next say something, if ever."""
        at = self._ask("GET", "/next").json()["next"]
        return None if at is None else datetime.fromisoformat(at)

    def forget(self) -> None:
        """Empty the sandbox: requests, events, orders, ledger."""
        self._ask("DELETE", "/all")

    def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **what)
        except httpx.TransportError as trouble:
            raise SandboxUnreachable(type(trouble).__name__) from None
        if answer.is_server_error:
            raise SandboxUnreachable(str(answer.status_code))
        return answer
