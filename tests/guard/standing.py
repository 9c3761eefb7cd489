"""A guard that stands in front of a Prefect, for the time of a `with`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from gateway.prefect_guard.app import create_guard
from models.identity import Grant, Identity, Role
from tests.serving import served

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

    with served(create_guard(who, prefect_url, SecretStr(credential))) as url:
        yield url


def as_(url: str, who: str) -> httpx.Client:
    """A client that is somebody, and follows no redirection."""
    return httpx.Client(base_url=url, headers={SHOWS_WHO: who}, timeout=60.0, trust_env=False)
