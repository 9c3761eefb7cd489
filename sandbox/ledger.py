"""Every call the agencies received: who, what, under which key, and whether it was a duplicate."""

from dataclasses import asdict, dataclass

from sandbox.state import State, Transaction


@dataclass(frozen=True)
class Entry:
    """One call received."""

    at: str
    """Aware instant of the journey's clock, ISO 8601."""
    agency: str
    method: str
    path: str
    """The kind of path, such as ``/demandes/{reference}/relances``."""
    verb: str
    idempotency_key: str
    correlation: str
    duplicate: bool
    status: int
    behaviour: str
    """What the agency had been ordered to do of it."""


_COLUMNS = tuple(Entry.__dataclass_fields__)


def record(db: Transaction, entry: Entry) -> None:
    """Write one call."""
    values = asdict(entry)
    places = ", ".join("?" for _ in _COLUMNS)
    db.execute(
        f"INSERT INTO call ({', '.join(_COLUMNS)}) VALUES ({places})",  # noqa: S608 - our names
        [values[name] for name in _COLUMNS],
    )


def entries(state: State, agency: str | None = None) -> list[Entry]:
    """Return the calls received, oldest first, of one agency or of all."""
    with state.transaction() as db:
        rows = db.execute(
            "SELECT * FROM call WHERE ? IS NULL OR agency = ? ORDER BY id", (agency, agency)
        ).fetchall()
    found = [{name: row[name] for name in _COLUMNS} for row in rows]
    return [Entry(**(values | {"duplicate": bool(values["duplicate"])})) for values in found]
