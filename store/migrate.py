"""Bring the case store to the shape that this release needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config

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


if __name__ == "__main__":
    upgrade()
