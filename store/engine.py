"""One engine per process; every session is one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine
from sqlmodel import Session, create_engine

from core.settings import settings


@lru_cache
def engine_for(url: str) -> Engine:
    """Return the engine of a database, with a small pool that checks its connections."""
    # Danger: a traceback from the driver would show the parameters of a statement.
    return create_engine(
        url, pool_pre_ping=True, pool_size=5, max_overflow=10, hide_parameters=True
    )


@contextmanager
def session() -> Iterator[Session]:
    """Open one transaction: committed at the end, rolled back on any exception."""
    with (
        Session(engine_for(settings().database_url), expire_on_commit=False) as opened,
        opened.begin(),
    ):
        yield opened
