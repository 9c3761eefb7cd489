"""Logins: what an open session is worth, and how guessing is slowed down.

Real time, never the journey's: a screen left alone is left alone for as long as it is.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import coded, instant

# Rule: a screen that nobody touched for half an hour is closed; a day's work needs one login.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
TO_CHANGE_PASSWORD = timedelta(minutes=15)
"""How long a session opened by a first password lasts: enough to choose another."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written."""
PROVIDER_PATIENCE = timedelta(minutes=10)
"""How long somebody may stay at the provider's."""

# Rule: a person who mistypes is not slowed down; whoever guesses has some two hundred tries a day.
FREE_MISSES = 5
FREE_MISSES_OF_A_SOURCE = 25
"""Many people of one office come from one address."""
_FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class Means(StrEnum):
    """How somebody came in."""

    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    PROVIDER = "provider"


class LoginSession(SQLModel, table=True):
    """LoginSession — session ouverte : kept by a digest; whoever reads this table cannot use it."""

    __tablename__ = "login_session"

    digest: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.code", index=True)
    means: Means = coded(Means)
    opened_at: datetime = instant()
    seen_at: datetime = instant()
    ends_at: datetime = instant()
    id_token: bytes | None = None
    """What the provider wants to see at logout, sealed with a key that only the cookie holds."""

    def is_over(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        # Danger: after a clock that went back, a session would last for the whole way back.
        return now >= self.ends_at or abs(now - self.seen_at) > IDLE


class LoginThrottle(SQLModel, table=True):
    """LoginThrottle — frein : the tries of one account, or from one source, since the last login.

    The key is a digest: an address of the network is personal.
    """

    __tablename__ = "login_throttle"

    key: str = Field(primary_key=True)
    misses: int = 0
    last_at: datetime = instant()

    def wait(self, free_misses: int, now: datetime) -> timedelta:
        """Return how long one more try has to wait; nothing at all, usually."""
        if self.misses < free_misses:
            return timedelta()
        doublings = min(self.misses - free_misses, 10)
        pause = min(_FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
        return max(self.last_at + pause - now, timedelta())

    def is_forgotten(self, now: datetime) -> bool:
        """Whether it counts no more."""
        # Danger: after a clock that went back, nobody would come in for the whole way back.
        return not -LONGEST_WAIT <= now - self.last_at <= FORGOTTEN_AFTER


class ProviderVisit(SQLModel, table=True):
    """ProviderVisit — passage chez le fournisseur d'identité : one login under way, taken once."""

    __tablename__ = "provider_visit"

    state: str = Field(primary_key=True)
    """A digest."""
    browser: str
    """A digest of the cookie of the browser that left: no other one comes back for it."""
    nonce: str
    verifier: str
    """PKCE (RFC 7636). Worth nothing without the code that goes to the browser."""
    goes_to: str
    """The page that was asked for, on our side."""
    left_at: datetime = instant()
