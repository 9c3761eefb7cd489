"""People sealed by the release before: they open, its processes go on, and `pnd keys rotate` gives
each a key of their own.
"""

from datetime import timedelta

import pytest
from alembic import command
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from cli.main import app
from models.agency import Channel
from models.danger import DangerBand
from models.data_key import DataKey
from models.departure import Departure, DepartureState
from models.measure import Measure
from models.person import Scheme
from models.referral import Referral
from models.request import AgencyRequest
from models.territory import PathwayCode
from models.vault_entry import OWN_KEY, VaultEntry
from store.engine import engine_for, session
from store.letterbox import link_token_for
from store.migrate import alembic_config, upgrade
from store.referrals import open_departure
from store.rotation import remaining, rotate
from store.vault import open_referral
from tests.intake.invented import NOW
from tests.intake.master_keys import FIRST, SECOND, filed, knows
from tests.sealed_before import read_as_before, row_of_before

OLD = "21-BEFORE"


@pytest.fixture
def old_store(bare_database: str, referral: Referral, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with one departure of the release before, brought to the shape of this one."""
    knows(monkeypatch, FIRST)
    command.upgrade(alembic_config(bare_database), "0004")
    departure = Departure(
        reference=OLD,
        referral_id=referral.referral_id,
        fingerprint="f" * 64,
        territory="21",
        referent="ref-21-b",
        danger=DangerBand.HIGH,
        scheme=Scheme.GENERAL,
        pathway=PathwayCode.FULL,
        opened_at=NOW,
    )
    with session() as opened:
        opened.add(departure)
        opened.flush()
        columns = row_of_before(FIRST, OLD, referral, NOW)
        named = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        opened.execute(text(f"INSERT INTO vault_entry ({named[0]}) VALUES ({named[1]})"), columns)
        opened.add(
            AgencyRequest(
                reference=OLD,
                measure=Measure.AUU,
                agency="caf-21",
                channel=Channel.LETTERBOX,
                changed_at=NOW,
            )
        )
    upgrade(bare_database)
    # What its connections prepared is of the shape before.
    engine_for(bare_database).dispose()
    return bare_database


def read(reference: str) -> tuple[Referral, VaultEntry]:
    with session() as opened:
        return open_referral(opened, reference), opened.get_one(VaultEntry, reference)


@pytest.mark.usefixtures("old_store")
def test_who_was_sealed_before_opens_and_is_known_again(referral: Referral) -> None:
    assert read(OLD)[0] == referral
    again = open_departure(referral, NOW + timedelta(days=1))
    assert (again.reference, again.is_new) == (OLD, False)


@pytest.mark.usefixtures("old_store")
def test_until_the_first_rotation_the_release_before_opens_whatever_is_sealed_beside_it(
    referral: Referral,
) -> None:
    [(reference, theirs)] = filed(referral, 1).items()

    document = read_as_before(FIRST, read(reference)[1])
    assert Referral.model_validate_json(document) == theirs
    with session() as opened:
        assert len(opened.get_one(Departure, reference).fingerprint) == 64
        assert not opened.exec(select(DataKey)).all()


@pytest.mark.usefixtures("old_store")
def test_a_rotation_gives_each_a_key_of_their_own_and_keeps_no_digest(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {OLD: referral, **filed(referral, 2)}
    knows(monkeypatch, SECOND, FIRST)
    assert remaining() == 3
    assert sum(batch.done for batch in rotate(batch=2)) == 3
    assert remaining() == 0

    knows(monkeypatch, SECOND)
    held |= filed(referral, 1)
    for reference, theirs in held.items():
        known, entry = read(reference)
        assert known == theirs
        assert entry.key_id == OWN_KEY
        with pytest.raises(InvalidTag):
            read_as_before(FIRST, entry)
        again = open_departure(theirs, NOW)
        assert (again.reference, again.is_new) == (reference, False)
    with session() as opened:
        assert set(opened.exec(select(Departure.fingerprint)).all()) == {""}


@pytest.mark.usefixtures("old_store")
def test_erasing_somebody_sealed_before_says_what_a_backup_still_opens() -> None:
    with session() as opened:
        opened.get_one(Departure, OLD).state = DepartureState.CLOSED

    done = CliRunner().invoke(app, ["person", "erase", OLD, "--yes"])
    assert done.exit_code == 0
    assert "la clé maîtresse de ce temps-là l'ouvre encore" in done.output


@pytest.mark.usefixtures("old_store")
def test_a_link_that_was_sent_stays_the_same_until_the_old_key_is_withdrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = f"{OLD}:auu:caf-21:1"
    sent = link_token_for(key)
    knows(monkeypatch, SECOND, FIRST)
    assert link_token_for(key) == sent
    list(rotate())
    assert link_token_for(key) == sent

    knows(monkeypatch, SECOND)
    later = link_token_for(key)
    assert later != sent
    assert link_token_for(key) == later


def test_a_link_of_a_departure_with_its_own_key_outlives_every_master_key(
    store: str, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, FIRST)
    [reference] = filed(referral, 1)
    with session() as opened:
        opened.add(
            AgencyRequest(
                reference=reference,
                measure=Measure.AUU,
                agency="caf-21",
                channel=Channel.LETTERBOX,
                changed_at=NOW,
            )
        )
    sent = link_token_for(f"{reference}:auu:caf-21:1")
    knows(monkeypatch, SECOND, FIRST)
    list(rotate())
    knows(monkeypatch, SECOND)

    assert link_token_for(f"{reference}:auu:caf-21:1") == sent
