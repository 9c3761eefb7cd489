"""Rotation of the master key: the key of every departure wrapped anew, while everything runs.

No transaction is longer than a batch. Killed at any point, what is done is done and the rest opens
as before; two at once wait for each other, batch by batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from models.data_key import DataKey
from models.departure import Departure
from models.vault_entry import OWN_KEY, VaultEntry
from store.audit import seal_heads_anew
from store.engine import session
from store.envelope import SealBroken, unwrap, wrap
from store.master_keys import check_keys, master_keys
from store.vault import seal_anew

_BATCH = 100


@dataclass(frozen=True)
class Batch:
    """What one transaction of a rotation did."""

    done: int
    broken: list[str]
    """Departures that no key known here opens: left as they are."""


@dataclass(frozen=True)
class Wrapped:
    """A master key by its name, and what depends on it."""

    key_id: str
    is_current: bool
    is_known: bool
    keys: int
    """How many departures have their own key wrapped by it."""
    directly: int
    """How many it seals directly, as the release before did."""


def rotate(batch: int = _BATCH) -> Iterator[Batch]:
    """Wrap with the current master key whatever another wraps; yield what each batch did. At the
    end, what the audit sealed is sealed anew.

    Raises `VaultKeyInvalid`.
    """
    check_keys()
    with session() as opened:
        late = sorted(opened.exec(select(DataKey.reference).where(_wrapped_by_another())).all())
        before = sorted(opened.exec(select(VaultEntry.reference).where(_sealed_before())).all())
    for references, renew in ((before, _seal_anew), (late, _wrap_anew)):
        for some in _batches(references, batch):
            with session() as opened:
                done = renew(opened, some)
            # Danger: said within, it would hold the rows for as long as it is listened to.
            yield done
    seal_heads_anew()


def remaining() -> int:
    """Return how many departures the current master key does not open yet."""
    return sum(one.directly + (0 if one.is_current else one.keys) for one in wrapped())


def wrapped() -> list[Wrapped]:
    """Return each master key that is known or needed, the current one first. Raises
    `VaultKeyInvalid`.
    """
    keys = master_keys()
    with session() as opened:
        of_keys = _counted(opened, DataKey)
        directly = _counted(opened, VaultEntry)
    directly.pop(OWN_KEY, None)
    needed = sorted((of_keys.keys() | directly.keys()) - keys.known.keys())
    return [
        Wrapped(
            key_id=key_id,
            is_current=key_id == keys.current.id,
            is_known=key_id in keys.known,
            keys=of_keys.get(key_id, 0),
            directly=directly.get(key_id, 0),
        )
        for key_id in (*keys.known, *needed)
    ]


def without_key() -> list[str]:
    """Return the departures whose sealed row has no key: erased since the backup that was restored,
    or restored without their keys.
    """
    with session() as opened:
        has_none = col(VaultEntry.reference).not_in(select(DataKey.reference))
        sealed = select(VaultEntry.reference).where(VaultEntry.key_id == OWN_KEY, has_none)
        return list(opened.exec(sealed.order_by(col(VaultEntry.reference))).all())


def _wrap_anew(opened: Session, references: Sequence[str]) -> Batch:
    # Waits for a rotation that holds them; what it has done meanwhile is then no longer found.
    mine = col(DataKey.reference).in_(references)
    late = select(DataKey).where(mine, _wrapped_by_another()).order_by(col(DataKey.reference))
    rows = opened.exec(late.with_for_update()).all()
    broken = []
    for row in rows:
        try:
            anew = wrap(row.reference, unwrap(row))
        except SealBroken:
            broken.append(row.reference)
        else:
            row.key_id, row.nonce, row.wrapped = anew.key_id, anew.nonce, anew.wrapped
    return Batch(len(rows) - len(broken), broken)


def _seal_anew(opened: Session, references: Sequence[str]) -> Batch:
    # The departure first, as whoever erases a person does: two orders would lock each other out.
    named = select(Departure).where(col(Departure.reference).in_(references))
    departures = opened.exec(named.order_by(col(Departure.reference)).with_for_update()).all()
    mine = col(VaultEntry.reference).in_(references)
    before = select(VaultEntry).where(mine, _sealed_before()).order_by(col(VaultEntry.reference))
    entries = {entry.reference: entry for entry in opened.exec(before.with_for_update()).all()}
    broken = []
    for departure in departures:
        try:
            if entry := entries.get(departure.reference):
                seal_anew(opened, entry)
                # Rule: contents are compared from now on; no digest of anybody stays.
                departure.fingerprint = ""
        except SealBroken:
            broken.append(departure.reference)
    return Batch(len(entries) - len(broken), broken)


def _wrapped_by_another() -> ColumnElement[bool]:
    return col(DataKey.key_id) != master_keys().current.id


def _sealed_before() -> ColumnElement[bool]:
    return col(VaultEntry.key_id) != OWN_KEY


def _counted(opened: Session, table: type[DataKey] | type[VaultEntry]) -> dict[str, int]:
    counted = select(table.key_id, func.count()).group_by(col(table.key_id))
    return dict(opened.exec(counted).all())


def _batches(references: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(references), size):
        yield references[first : first + size]
