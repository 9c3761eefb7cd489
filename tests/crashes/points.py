"""Every point at which a process may die with something half done, found by instruments and never
by hand: each commit of the store, each call to an agency, each call that changes Prefect.
"""

import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from threading import Lock
from types import FrameType
from typing import Any

import httpx
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from connectors.http import AgencyHttp, Call
from core.settings import ROOT

_NUMBER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_FORM = re.compile(r"/suspended-.*")
# Here a transaction is opened for somebody else, whose business it is.
_FOR_OTHERS = frozenset(
    {("store/engine.py", "session"), ("store/leases.py", "fenced"), ("store/clock.py", "now")}
)
_ELSEWHERE = (".venv", "tests")
# What is done for one agency after the other, which its name tells.
_OF_ONE_AGENCY = ("receive_reply", "since_when", "collect_replies", "polled", "postponed")
# Reading, listing and telling change nothing that a departure lives by.
_HARMLESS = ("/filter", "/logs", "/events", "/csrf-token", "/admin", "/count")


class Points:
    """Numbers the points as they are reached, writes each down, and dies at the one it is told."""

    def __init__(self, written_in: Path, dies_at: str | None) -> None:
        self._written_in = written_in
        self._dies_at = dies_at
        self._times: Counter[str] = Counter()
        self._lock = Lock()

    def reach(self, name: str) -> None:
        """Pass a point; perhaps the last one."""
        with self._lock:
            self._times[name] += 1
            point = f"{name} ({self._times[name]})"
            with self._written_in.open("a", encoding="utf-8") as file:
                file.write(f"{point}\n")
            if point == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch_everything(self) -> None:
        """Put the instruments in this process, for the rest of its life."""
        self._watch_the_store()
        self._watch_the_agencies()
        self._watch_prefect()

    def _watch_the_store(self) -> None:
        def before(_: Connection) -> None:
            self.reach(f"before the commit of {_who()}")

        def after(_: Session) -> None:
            self.reach(f"after the commit of {_who()}")

        event.listen(Engine, "commit", before)
        event.listen(Session, "after_commit", after)

    def _watch_the_agencies(self) -> None:
        exchange, listen, reach = AgencyHttp._exchange, AgencyHttp._listen, self.reach

        def exchanged(http: AgencyHttp, call: Call, headers: dict[str, str]) -> Any:
            about = f"{http.agency} {call.action}"
            reach(f"before sending to {about}")
            heard = exchange(http, call, headers)
            reach(f"after hearing from {about}")
            return heard

        def listened(http: AgencyHttp, response: httpx.Response) -> Any:
            reach(f"{http.agency} has it, before hearing: {response.request.method}")
            return listen(http, response)

        AgencyHttp._exchange = exchanged  # type: ignore[method-assign, assignment]
        AgencyHttp._listen = listened  # type: ignore[method-assign, assignment]

    def _watch_prefect(self) -> None:
        send, send_later, reach = (
            PrefectHttpxSyncClient.send,
            PrefectHttpxAsyncClient.send,
            self.reach,
        )

        def sent(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> Any:
            if (name := _prefect_call(request)) is None:
                return send(client, request, *args, **kwargs)
            reach(f"before Prefect: {name}")
            answer = send(client, request, *args, **kwargs)
            reach(f"after Prefect: {name}")
            return answer

        async def sent_later(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> Any:
            if (name := _prefect_call(request)) is None:
                return await send_later(client, request, *args, **kwargs)
            reach(f"before Prefect: {name}")
            answer = await send_later(client, request, *args, **kwargs)
            reach(f"after Prefect: {name}")
            return answer

        PrefectHttpxSyncClient.send = sent  # type: ignore[method-assign, assignment]
        PrefectHttpxAsyncClient.send = sent_later  # type: ignore[method-assign, assignment]


def _prefect_call(request: httpx.Request) -> str | None:
    path = request.url.path
    if request.method == "GET" or path.endswith(_HARMLESS):
        return None
    path = _FORM.sub("/…", _NUMBER.sub("…", path.removeprefix("/api")))
    return f"{request.method} {path}"


def _who() -> str:
    """Name the function whose transaction this is, and the agency that it is about."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT):
            where = file.relative_to(ROOT)
            for_others = (str(where), frame.f_code.co_name) in _FOR_OTHERS
            if where.parts[0] not in _ELSEWHERE and not for_others:
                module = ".".join(where.with_suffix("").parts)
                return f"{module}.{frame.f_code.co_name}{_about(frame)}"
        frame = frame.f_back
    return "nobody"


def _about(frame: FrameType) -> str:
    intent = frame.f_locals.get("intent")
    if intent is not None:
        return f" {intent.verb} {intent.agency}"
    agency = frame.f_locals.get("agency") if frame.f_code.co_name in _OF_ONE_AGENCY else None
    return f" {agency}" if isinstance(agency, str) else ""
