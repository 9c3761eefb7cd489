"""Whether any watch leads, read without taking the seat."""

from sqlalchemy import text

from store.engine import session
from store.leader import _SEAT

# A lock by one number is kept in two halves.
_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint) = :seat)"
)


def seat_is_held() -> bool:
    """Tell whether a watch leads now, on this case store."""
    with session() as opened:
        return bool(opened.execute(_HELD, {"seat": _SEAT}).scalar_one())
