"""File the referrals at the real door, and insist until each of them was received."""

import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.chaos.beside import Beside
from tests.chaos.schedule import Filing, Schedule

_RECEIVED = (200, 201)
_AGAIN_AFTER_SECONDS = 1.0
_UNANSWERED = 0


@dataclass
class Prescribers(Beside):
    """One thread files each referral at its hour, until the `with` ends."""

    door: str
    token: str
    schedule: Schedule
    references: dict[int, str] = field(default_factory=dict)
    """By the number of its filing, the reference that the door gave."""
    said: Counter[int] = field(default_factory=Counter)
    """How often the door answered each status; 0 is no answer."""

    def __post_init__(self) -> None:
        Beside.__init__(self, "prescribers")

    @property
    def are_done(self) -> bool:
        """Whether every referral was received."""
        return len(self.references) == len(self.schedule.filings)

    def _run(self) -> None:
        began = time.monotonic()
        for filing in self.schedule.filings:
            self._over.wait(max(0.0, began + filing.at - time.monotonic()))
            while not self._over.is_set() and not self._files(filing):
                self._over.wait(_AGAIN_AFTER_SECONDS)

    def _files(self, filing: Filing) -> bool:
        try:
            answer = httpx.post(
                f"{self.door}/referrals",
                json=filing.document,
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=10.0,
                trust_env=False,
            )
        except httpx.HTTPError:
            self.said[_UNANSWERED] += 1
            return False
        self.said[answer.status_code] += 1
        if answer.status_code in _RECEIVED:
            self.references[filing.number] = answer.json()["reference"]
        return answer.status_code in _RECEIVED
