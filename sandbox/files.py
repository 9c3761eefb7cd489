"""The requests one agency keeps, and what it will say of them in time."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from core.clock import Clock
from models.measure import Measure
from sandbox.behaviour import Behaviour, parse
from sandbox.dialect import Dialect, Event, File, Step, Words
from sandbox.orders import take_course
from sandbox.state import Transaction, written
from sandbox.weather import Weather

Begin = Callable[[Transaction, File, datetime], None]
"""Schedules what will be said of a new request, from an instant on."""


class Files:
    """One agency's."""

    def __init__(self, agency: str, dialect: Dialect, clock: Clock, weather: Weather) -> None:
        self.agency = agency
        self._dialect = dialect
        self._clock = clock
        self._weather = weather

    def open(
        self, db: Transaction, key: str, measure: Measure, begin: Begin, facts: Words | None = None
    ) -> File:
        """Keep a new request and begin its course; one that is kept already is left alone."""
        kept = self.find(db, key)
        if kept is not None:
            return kept
        order = take_course(db, self.agency, measure, self._weather)
        waits = order.behaviour is Behaviour.NEED_DOCUMENT
        row = db.execute(
            "INSERT INTO file"
            " (agency, request_key, number, behaviour, facts, awaits_document, opened_at)"
            " VALUES (?, ?, '', ?, ?, ?, ?)",
            (
                self.agency,
                key,
                order.text,
                json.dumps(facts or {}),
                waits,
                written(self._clock.now()),
            ),
        ).lastrowid
        number = f"{self._dialect.prefix}-{row:06d}"
        db.execute("UPDATE file SET number = ? WHERE id = ?", (number, row))
        kept = File(self.agency, key, number, order, facts or {})
        if order.behaviour is not Behaviour.NEVER:
            begin(db, kept, self._clock.now() + order.late)
        return kept

    def find(self, db: Transaction, key: str) -> File | None:
        """Return a request by the partner's reference."""
        row = db.execute(
            "SELECT * FROM file WHERE agency = ? AND request_key = ?", (self.agency, key)
        ).fetchone()
        return None if row is None else self._file(row)

    def held(self, db: Transaction, reference: str) -> Words | None:
        """Tell all that is held of a request, by the partner's reference or by its own number."""
        row = db.execute(
            "SELECT * FROM file WHERE agency = ? AND (request_key = ? OR number = ?)",
            (self.agency, reference, reference),
        ).fetchone()
        if row is None:
            return None
        events = db.execute(
            "SELECT body, twice FROM event WHERE agency = ? AND request_key = ? AND cancelled = 0"
            " AND due_at <= ? ORDER BY due_at, id",
            (self.agency, row["request_key"], written(self._clock.now())),
        ).fetchall()
        said = [json.loads(event["body"]) for event in events for _ in range(1 + event["twice"])]
        return self._listed(row) | {self._dialect.holds.said: said}

    def held_since(self, db: Transaction, since: str, skip: int, limit: int) -> list[Words]:
        """List the requests received since an instant, oldest first."""
        rows = db.execute(
            "SELECT * FROM file WHERE agency = ? AND opened_at >= ? ORDER BY id LIMIT ? OFFSET ?",
            (self.agency, since, limit, skip),
        ).fetchall()
        return [self._listed(row) for row in rows]

    def schedule(self, db: Transaction, file: File, since: datetime, steps: list[Step]) -> None:
        """Have the agency say these things in time."""
        for step in steps:
            self.say(db, file, since + step.after, step.words)

    def say(
        self, db: Transaction, file: File, at: datetime, words: Words, ends_offer: str | None = None
    ) -> None:
        """Have the agency say one thing at an instant."""
        rank = db.execute(
            "SELECT count(*) FROM event WHERE agency = ? AND request_key = ?",
            (self.agency, file.request_key),
        ).fetchone()[0]
        # Danger: a number given twice would hide an event from the platform; hence the instant,
        # in case this file is lost and the same request comes again.
        label = f"{self.agency}/{file.request_key}/{rank}/{written(at)}"
        name = str(uuid5(NAMESPACE_URL, label))
        body = self._dialect.word(Event(name, written(at), file, words))
        db.execute(
            "INSERT INTO event (agency, request_key, name, due_at, body, polled, twice, ends_offer)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.agency,
                file.request_key,
                name,
                written(at),
                json.dumps(body, ensure_ascii=False),
                self._dialect.polled,
                file.order.behaviour is Behaviour.TWICE,
                ends_offer,
            ),
        )

    def go_on(self, db: Transaction, file: File) -> None:
        """Take up the course again once the missing document is there; once only."""
        awaited = db.execute(
            "UPDATE file SET awaits_document = 0 WHERE agency = ? AND request_key = ?"
            " AND awaits_document = 1 AND recalled = 0",
            (self.agency, file.request_key),
        ).rowcount
        if awaited:
            now = self._clock.now()
            self.schedule(db, file, now, self._dialect.after_document(file, now))

    def cancel(self, db: Transaction, file: File) -> None:
        """Say nothing more, except what was said already and is still on its way."""
        about = (self.agency, file.request_key)
        db.execute("UPDATE file SET recalled = 1 WHERE agency = ? AND request_key = ?", about)
        db.execute("UPDATE offer SET answered = 1 WHERE agency = ? AND request_key = ?", about)
        db.execute(
            "UPDATE event SET cancelled = 1 WHERE agency = ? AND request_key = ? AND due_at > ?",
            (*about, written(self._clock.now())),
        )

    def said_since(
        self, db: Transaction, since: str, skip: int = 0, limit: int = 1000
    ) -> list[Words]:
        """Return what a polled agency has said since an instant, oldest first."""
        rows = db.execute(
            "SELECT body, twice FROM event WHERE agency = ? AND cancelled = 0 AND due_at >= ?"
            " AND due_at <= ? ORDER BY due_at, id LIMIT ? OFFSET ?",
            (self.agency, since, written(self._clock.now()), limit, skip),
        ).fetchall()
        return [json.loads(row["body"]) for row in rows for _ in range(1 + row["twice"])]

    def _listed(self, row: sqlite3.Row) -> Words:
        named = self._dialect.holds
        return {
            named.key: row["request_key"],
            named.number: row["number"],
            named.recalled: bool(row["recalled"]),
        }

    def _file(self, row: sqlite3.Row) -> File:
        order, facts = parse(row["behaviour"]), json.loads(row["facts"])
        return File(self.agency, row["request_key"], row["number"], order, facts)
