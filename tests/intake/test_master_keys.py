"""A master key is strong, and is kept where only the platform reads, apart from the data."""

import base64
import traceback
from pathlib import Path

import pytest

from core.settings import settings
from store.master_keys import VaultKeyInvalid, check_keys, master_keys
from tests.intake.invented import use_vault_key

ONE, TWO = (
    base64.urlsafe_b64encode(bytes(range(first, first + 32))).decode() for first in (0, 100)
)


@pytest.fixture
def key_file(monkeypatch: pytest.MonkeyPatch, vault_key: bytes, tmp_path: Path) -> Path:
    """A key file that is right, alone in a folder."""
    (tmp_path / "keys").mkdir()
    file = tmp_path / "keys" / "vault"
    file.write_text(f"# La clé du coffre\n{ONE}\n{TWO}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PND_VAULT_KEY_FILE", str(file))
    use_vault_key(monkeypatch, "")
    return file


def refusal() -> str:
    with pytest.raises(VaultKeyInvalid) as refused:
        check_keys()
    shown = "".join(traceback.format_exception(refused.value))
    assert ONE not in shown
    assert TWO not in shown
    return str(refused.value)


WEAK = pytest.mark.parametrize(
    "text",
    [
        "motdepasse",
        "é" * 44,
        base64.urlsafe_b64encode(bytes(range(16))).decode(),
        base64.urlsafe_b64encode(bytes(range(33))).decode(),
        base64.urlsafe_b64encode(bytes(32)).decode(),
        base64.urlsafe_b64encode(b"motdepassemotdepassemotdepasse!!").decode(),
    ],
    ids=["word", "not_ascii", "short", "long", "zeros", "repeated_word"],
)


@WEAK
@pytest.mark.parametrize("variable", ["PND_VAULT_KEY", "PND_VAULT_KEYS_OTHER"])
def test_a_weak_key_is_refused_without_being_shown(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch, vault_key: bytes
) -> None:
    monkeypatch.setenv(variable, text)
    settings.cache_clear()

    with pytest.raises(VaultKeyInvalid) as refused:
        check_keys()

    assert variable in str(refused.value)
    assert text not in "".join(traceback.format_exception(refused.value))


def test_an_absent_key_is_refused(monkeypatch: pytest.MonkeyPatch, vault_key: bytes) -> None:
    use_vault_key(monkeypatch, "")

    assert "PND_VAULT_KEY est absente" in refusal()


def test_the_first_key_of_a_file_is_the_current_one_and_all_are_known(key_file: Path) -> None:
    check_keys()

    keys = master_keys()
    assert keys.current.secret == bytes(range(32))
    assert [key.secret for key in keys.known.values()] == [
        bytes(range(32)),
        bytes(range(100, 132)),
    ]


def test_a_key_replaced_in_its_file_is_known_without_a_restart(key_file: Path) -> None:
    before = master_keys().current.id
    key_file.write_text(f"{TWO}\n{ONE}\n", encoding="utf-8")

    assert master_keys().current.id != before
    assert before in master_keys().known


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_key_file_that_others_may_read_or_write_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)

    assert "chmod 600" in refusal()


def test_a_key_file_without_a_key_is_refused(key_file: Path) -> None:
    key_file.write_text("# rien\n", encoding="utf-8")
    assert "est absente" in refusal()

    key_file.unlink()
    assert "ne se lit pas" in refusal()


def test_two_places_for_the_current_key_are_refused(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_vault_key(monkeypatch, TWO)

    assert "en garder une" in refusal()


def test_a_key_file_inside_the_folder_of_a_database_is_refused(
    key_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "PG_VERSION").write_text("18")

    assert "à côté d'une base" in refusal()


def test_a_key_file_beside_the_folder_of_a_database_is_refused(key_file: Path) -> None:
    (key_file.parent / "main").mkdir()
    (key_file.parent / "main" / "PG_VERSION").write_text("18")

    assert "à côté d'une base" in refusal()


def test_a_key_file_reached_by_a_link_is_where_it_really_is(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key_file.parent / "PG_VERSION").write_text("18")
    link = tmp_path / "elsewhere"
    link.symlink_to(key_file)
    monkeypatch.setenv("PND_VAULT_KEY_FILE", str(link))
    settings.cache_clear()

    assert "à côté d'une base" in refusal()


def test_a_key_file_beside_a_backup_is_refused(key_file: Path) -> None:
    (key_file.parent / "hier.dump").write_bytes(b"PGDMP\x01")

    assert "à côté d'une sauvegarde" in refusal()
