"""Copies of the departures' keys, apart from the backups and short-lived: the last one is enough to
open any backup, but for whoever was erased since.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from pydantic import Base64UrlBytes, BaseModel, ConfigDict
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.data_key import DataKey
from models.facts import Facts
from models.journal import Event, JournalEntry
from models.vault_entry import VaultEntry
from store.engine import session
from store.rotation import without_key


class KeyLine(BaseModel):
    """One key, wrapped as in the store; bytes in base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str
    nonce: Base64UrlBytes
    wrapped: Base64UrlBytes


class KeyCopy(BaseModel):
    """What a copy holds: keys by reference, and who was erased, by reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    keys: dict[str, KeyLine]
    erased: set[str]


@dataclass(frozen=True)
class PutBack:
    """What came of a copy put back into the store."""

    added: int
    came_back: list[str]
    """Erased since the backup, and whose codes came back with it: to be erased again."""
    without_key: list[str]


def copy_keys(before: KeyCopy | None = None) -> KeyCopy:
    """Return the keys of the store, as they are wrapped, and who was erased; an erasure that the
    copy of before knows is never forgotten.
    """
    with session() as opened:
        rows = opened.exec(select(DataKey)).all()
        told = select(JournalEntry.reference).where(JournalEntry.event == Event.PERSON_ERASED)
        erased = set(opened.exec(told).all()) | (before.erased if before else set())
    keys = {row.reference: _line(row) for row in rows if row.reference not in erased}
    return KeyCopy(keys=keys, erased=erased)


def lost_since(before: KeyCopy, now: KeyCopy) -> list[str]:
    """Return the departures whose key the new copy would lose, though nobody erased them."""
    return sorted(before.keys.keys() - now.keys.keys() - now.erased)


def put_back(copy: KeyCopy) -> PutBack:
    """Add the keys that a sealed row is waiting for. Those that are there are left alone, and an
    erased person gets none back.
    """
    waiting = set(without_key()) - copy.erased
    with session() as opened:
        rows = [
            _row(reference, line).model_dump()
            for reference, line in copy.keys.items()
            if reference in waiting
        ]
        added = 0
        if rows:
            put = insert(DataKey).values(rows).on_conflict_do_nothing()
            added = len(opened.execute(put.returning(col(DataKey.reference))).all())
        came_back = sorted(
            reference
            for table in (Facts, VaultEntry)
            for reference in opened.exec(select(table.reference)).all()
            if reference in copy.erased
        )
    return PutBack(added, sorted(set(came_back)), without_key())


def _line(row: DataKey) -> KeyLine:
    return KeyLine(
        key_id=row.key_id,
        nonce=urlsafe_b64encode(row.nonce),
        wrapped=urlsafe_b64encode(row.wrapped),
    )


def _row(reference: str, line: KeyLine) -> DataKey:
    return DataKey(
        reference=reference,
        key_id=line.key_id,
        nonce=line.nonce,
        wrapped=line.wrapped,
    )
