"""The only module that speaks HTTP: connection reuse, timeouts, retries, keys, and the error tree.

Retries here last seconds. Minutes and days belong to the deadlines of the case store.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from connectors.contract import Health
from connectors.credential import Credential
from connectors.errors import (
    AgencyTrouble,
    AgencyUnavailable,
    NotAllowed,
    ReplyNotUnderstood,
    RequestInvalid,
)
from connectors.words import Said, Words, understand
from core.clock import SystemClock
from core.logs import log

_TRY_LATER = frozenset({429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
_DUPLICATE = 409
_LARGEST_REPLY_BYTES = 1_048_576
_BACKOFF = wait_exponential_jitter(multiplier=0.3, max=3.0, jitter=0.5)


@dataclass(frozen=True)
class Patience:
    """How long we wait for an agency, in real seconds."""

    connect_seconds: float = 3.0
    read_seconds: float = 8.0
    """The longest silence inside one try."""
    try_seconds: float = 15.0
    """The longest one try may last, for an agency that answers drop by drop."""
    tries: int = 3
    longest_wait_seconds: float = 5.0
    """An agency that asks for more (Retry-After) is left in peace: the caller is told at once."""
    sleep: Callable[[float], None] = time.sleep
    """Replaced in tests, so that no wait is real."""


_insists: ContextVar[bool] = ContextVar("insists", default=True)


@contextmanager
def without_insisting() -> Iterator[None]:
    """Make each call once: the agency is known to be away, and somebody waits to phone instead."""
    before = _insists.set(False)
    try:
        yield
    finally:
        _insists.reset(before)


@dataclass(frozen=True)
class Call:
    """One thing asked of an agency."""

    action: str
    """Our verb, for the errors and the log."""
    method: Literal["GET", "POST", "DELETE"]
    path: str
    request_key: str = ""
    idempotency_key: str = ""
    document: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[int, str] = field(default_factory=dict)
    """Statuses the contract gives a meaning to, and the `code` the body must then carry."""
    repeatable: bool = False
    """For a call without a key that can be made twice all the same."""

    @property
    def may_be_retried(self) -> bool:
        """Danger: an unkeyed call that acts is made once, or the agency would act twice."""
        return self.method == "GET" or bool(self.idempotency_key) or self.repeatable


@dataclass(frozen=True)
class Answer:
    """What the agency answered, within its contract."""

    agency: str
    call: Call
    status: int
    content: bytes = field(repr=False)

    def read(self, model: type[Words]) -> Words:
        """Read the body as the agency's words. Raises `ReplyNotUnderstood`."""
        return understand(
            model,
            self.content,
            agency=self.agency,
            action=self.call.action,
            request_key=self.call.request_key,
        )


@dataclass(frozen=True)
class _Try:
    """What one try gave: a status and a body, or a status of 0 and what went wrong."""

    status: int
    content: bytes = b""
    trouble: str = ""
    retry_after: float | None = None

    @property
    def passing(self) -> bool:
        return self.status in _TRY_LATER or self.status == 0


class _Problem(Said):
    code: str


class _Alive(Said):
    statut: Literal["ok"]


