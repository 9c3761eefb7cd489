"""Run the migrations. One at a time: a second migrator waits for the first."""

from alembic import context
from sqlalchemy import engine_from_config, pool, text

from store.tables import METADATA

_SEAT = 21_017_142


def run() -> None:
    """Apply what is missing, in one transaction."""
    section = context.config.get_section(context.config.config_ini_section, {})
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:seat)"), {"seat": _SEAT})
            context.run_migrations()


run()
