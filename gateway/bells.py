"""Bells are rung beside the requests: a Prefect that is away or slow delays nobody at the door."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends, Request

from core.logs import log

_RINGERS = 4
_WAITING_AT_MOST = 32


class Bells:
    """A few threads that ring. What they cannot do in time is left to the watch, which rings again:
    what happened is in the store already.
    """

    def __init__(self) -> None:
        self._room = ThreadPoolExecutor(_RINGERS, thread_name_prefix="bell")
        self._places = BoundedSemaphore(_RINGERS + _WAITING_AT_MOST)

    def later(self, ring: Callable[[str], object], reference: str) -> None:
        """Ring for a departure, soon; never raises, never waits."""
        if not self._places.acquire(blocking=False):
            log().warning("bell_lost", reference=reference, fault="BellsBusy")
            return
        ringing = self._room.submit(copy_context().run, ring, reference)
        ringing.add_done_callback(lambda _: self._places.release())

    def close(self) -> None:
        """Let those under way end; leave the others to the watch."""
        self._room.shutdown(cancel_futures=True)


def _of_the_door(request: Request) -> Bells:
    bells: Bells = request.app.state.bells
    return bells


DoorBells = Annotated[Bells, Depends(_of_the_door)]
