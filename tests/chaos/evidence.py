"""What is read at the end of a run: the store, what the agencies kept, what Prefect says."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import select

from models.case import Case
from models.departure import Departure
from models.journal import JournalEntry
from models.letterbox import LetterboxLink
from models.poll import Poll
from sandbox.ledger import Entry
from store import journal
from store.cases import read_case
from store.engine import session
from tests.chaos.cast import AcceptedForm
from tests.chaos.killer import Hit
from tests.chaos.time_keeper import Anchor


@dataclass(frozen=True)
class Said:
    """One thing that an agency said, or has still to say."""

    agency: str
    name: str
    request_key: str
    due_at: datetime
    polled: bool
    """Read by us, not called back."""
    received: bool
    """The door answered 202."""
    cancelled: bool


@dataclass(frozen=True)
class Story:
    """One departure: as it stands, and all that was written of it."""

    case: Case
    entries: list[JournalEntry]
    runs: tuple[str, ...]
    """The states of its flow runs, oldest first."""


@dataclass(frozen=True)
class Evidence:
    """All that a verdict is drawn from."""

    filed: Mapping[int, str]
    """By the number of a filing, its reference."""
    asked: int
    """How many filings there were."""
    stories: list[Story]
    ledger: list[Entry]
    said: list[Said]
    polled_until: Mapping[str, datetime]
    played: frozenset[str]
    """The agencies that the sandbox plays."""
    linked: frozenset[int]
    """The requests for which a letterbox was opened."""
    accepted: list[AcceptedForm]
    anchors: list[Anchor]
    hits: list[Hit]


def stories(api: str, shown: httpx.BasicAuth) -> list[Story]:
    """Return every departure of the store."""
    with session() as opened:
        references = list(opened.exec(select(Departure.reference)).all())
    runs = _runs(api, shown)
    found = []
    for reference in sorted(references):
        case = read_case(reference)
        assert case is not None
        found.append(Story(case, journal.entries(reference), tuple(runs.get(reference, ()))))
    return found


def said(sandbox: Path) -> list[Said]:
    """Return what the agencies said, from the sandbox's own file."""
    with closing(sqlite3.connect(f"file:{sandbox}?mode=ro", uri=True)) as kept:
        kept.row_factory = sqlite3.Row
        return [
            Said(
                agency=row["agency"],
                name=row["name"],
                request_key=row["request_key"],
                due_at=datetime.fromisoformat(row["due_at"]),
                polled=bool(row["polled"]),
                received=bool(row["delivered"]),
                cancelled=bool(row["cancelled"]),
            )
            for row in kept.execute("SELECT * FROM event")
        ]


def polled_until() -> dict[str, datetime]:
    """Return up to which instant each polled agency was heard."""
    with session() as opened:
        return {poll.agency: poll.since for poll in opened.exec(select(Poll)).all()}


def linked() -> frozenset[int]:
    """Return the requests for which a letterbox was opened."""
    with session() as opened:
        return frozenset(opened.exec(select(LetterboxLink.request_id)).all())


def _runs(api: str, shown: httpx.BasicAuth) -> dict[str, list[str]]:
    runs: dict[str, list[str]] = {}
    for run in _pages(api, shown):
        runs.setdefault(run["name"], []).append(str(run["state_type"]))
    return runs


def _pages(api: str, shown: httpx.BasicAuth) -> Iterable[dict[str, Any]]:
    offset, page = 0, 200
    while True:
        query = {"limit": page, "offset": offset, "sort": "EXPECTED_START_TIME_ASC"}
        answer = httpx.post(
            f"{api}/flow_runs/filter", json=query, auth=shown, timeout=30.0, trust_env=False
        )
        found = answer.raise_for_status().json()
        yield from found
        if len(found) < page:
            return
        offset += page
