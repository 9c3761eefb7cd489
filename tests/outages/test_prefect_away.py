"""Prefect is killed, or hangs: what comes to the door is stored all the same, and at once."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlmodel import select

from models.departure import Departure
from store.engine import session
from tests.outages.conftest import door_opened, sheet


@contextmanager
def _hanging() -> Iterator[str]:
    """A server that takes every call and answers none."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"


@contextmanager
def _killed() -> Iterator[str]:
    """An address where nobody listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}/api"


# Of the second, more than the bells that may wait (gateway/bells.py).
@pytest.mark.parametrize(("prefect", "filed"), [(_killed, 6), (_hanging, 40)])
@pytest.mark.usefixtures("store")
def test_a_door_whose_prefect_is_away_takes_everything_and_waits_for_nothing(
    prefect: Callable[[], AbstractContextManager[str]], filed: int
) -> None:
    with prefect() as address, temporary_settings({PREFECT_API_URL: address}):
        with door_opened() as door:
            slowest = 0.0
            for _ in range(filed):
                began = time.monotonic()
                assert door.post("/referrals", json=sheet()).status_code == 201
                slowest = max(slowest, time.monotonic() - began)
            closing = time.monotonic()
        closed_in = time.monotonic() - closing

    assert slowest < 5, "no referral waits for the end of a call to Prefect"
    assert closed_in < 20, "the door closes without ringing all that was left"
    with session() as opened:
        assert len(opened.exec(select(Departure)).all()) == filed
