"""A guard that stands in front of a Prefect, for the time of a `with`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Thread

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from gateway.prefect_guard.app import create_guard
from models.identity import Grant, Identity, Role
from tests.ports import free_ports

SHOWS_WHO = "x-test-who"

People = Callable[[str], Identity | None]
"""Tells who has an account; None: nobody."""


def somebody(account: str, *held: tuple[Role, str]) -> Identity:
    """Somebody who holds some roles."""
    return Identity(account, frozenset(Grant(role, territory) for role, territory in held))


@contextmanager
def guard_of(prefect_url: str, people: People, credential: str = "") -> Iterator[str]:
    """Serve the guard; return its address. Somebody is who their header says, for want of a
    session.
    """

    def who(connection: HTTPConnection) -> Identity | None:
        return people(connection.headers.get(SHOWS_WHO, ""))

    with served(lambda: create_guard(who, prefect_url, SecretStr(credential))) as url:
        yield url


@contextmanager
def served(create: Callable[[], object]) -> Iterator[str]:
    """Serve an application on a port of its own."""
    port = free_ports("guard")["guard"]
    config = uvicorn.Config(create(), port=port, log_level="warning", access_log=False)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = Thread(target=copy_context().run, args=(server.run,), daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def as_(url: str, who: str) -> httpx.Client:
    """A client that is somebody, and follows no redirection."""
    return httpx.Client(base_url=url, headers={SHOWS_WHO: who}, timeout=60.0, trust_env=False)
