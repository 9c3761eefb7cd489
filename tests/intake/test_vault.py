"""What the vault holds opens under its own reference, with its own key, and not otherwise."""

import base64
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session

from models.data_key import DataKey
from models.departure import Departure
from models.referral import Referral
from models.vault_entry import VaultEntry
from store.envelope import SealBroken, unwrap
from store.vault import (
    VaultEntryMissing,
    fingerprint,
    holds,
    open_person,
    open_referral,
    seal,
)
from tests.intake.invented import NOW, Document, use_vault_key

A, B = "21-AAAAAA", "21-BBBBBB"


@pytest.fixture
def opened(vault_key: bytes) -> Iterator[Session]:
    """A vault of its own, in memory: what is tested here is the seal, not the database."""
    engine = create_engine("sqlite://")
    tables = [Departure.__table__, VaultEntry.__table__, DataKey.__table__]  # type: ignore[attr-defined]
    Departure.metadata.create_all(engine, tables=tables)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_what_was_sealed_opens_as_it_was(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()

    assert open_referral(opened, A) == referral
    assert open_person(opened, A) == referral.person


def test_nothing_of_the_person_is_readable_in_the_row(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    row = opened.get_one(VaultEntry, A)

    stored = repr(row.model_dump()).encode() + row.sealed + row.nonce
    for planted in ("Camille", "Inventée", "06 39 98 00 21", "jonquille"):
        assert planted.encode() not in stored


def test_two_seals_of_one_referral_look_different(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, NOW)
    seal(opened, B, referral, NOW)
    opened.flush()

    first, second = opened.get_one(VaultEntry, A), opened.get_one(VaultEntry, B)
    assert first.nonce != second.nonce
    assert first.sealed != second.sealed


@pytest.mark.parametrize("part", ["sealed", "nonce"])
def test_a_changed_byte_breaks_the_seal(opened: Session, referral: Referral, part: str) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    row = opened.get_one(VaultEntry, A)
    whole = getattr(row, part)
    setattr(row, part, bytes([whole[0] ^ 1]) + whole[1:])

    with pytest.raises(SealBroken):
        open_person(opened, A)


def test_a_row_copied_under_another_reference_does_not_open(
    opened: Session, referral: Referral
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    stolen = opened.get_one(VaultEntry, A).model_dump() | {"reference": B}
    opened.add(VaultEntry(**stolen))
    opened.flush()

    with pytest.raises(SealBroken):
        open_person(opened, B)


def test_another_key_does_not_open(
    opened: Session, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    use_vault_key(monkeypatch, base64.urlsafe_b64encode(bytes(range(1, 33))).decode())

    with pytest.raises(SealBroken, match="another key"):
        open_person(opened, A)


def test_another_key_that_lies_about_its_name_does_not_open(
    opened: Session, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(opened, A, referral, NOW)
    use_vault_key(monkeypatch, base64.urlsafe_b64encode(bytes(range(1, 33))).decode())
    seal(opened, B, referral, NOW)
    opened.flush()
    opened.get_one(DataKey, A).key_id = opened.get_one(DataKey, B).key_id

    with pytest.raises(SealBroken, match="altered"):
        open_person(opened, A)


@pytest.mark.parametrize("part", ["wrapped", "nonce"])
def test_a_changed_byte_of_its_key_breaks_the_seal(
    opened: Session, referral: Referral, part: str
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    row = opened.get_one(DataKey, A)
    whole = getattr(row, part)
    setattr(row, part, whole[:-1] + bytes([whole[-1] ^ 1]))

    with pytest.raises(SealBroken, match="altered"):
        open_person(opened, A)


def test_the_key_and_the_row_of_one_do_not_open_under_another_reference(
    opened: Session, referral: Referral
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    for table in (DataKey, VaultEntry):
        opened.add(table(**opened.get_one(table, A).model_dump() | {"reference": B}))
    opened.flush()

    with pytest.raises(SealBroken, match="altered"):
        open_person(opened, B)


def test_without_its_own_key_a_row_does_not_open_whatever_master_key_is_in_hand(
    opened: Session, referral: Referral
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    opened.delete(opened.get_one(DataKey, A))

    with pytest.raises(SealBroken, match="no key"):
        open_person(opened, A)


def test_each_departure_has_a_key_of_its_own(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, NOW)
    seal(opened, B, referral, NOW)
    opened.flush()

    assert unwrap(opened.get_one(DataKey, A)) != unwrap(opened.get_one(DataKey, B))


def test_an_erased_reference_is_missing_and_not_broken(opened: Session) -> None:
    with pytest.raises(VaultEntryMissing):
        open_person(opened, A)


def test_a_broken_seal_says_nothing_of_what_it_held(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    opened.get_one(VaultEntry, A).sealed += b"x"

    with pytest.raises(SealBroken) as broken:
        open_person(opened, A)

    shown = "".join(traceback.format_exception(broken.value))
    assert "Camille" not in shown


def test_a_referral_is_known_again_however_it_is_written(
    opened: Session, referral: Referral, document: Document
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    shuffled = {key: document[key] for key in reversed(document)}
    shuffled["danger"]["answers"] = dict(reversed(document["danger"]["answers"].items()))
    del shuffled["departure_planned_on"]

    assert holds(opened, A, Referral.model_validate(shuffled))


def test_any_change_of_content_is_told(
    opened: Session, referral: Referral, document: Document
) -> None:
    seal(opened, A, referral, NOW)
    opened.flush()
    document["departure_planned_on"] = "2026-12-01"

    assert not holds(opened, A, Referral.model_validate(document))


def test_nothing_that_could_confirm_a_guess_is_kept(opened: Session, referral: Referral) -> None:
    assert fingerprint(opened, referral) == ""


def test_the_day_of_the_seal_is_kept(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, datetime(2026, 11, 20, 9, tzinfo=UTC))
    opened.flush()

    assert opened.get_one(VaultEntry, A).sealed_at == NOW.replace(tzinfo=None)
