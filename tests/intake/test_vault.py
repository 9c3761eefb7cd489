"""What the vault holds opens under its own reference, with its own key, and not otherwise."""

import base64
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session

from models.departure import Departure
from models.referral import Referral
from models.vault_entry import VaultEntry
from store.vault import (
    SealBroken,
    VaultEntryMissing,
    VaultKeyInvalid,
    check_key,
    fingerprint,
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
    tables = [Departure.__table__, VaultEntry.__table__]  # type: ignore[attr-defined]
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
    opened.get_one(VaultEntry, A).key_id = opened.get_one(VaultEntry, B).key_id

    with pytest.raises(SealBroken, match="altered"):
        open_person(opened, A)


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "motdepasse",
        "é" * 44,
        base64.urlsafe_b64encode(bytes(range(16))).decode(),
        base64.urlsafe_b64encode(bytes(range(33))).decode(),
        base64.urlsafe_b64encode(bytes(32)).decode(),
        base64.urlsafe_b64encode(b"motdepassemotdepassemotdepasse!!").decode(),
    ],
    ids=["absent", "word", "not_ascii", "short", "long", "zeros", "repeated_word"],
)
def test_a_weak_or_absent_key_is_refused_without_being_shown(
    text: str, monkeypatch: pytest.MonkeyPatch, vault_key: bytes
) -> None:
    use_vault_key(monkeypatch, text)

    with pytest.raises(VaultKeyInvalid) as refused:
        check_key()

    assert "PND_VAULT_KEY" in str(refused.value)
    assert not text or text not in "".join(traceback.format_exception(refused.value))


def test_the_fingerprint_ignores_how_a_referral_is_written(
    referral: Referral, document: Document, vault_key: bytes
) -> None:
    shuffled = {key: document[key] for key in reversed(document)}
    shuffled["danger"]["answers"] = dict(reversed(document["danger"]["answers"].items()))
    del shuffled["departure_planned_on"]

    assert fingerprint(Referral.model_validate(shuffled)) == fingerprint(referral)


def test_the_fingerprint_tells_any_change_of_content(
    referral: Referral, document: Document, vault_key: bytes
) -> None:
    document["departure_planned_on"] = "2026-12-01"

    assert fingerprint(Referral.model_validate(document)) != fingerprint(referral)


def test_the_fingerprint_cannot_be_made_without_the_key(
    referral: Referral, vault_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = fingerprint(referral)
    use_vault_key(monkeypatch, base64.urlsafe_b64encode(bytes(range(1, 33))).decode())

    assert fingerprint(referral) != ours


def test_the_day_of_the_seal_is_kept(opened: Session, referral: Referral) -> None:
    seal(opened, A, referral, datetime(2026, 11, 20, 9, tzinfo=UTC))

    assert next(iter(opened.new)).sealed_at == NOW
