"""One engine per process; every session is one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlmodel import Session, create_engine

from core.settings import settings
from store.away import StoreAway, why_away

# Danger: a stuck connection would hold a departure, or the watch's seat, for ever. Every wait has
# an end, on both sides of the wire.
_IN_THE_SERVER = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    # The seat of a watch that is frozen, not dead: its host still answers for it.
    "idle_session_timeout": "10min",
    # A host that vanished says no goodbye.
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
_CONNECTING = {
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "options": " ".join(f"-c {name}={value}" for name, value in _IN_THE_SERVER.items()),
}
_POOL_SECONDS = 10


@lru_cache
def engine_for(url: str) -> Engine:
    """Return the engine of a database, with a small pool that checks its connections."""
    # Danger: a traceback from the driver would show the parameters of a statement.
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,
        connect_args=_CONNECTING,
    )


@contextmanager
def session() -> Iterator[Session]:
    """Open one transaction: committed at the end, rolled back on any exception.

    Raises `StoreAway` when the store does not answer or cannot write.
    """
    try:
        with (
            Session(engine_for(settings().database_url), expire_on_commit=False) as opened,
            opened.begin(),
        ):
            yield opened
    except (DBAPIError, PoolExhausted) as error:
        code = why_away(error)
        if code is None:
            raise
        raise StoreAway(code) from None


def ask_store() -> None:
    """Return if the store answers. Raises `StoreAway`."""
    with session() as opened:
        opened.execute(text("SELECT 1"))
