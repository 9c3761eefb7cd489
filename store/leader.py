"""One leader among several watches: a lock that PostgreSQL frees by itself when its holder dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.settings import settings
from store.engine import engine_for

# Any fixed number of ours: the watch's seat.
_SEAT = 21_017_141


@contextmanager
def leadership() -> Iterator[Callable[[], bool]]:
    """Try to lead for the length of the block. Yields a question to ask again: do I still lead?"""
    with engine_for(settings().database_url).connect() as connection:
        leads = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:seat)"), {"seat": _SEAT}))
        connection.commit()

        def still_leads() -> bool:
            try:
                connection.execute(text("SELECT 1"))
                connection.commit()
            except DBAPIError:
                # The connection is gone, and the lock with it.
                return False
            return leads

        try:
            yield still_leads
        finally:
            if still_leads():
                connection.execute(text("SELECT pg_advisory_unlock(:seat)"), {"seat": _SEAT})
                connection.commit()
