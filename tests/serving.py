"""An application of ours over real HTTP, in a thread of this process, for the time of a `with`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from tests.ports import free_ports

_STARTS_WITHIN = 30.0


@contextmanager
def served(app: ASGIApp, port: int | None = None) -> Iterator[str]:
    """Serve an application on the loopback, in the context of the caller, by its URL; on a port of
    its own unless one is given.
    """
    port = port or free_ports("app")["app"]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = Thread(target=copy_context().run, args=(server.run,), daemon=True)
    thread.start()
    until = time.monotonic() + _STARTS_WITHIN
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(_STARTS_WITHIN)
