"""Breaker — disjoncteur : an agency that is away is left in peace, and tried again now and then.

Real time, never the journey's: an outage lasts as long as it lasts.
"""

from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel

from models.act import Verb
from models.columns import optional_instant
from models.danger import DangerBand
from models.measure import URGENT, Measure

# Rule: after three calls in a row without an answer, whoever made them, an agency is away. It is
# tried again after 15 s, 30 s, 1 minute… and every five minutes at most: no longer than the first
# wait of an act (models/journey/acts.py), so that none is put off twice for an agency that is back.
FAILURES_TO_OPEN = 3
_FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
_HURRIED = frozenset({Verb.ACCEPT_OFFER, Verb.HOLD_OFFER})


class Breaker(SQLModel, table=True):
    """What is known of one agency's API, by all processes. The code names the territory too."""

    __tablename__ = "agency_breaker"

    agency: str = Field(primary_key=True)
    failures: int = 0
    """Calls in a row without an answer."""
    away_since: datetime | None = optional_instant()
    """None: the agency is there."""
    trial_at: datetime | None = optional_instant()
    """While it is away: from when one call may try it."""

    @property
    def is_open(self) -> bool:
        """Whether the agency is left in peace."""
        return self.away_since is not None

    def may_try(self, now: datetime) -> bool:
        """Whether a call may go out now."""
        if self.away_since is None or self.trial_at is None:
            return True
        # Danger: after a clock that went back, a trial in a far future would never come.
        return not now < self.trial_at <= now + LONGEST_PAUSE

    def tries(self, now: datetime) -> None:
        """One call goes out to see; no other does before the next pause has passed."""
        if self.away_since is not None:
            self.trial_at = now + self._pause()

    def misses(self, now: datetime) -> None:
        """A call had no answer."""
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.away_since = self.away_since or now
            self.trial_at = now + self._pause()

    def hears(self) -> None:
        """The agency answered, whatever it said."""
        self.failures, self.away_since, self.trial_at = 0, None, None

    def _pause(self) -> timedelta:
        doublings = min(max(self.failures - FAILURES_TO_OPEN, 0), 10)
        return min(_FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def always_tried(measure: Measure, verb: Verb, danger: DangerBand) -> bool:
    """Whether an act is tried even at an agency that is known to be away.

    Danger: a shelter, a person in immediate danger, an offer about to expire never wait because
    others had no answer.
    """
    return measure in URGENT or danger is DangerBand.IMMEDIATE or verb in _HURRIED
