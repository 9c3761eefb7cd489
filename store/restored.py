"""What a store restored from a backup must forget before anybody reads it, and whether it may be
restored into.
"""

from datetime import UTC, datetime

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import col, select

from core.clock import SystemClock
from core.settings import settings
from models.departure import Departure, DepartureState
from models.journal import Event
from models.news import RESTORED
from models.question import Wish
from store.clock import clock_in
from store.engine import engine_for, session
from store.journal import write
from store.migrate import alembic_config
from store.news import record_wish
from store.runs import CARRIED_BY_NOBODY
from store.tables import METADATA

_TO_SAY_AGAIN = (Wish.TAKE_BACK, Wish.NEW_FACT)
# A demonstration's clock, and what the migrations write of themselves.
_NOT_DATA = frozenset({"simulation"})
_GUARDS = ("audit_refuses_change", "journal_refuses_change")
"""The functions that the migrations made, by which tables refuse to be changed."""
_RESTORER = "pnd:restore"
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def is_empty() -> bool:
    """Whether the store holds nothing at all: no table, or tables without a row."""
    present = set(inspect(engine_for(settings().database_url)).get_table_names())
    held = sorted((present & set(METADATA.tables)) - _NOT_DATA)
    with session() as opened:
        return not any(
            opened.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first()  # noqa: S608 - ours
            for name in held
        )


def server_major() -> int:
    """Return the major version of the server that holds the store."""
    with session() as opened:
        return int(opened.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def clearing() -> str:
    """Return the SQL that begins a restoration: the tables of this release, which are empty, go,
    and the functions that guarded them.

    Danger: a backup of the release before does not know those added since, and could neither take
    away what they refer to, nor be migrated over them.
    """
    names = ", ".join(f'"{name}"' for name in sorted(METADATA.tables))
    guards = ", ".join(f"{name}()" for name in _GUARDS)
    return f"DROP TABLE IF EXISTS {names} CASCADE;\nDROP FUNCTION IF EXISTS {guards};\n"


def taking_up() -> str:
    """Return the SQL that ends a restoration, in its own transaction: whatever was written of runs
    is of another time.

    Danger: after the backup, Prefect went on. A form of the old run may hold answers under numbers
    that the restored store will give to other questions, and a run's number may have been given
    since. So every run of before is disowned, and the new ones are numbered by the real time.
    """
    known = ", ".join(f"'{revision}'" for revision in _revisions())
    number = int((SystemClock().now() - _SINCE).total_seconds())
    return f"""
RESET search_path;
DO $$ BEGIN
  IF (SELECT version_num FROM alembic_version) NOT IN ({known}) THEN
    RAISE EXCEPTION 'sauvegarde faite par une version plus recente que celle-ci';
  END IF;
END $$;
UPDATE departure SET flow_run = '{CARRIED_BY_NOBODY}',
  generation = GREATEST(generation + 1, {number}),
  lease_token = NULL, lease_until = NULL, restarts = 0;
"""  # noqa: S608 - our own revisions and a number


def mark_restored() -> list[tuple[str, str]]:
    """Have every open departure say that it goes on from a backup, and ask what no agency can tell
    again: whether a measure was taken back since, and whether the danger changed. Return each
    reference with its referent.
    """
    with session() as opened:
        now = clock_in(opened).now()
        alive = select(Departure).where(Departure.state != DepartureState.CLOSED)
        found = opened.exec(alive.order_by(col(Departure.reference))).all()
        for one in found:
            write(opened, one.reference, now, Event.HUMAN_NEEDED, code=RESTORED)
            for wish in _TO_SAY_AGAIN:
                occasion = f"{RESTORED}:{one.generation}:{wish}"
                record_wish(opened, one.reference, wish, occasion, _RESTORER)
        return [(one.reference, one.referent) for one in found]


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(alembic_config(settings().database_url))
    return [one.revision for one in script.walk_revisions()]
