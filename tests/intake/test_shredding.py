"""An erased person is erased from the backups too: with the master key in hand, nothing opens."""

import json
from base64 import urlsafe_b64decode
from itertools import product
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import select
from typer.testing import CliRunner

from cli.backup import write_backup
from cli.main import app
from cli.postgres_tools import tools
from cli.world import World
from core.settings import settings
from models.data_key import DataKey
from models.departure import Departure, DepartureState
from models.referral import Referral
from models.vault_entry import VaultEntry
from store.engine import session
from store.envelope import SealBroken
from store.master_keys import derived
from store.vault import open_person, open_referral
from tests.conftest import own_database
from tests.intake.invented import Document
from tests.intake.master_keys import FIRST, SECOND, filed, knows

pytestmark = pytest.mark.usefixtures("store")


def pnd(*words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(autouse=True)
def first_key(monkeypatch: pytest.MonkeyPatch, store: str) -> None:
    """A process that knows the first key alone."""
    knows(monkeypatch, FIRST)


@pytest.fixture
def both(referral: Referral) -> list[str]:
    """Two closed departures: one to be erased, one that stays."""
    references = list(filed(referral, 2))
    with session() as opened:
        for departure in opened.exec(select(Departure)).all():
            departure.state = DepartureState.CLOSED
    return references


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    """A folder for the copies of the keys, apart from the backups."""
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


def invented_words(document: Document) -> list[bytes]:
    """Every word of the person that a reader would know them by."""
    person = document["person"]
    contact = person["safe_contact"]
    words = [person["given_name"], person["family_name"], person["mail_address"]]
    words += [contact["code_word"], contact["cover_story"]]
    words += [channel["value"] for channel in contact["channels"]]
    words += [child["given_name"] for child in person["children"]]
    return [word.encode() for word in words if word]


def opens_with_anything_in_hand(entry: VaultEntry) -> bool:
    """Try the master key as any release ever used it, bound in any way it ever was."""
    uses = ("seal", "wrap", "letterbox", "fingerprint", "key id")
    master = urlsafe_b64decode(FIRST)
    keys = [master, *(derived(master, use) for use in uses)]
    keys += [derived(key, "seal") for key in keys]
    bound = [f"{entry.reference}\n{entry.purpose}\n{entry.key_id}".encode(), b"", None]
    for key, bound_to in product(keys, bound):
        try:
            AESGCM(key).decrypt(entry.nonce, entry.sealed, bound_to)
        except InvalidTag:
            continue
        return True
    return False


def test_a_backup_from_before_an_erasure_no_longer_opens_on_the_person(
    both: list[str],
    document: Document,
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    apart: Path,
) -> None:
    gone, stays = both
    backup, keys, script = tmp_path / "cases.dump", apart / "keys.json", tmp_path / "cases.sql"
    assert write_backup(backup) == 0
    tools().run("pg_restore", f"--file={script}", str(backup))
    pnd("keys", "backup", keys)
    pnd("person", "erase", gone, "--yes")
    pnd("keys", "backup", keys)

    with own_database(database, monkeypatch, template="template1"):
        assert "2 identités n'ont pas leur clé" in pnd("restore", backup)
        told = pnd("keys", "restore", keys, code=3)
        assert f"{gone} : effacé depuis, revenu avec la sauvegarde" in told
        with session() as opened:
            entry = opened.get_one(VaultEntry, gone)
            with pytest.raises(SealBroken, match="no key"):
                open_person(opened, gone)
            assert open_person(opened, stays).family_name == document["person"]["family_name"]
        assert not opens_with_anything_in_hand(entry)
        pnd("person", "erase", gone, "--yes")
        with session() as opened:
            assert opened.get(VaultEntry, gone) is None

    everywhere = backup.read_bytes() + script.read_bytes() + keys.read_bytes()
    assert gone.encode() in script.read_bytes()
    assert [word for word in invented_words(document) if word in everywhere] == []


def test_the_key_is_what_was_missing_and_nothing_else(
    both: list[str],
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    apart: Path,
) -> None:
    # Danger, and why copies of the keys are short-lived: one from before brings the person back.
    gone, _ = both
    assert write_backup(tmp_path / "cases.dump") == 0
    pnd("keys", "backup", apart / "before.json")
    pnd("person", "erase", gone, "--yes")

    with own_database(database, monkeypatch, template="template1"):
        pnd("restore", tmp_path / "cases.dump")
        pnd("keys", "restore", apart / "before.json")
        with session() as opened:
            assert open_referral(opened, gone)


def test_a_copy_of_the_keys_is_for_its_owner_alone_and_is_useless_by_itself(
    both: list[str], tmp_path: Path
) -> None:
    pnd("keys", "backup", tmp_path / "keys.json")

    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]
    assert FIRST not in (tmp_path / "keys.json").read_text()


