"""How a pass waits for a store that is away: seconds, then a few minutes, in one place."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from core.logs import log
from store.away import StoreAway

P = ParamSpec("P")
R = TypeVar("R")

# Longer than a restart, a failover or a lease; a store away for longer finds the pass put off.
PATIENCE_SECONDS = 180.0
_LONGEST_WAIT_SECONDS = 5.0


def waits_for_store(unit: Callable[P, R]) -> Callable[P, R]:
    """Do a unit again, whole, until the store answers. Raises `StoreAway` after three minutes.

    Danger: a commit whose answer was lost may have taken place: only what may safely be done twice
    waits here, and never half of a transaction.
    """
    insisting = retry(
        retry=retry_if_exception_type(StoreAway),
        wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT_SECONDS),
        stop=lambda state: stop_after_delay(PATIENCE_SECONDS)(state),
        before_sleep=_tell_once,
        reraise=True,
    )

    @wraps(unit)
    def patient(*args: P.args, **kwargs: P.kwargs) -> R:
        return insisting(unit)(*args, **kwargs)

    return patient


def _tell_once(state: RetryCallState) -> None:
    if state.attempt_number == 1:
        log().warning("store_missed", kind=getattr(state.fn, "__name__", ""))
