"""Bring the case store to the shape that this release needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from core.settings import settings

_MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Return the configuration of the migrations for one database."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str | None = None) -> None:
    """Apply the migrations that are missing; those that are there are left alone."""
    command.upgrade(alembic_config(url or settings().database_url), "head")


def shape_of(url: str) -> str | None:
    """Return the number of the newest migration that a store has had; None: it has no table yet."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


if __name__ == "__main__":
    upgrade()
