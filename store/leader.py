"""One leader among several watches: a lock that PostgreSQL frees by itself when its holder dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core.settings import settings
from store.engine import engine_for, session

# Any fixed number of ours: the watch's seat.
_SEAT = 21_017_141

# Danger: a leader whose machine is cut off, or that hangs, would keep the seat for ever. The server
# gives up a line that says nothing (5 s, then three times 2 s), and a leader that asks nothing.
_SILENT_LINE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "60s",
}

# A lock by one number is kept in two halves.
_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint) = :seat)"
)


def seat_is_held() -> bool:
    """Tell whether a watch leads now, without taking the seat."""
    with session() as opened:
        return bool(opened.execute(_HELD, {"seat": _SEAT}).scalar_one())


@contextmanager
def leadership() -> Iterator[Callable[[], bool]]:
    """Try to lead for the length of the block. Yields a question to ask again: do I still lead?

    Raises `DBAPIError` when the store is away.
    """
    with engine_for(settings().database_url).connect() as connection:
        leads = _takes_the_seat(connection)

        def still_leads() -> bool:
            # Danger: a line that was lost and opened anew would answer, without the seat.
            nonlocal leads
            leads = leads and _answers(connection)
            return leads

        try:
            yield still_leads
        finally:
            # The server frees the seat with the line, which goes back to no pool.
            connection.invalidate()


def _takes_the_seat(connection: Connection) -> bool:
    for name, value in _SILENT_LINE.items():
        connection.execute(
            text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value}
        )
    leads = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:seat)"), {"seat": _SEAT}))
    connection.commit()
    return leads


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
        connection.commit()
    except DBAPIError:
        return False
    return True
