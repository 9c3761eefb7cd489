"""The memory of the sandbox: one SQLite file that survives a restart. Nothing of a person is in
it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

_TABLES = """
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY AUTOINCREMENT, agency TEXT NOT NULL, request_key TEXT NOT NULL,
    number TEXT NOT NULL, behaviour TEXT NOT NULL, facts TEXT NOT NULL,
    awaits_document INTEGER NOT NULL DEFAULT 0, recalled INTEGER NOT NULL DEFAULT 0,
    opened_at TEXT NOT NULL DEFAULT '',
    UNIQUE (agency, request_key));
CREATE TABLE IF NOT EXISTS answer (
    agency TEXT NOT NULL, idempotency_key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (agency, idempotency_key));
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, agency TEXT NOT NULL, request_key TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE, due_at TEXT NOT NULL, body TEXT NOT NULL, polled INTEGER NOT NULL,
    twice INTEGER NOT NULL, ends_offer TEXT, delivered INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS offer (
    number TEXT NOT NULL, agency TEXT NOT NULL, request_key TEXT NOT NULL, opens_at TEXT NOT NULL,
    closes_at TEXT NOT NULL, answered INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (agency, number));
CREATE TABLE IF NOT EXISTS standing_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT, agency TEXT NOT NULL, measure TEXT, text TEXT NOT NULL,
    remaining INTEGER);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, agency TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, verb TEXT NOT NULL, idempotency_key TEXT NOT NULL,
    correlation TEXT NOT NULL, duplicate INTEGER NOT NULL, status INTEGER NOT NULL,
    behaviour TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS token (
    id INTEGER PRIMARY KEY AUTOINCREMENT, agency TEXT NOT NULL, token TEXT NOT NULL,
    until REAL NOT NULL);
"""
_NAMES = ("file", "answer", "event", "offer", "standing_order", "call", "token")

Transaction = sqlite3.Connection


class State:
    """One file, one connection, one writer at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_TABLES)
        self._let_in_an_older_file()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit on the way out, roll back on an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _let_in_an_older_file(self) -> None:
        columns = {row["name"] for row in self._connection.execute("PRAGMA table_info(file)")}
        if "opened_at" not in columns:
            added = "ALTER TABLE file ADD COLUMN opened_at TEXT NOT NULL DEFAULT ''"
            self._connection.execute(added)

    def forget(self) -> None:
        """Empty every table; numbers are not given again."""
        with self.transaction() as db:
            for name in _NAMES:
                db.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def written(instant: datetime) -> str:
    """Write an aware instant so that texts sort as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