class AgencyHttp:
    """One agency's HTTP client: made once per process, shared by its threads."""

    def __init__(
        self, agency: str, url: str, credential: Credential, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        self._credential = credential
        self._patience = patience or Patience()
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(
                self._patience.read_seconds, connect=self._patience.connect_seconds
            ),
            # Danger: a followed redirect would carry the credential and the person elsewhere.
            follow_redirects=False,
            verify=True,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def call(self, call: Call) -> Answer:
        """Make a call, insisting for a few seconds. Raises `AgencyTrouble` and nothing else."""
        proof = self._credential.headers()
        heard = self._insist(call, proof)
        if heard.status == 401 and self._credential.renews(proof):
            heard = self._insist(call, self._credential.headers())
        self._refuse_trouble(call, heard)
        return Answer(self.agency, call, heard.status, heard.content)

    def health(self, path: str) -> Health:
        """Ask the agency how it is, changing nothing. Never raises."""
        try:
            self.call(Call("check", "GET", path)).read(_Alive)
        except NotAllowed:
            return Health(True, True, False, "accès refusé : faites renouveler l'identifiant")
        except AgencyUnavailable:
            return Health(True, False, False, "ne répond pas : vérifiez l'adresse, ou appelez")
        except AgencyTrouble:
            advice = "répond hors de son contrat : vérifiez l'adresse, puis prévenez l'organisme"
            return Health(True, True, False, advice)
        return Health(True, True, True)

    def _insist(self, call: Call, proof: Mapping[str, str]) -> _Try:
        tries = self._patience.tries if call.may_be_retried and _insists.get() else 1
        retrying = Retrying(
            stop=lambda state: stop_after_attempt(tries)(state) or self._asks_for_peace(state),
            wait=_wait,
            sleep=self._patience.sleep,
            retry=retry_if_result(lambda heard: heard.passing),
            retry_error_callback=_last,
        )
        return retrying(self._try_once, call, proof)

    def _asks_for_peace(self, state: RetryCallState) -> bool:
        return (_last(state).retry_after or 0.0) > self._patience.longest_wait_seconds

    def _try_once(self, call: Call, proof: Mapping[str, str]) -> _Try:
        started = time.monotonic()
        correlation = call.request_key or str(uuid4())
        headers = {"X-Correlation-ID": correlation, "Accept": "application/json", **proof}
        if call.idempotency_key:
            headers["Idempotency-Key"] = call.idempotency_key
        heard = self._exchange(call, headers)
        log().info(
            "agency_called",
            agency=self.agency,
            verb=call.action,
            status=heard.status,
            outcome=heard.trouble or "answered",
            correlation=correlation,
            seconds=round(time.monotonic() - started, 3),
        )
        return heard

    def _exchange(self, call: Call, headers: Mapping[str, str]) -> _Try:
        # Danger: httpx errors hold the request, therefore the person. None is chained or shown.
        try:
            with self._client.stream(
                call.method,
                call.path,
                headers=headers,
                json=call.document,
                data=call.form,
                params=call.params or None,
            ) as response:
                return self._listen(response)
        except httpx.TimeoutException:
            return _Try(0, trouble="trop long")
        except httpx.TransportError as trouble:
            return _Try(0, trouble=type(trouble).__name__)
        except httpx.RequestError:
            return _Try(200, trouble="réponse illisible")

    def _listen(self, response: httpx.Response) -> _Try:
        deadline = time.monotonic() + self._patience.try_seconds
        content = b""
        for piece in response.iter_bytes():
            content += piece
            if len(content) > _LARGEST_REPLY_BYTES:
                return _Try(response.status_code, trouble="réponse trop longue")
            if time.monotonic() > deadline:
                return _Try(0, trouble="trop long")
        return _Try(
            response.status_code, content, retry_after=_seconds(response.headers.get("Retry-After"))
        )

    def _refuse_trouble(self, call: Call, heard: _Try) -> None:
        about = (self.agency, call.action, call.request_key)
        status = f"HTTP {heard.status}"
        if heard.status == 0:
            raise AgencyUnavailable(*about, heard.trouble)
        if heard.trouble:
            raise ReplyNotUnderstood(*about, heard.trouble)
        if heard.status in _REFUSED:
            raise NotAllowed(*about, status)
        if heard.status >= 500 or heard.status == 429:
            raise AgencyUnavailable(*about, status)
        if heard.status < 200 or 300 <= heard.status < 400:
            raise ReplyNotUnderstood(*about, status)
        if heard.status >= 400 and not self._has_meaning(call, heard):
            raise RequestInvalid(*about, status)

    def _has_meaning(self, call: Call, heard: _Try) -> bool:
        if heard.status == _DUPLICATE:
            return bool(call.idempotency_key)
        if heard.status not in call.meanings:
            return False
        answer = Answer(self.agency, call, heard.status, heard.content)
        return answer.read(_Problem).code == call.meanings[heard.status]


def segment(value: str) -> str:
    """Return a value as one segment of a path: an agency's own number cannot lead elsewhere."""
    return quote(value, safe="")


def _last(state: RetryCallState) -> _Try:
    if state.outcome is None:
        raise RuntimeError("outcome_missing")
    heard: _Try = state.outcome.result()
    return heard


def _wait(state: RetryCallState) -> float:
    asked = _last(state).retry_after
    return _BACKOFF(state) if asked is None else asked


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - SystemClock().now()).total_seconds())
    except (TypeError, ValueError):
        return None