def test_a_copy_of_the_keys_is_not_kept_with_a_backup_or_with_the_master_key(
    both: list[str], tmp_path: Path, apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert write_backup(tmp_path / "cases.dump") == 0
    assert "à côté de" in pnd("keys", "backup", tmp_path / "keys.json", code=2)

    (apart / "vault").write_text(FIRST)
    (apart / "vault").chmod(0o600)
    monkeypatch.setenv("PND_VAULT_KEY", "")
    monkeypatch.setenv("PND_VAULT_KEY_FILE", str(apart / "vault"))
    settings.cache_clear()
    assert "à côté de" in pnd("keys", "backup", apart / "keys.json", code=2)
    assert sorted(one.name for one in tmp_path.rglob("*.json")) == []


def test_a_copy_takes_the_place_of_the_last_one_without_the_erased(
    both: list[str], tmp_path: Path
) -> None:
    gone, stays = both
    keys = tmp_path / "keys.json"
    pnd("keys", "backup", keys)
    pnd("person", "erase", gone, "--yes")
    pnd("keys", "backup", keys)

    held = json.loads(keys.read_text())
    assert list(held["keys"]) == [stays]
    assert held["erased"] == [gone]


def test_a_store_that_lost_its_keys_never_takes_the_place_of_the_last_copy(
    both: list[str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    pnd("keys", "backup", keys)
    before = keys.read_bytes()
    with session() as opened:
        opened.delete(opened.get_one(DataKey, both[0]))

    assert "sans que personne les ait effacés" in pnd("keys", "backup", keys, code=2)
    assert keys.read_bytes() == before


def test_keys_that_are_there_are_never_replaced_by_those_of_a_copy(
    both: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    pnd("keys", "backup", keys)
    knows(monkeypatch, SECOND, FIRST)
    pnd("keys", "rotate")

    assert "0 clés remises" in pnd("keys", "restore", keys)
    knows(monkeypatch, SECOND)
    with session() as opened:
        assert [open_person(opened, one).given_name for one in both]


def test_an_old_copy_brings_no_key_back_to_who_was_erased_since(
    both: list[str], tmp_path: Path
) -> None:
    gone, _ = both
    pnd("keys", "backup", tmp_path / "before.json")
    pnd("person", "erase", gone, "--yes")

    assert "0 clés remises" in pnd("keys", "restore", tmp_path / "before.json")
    with session() as opened:
        assert opened.get(DataKey, gone) is None


@pytest.mark.parametrize("content", [b"", b"Bonjour", b'{"keys": {}}'])
def test_a_file_that_is_no_copy_of_keys_is_refused_and_left_alone(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)

    for command in ("backup", "restore"):
        assert "n'est pas une copie" in pnd("keys", command, file, code=2)
    assert file.read_bytes() == content
    assert "illisible" in pnd("keys", "restore", tmp_path / "absent", code=2)
    assert "ne peut pas être écrit" in pnd("keys", "backup", tmp_path / "no" / "keys", code=2)
