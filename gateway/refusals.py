"""What the door refuses is told in the audit: each refusal, up to a pace; beyond it, how many."""

import time
from collections import Counter
from threading import Lock

from models.audit import HOUSE, Refusal
from store.audit import refused

_PER_MINUTE = 60


class Pace:
    """How many lines may be written each minute, and what was not told meanwhile.

    Danger: a stranger who knocks a thousand times a second would fill the store, and take its
    connections from the agencies that answer.
    """

    def __init__(self, per_minute: int = _PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._lock = Lock()
        self._minute, self._written = float("-inf"), 0
        self._untold: Counter[tuple[Refusal, str, str]] = Counter()

    def count(self, refusal: tuple[Refusal, str, str], seconds: float) -> int:
        """Return how many refusals a line written now stands for; 0: write none."""
        with self._lock:
            if seconds - self._minute >= 60:
                self._minute, self._written = seconds, 0
            if self._written >= self._per_minute:
                self._untold[refusal] += 1
                return 0
            self._written += 1
            return 1 + self._untold.pop(refusal, 0)


_PACE = Pace()


def tell_refusal(why: Refusal, *, by: str, reference: str = HOUSE) -> None:
    """Tell that an access was refused, before the one who asked hears of it. Raises `StoreAway`."""
    times = _PACE.count((why, by, reference), time.monotonic())
    if times:
        refused(why, by, chain=reference, times=times)
