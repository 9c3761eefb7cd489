"""The sandbox's one application, and a way to run it in a thread."""

import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import APIRouter, FastAPI

from core.clock import Clock
from models.agency import AgencyKind
from models.territory import Agency
from sandbox import bav, caf, france_travail, france_victimes, petite_enfance, siao
from sandbox.admin import back_room
from sandbox.admin_client import SandboxAdmin
from sandbox.credentials import AgencySecrets, with_api
from sandbox.desk import Desk
from sandbox.dialect import Dialect
from sandbox.postman import Postman
from sandbox.state import State
from sandbox.weather import Weather

_KINDS: dict[AgencyKind, tuple[Dialect, Callable[[Desk], APIRouter]]] = {
    AgencyKind.CAF: (caf.DIALECT, caf.counter),
    AgencyKind.SIAO: (siao.DIALECT, siao.counter),
    AgencyKind.CHILDCARE: (petite_enfance.DIALECT, petite_enfance.counter),
    AgencyKind.FRANCE_TRAVAIL: (france_travail.DIALECT, france_travail.counter),
    AgencyKind.FRANCE_VICTIMES: (france_victimes.DIALECT, france_victimes.counter),
    AgencyKind.JUSTICE: (bav.DIALECT, bav.counter),
}

HOLD_SECONDS = 20.0
"""How long the `timeout` behaviour holds an answer: longer than our connectors wait."""
TICK_SECONDS = 0.2
"""How often the postman looks for what is due, in real time."""


_FINE = Weather()


def create_app(
    state_path: Path,
    clock: Clock,
    agencies: Iterable[Agency],
    callback_base: str,
    secrets: Mapping[str, AgencySecrets],
    *,
    hold_seconds: float = HOLD_SECONDS,
    tick_seconds: float = TICK_SECONDS,
    weather: Weather = _FINE,
) -> FastAPI:
    """Return the application: each agency that has secrets at ``/<code>``, the back room beside.

    Callbacks go to ``<callback_base>/agencies/<code>/callbacks``, at the hours of `clock`.
    """
    state = State(state_path)
    postman = Postman(state, clock, callback_base, secrets, tick_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        postman.start()
        yield
        postman.stop()
        state.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    played = [agency for agency in with_api(agencies) if agency.code in secrets]
    dialects = {agency.code: _KINDS[agency.kind][0] for agency in played}
    app.include_router(back_room(state, clock, dialects))
    for agency in played:
        dialect, counter = _KINDS[agency.kind]
        desk = Desk(agency.code, dialect, secrets[agency.code], state, clock, hold_seconds, weather)
        app.include_router(counter(desk), prefix=f"/{agency.code}")
    return app


class SandboxServer:
    """The application on a port of this machine, in a thread, for as long as the `with` lasts."""

    def __init__(self, app: FastAPI, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )

    @property
    def admin(self) -> SandboxAdmin:
        """The back room; to be closed."""
        return SandboxAdmin(self.url)

    def __enter__(self) -> Self:
        self._thread.start()
        with self.admin as admin:
            admin.agencies()  # the socket listens already: this waits until the server answers
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
