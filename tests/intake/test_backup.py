"""`pnd backup` and `pnd restore`: all of the store or nothing, sealed, and of no other time."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from cli.backup import restore_backup, write_backup
from cli.postgres_tools import ToolsMissing, fitting, tools
from cli.world import World
from core.clock import SystemClock
from core.settings import settings
from models.account import Account
from models.departure import Departure
from models.journal import Event
from models.login import Means
from models.question import Wish
from models.referral import Referral
from store import journal, runs
from store.accounts import OidcLink, account_sheets, add_account
from store.cases import read_case
from store.engine import session
from store.key_copies import copy_keys, put_back
from store.migrate import alembic_config, shape_of
from store.referrals import open_departure
from store.restored import is_empty
from store.sessions import identity_of, open_session
from tests.conftest import own_database
from tests.intake.invented import NOW, Document, read_person_of

pytestmark = pytest.mark.usefixtures("store")

Empty = Callable[[str], None]


@pytest.fixture
def referred(document: Document) -> str:
    """A departure, by its reference, that a run carries."""
    reference = open_departure(Referral.model_validate_json(json.dumps(document)), NOW).reference
    number = runs.next_generation(reference, None)
    runs.carried_by(reference, UUID(int=7), number)
    return reference


@pytest.fixture
def backup(referred: str, tmp_path: Path) -> Path:
    """A backup of a store that holds one departure."""
    file = tmp_path / "cases.dump"
    assert write_backup(file) == 0
    return file


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside_it(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(backup.parent.iterdir()) == [backup]


def test_a_backup_says_that_the_key_is_elsewhere_and_names_nobody(
    backup: Path, document: Document, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "script.sql"
    tools().run("pg_restore", f"--file={script}", str(backup))
    written = script.read_text(encoding="utf-8")

    assert document["person"]["family_name"] not in written
    assert settings().vault_key.get_secret_value() not in written
    assert write_backup(tmp_path / "again.dump") == 0
    assert "PND_VAULT_KEY" in capsys.readouterr().out


def test_a_backup_never_takes_the_place_of_another(
    backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = backup.read_bytes()

    assert write_backup(backup) == 2
    assert backup.read_bytes() == before
    assert "existe déjà" in capsys.readouterr().err


def test_a_backup_that_cannot_be_written_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write_backup(tmp_path / "nowhere" / "cases.dump") == 2
    assert "ne peut pas être écrit" in capsys.readouterr().err


@pytest.mark.parametrize("template", ["template1", "cases"], ids=["no table", "empty tables"])
def test_what_is_restored_is_whole_and_carried_by_no_run_of_before(
    backup: Path,
    referred: str,
    document: Document,
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    template: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told, keys = journal.entries(referred), copy_keys()
    with own_database(database, monkeypatch, template=template):
        assert restore_backup(backup) == 0
        assert put_back(keys).added == 1

        run = runs.run_of(referred)
        assert run is not None
        assert (run.flow_run, run.lease_until) == (runs.CARRIED_BY_NOBODY, None)
        assert run.generation > 1_000, "no number that Prefect may have seen since"
        assert read_person_of(referred).family_name == document["person"]["family_name"]
        *kept, last = journal.entries(referred)
        assert [entry.event for entry in kept] == [entry.event for entry in told]
        assert (last.event, last.code) == (Event.HUMAN_NEEDED, "restored")
        case = read_case(referred)
        assert case is not None
        assert {news.wish for news in case.news if not news.read_at} == {
            Wish.TAKE_BACK,
            Wish.NEW_FACT,
        }
    said = capsys.readouterr().out
    assert f"{run.referent} : {referred}" in said
    assert "created at" in said
    assert "1 identités n'ont pas leur clé ici" in said


def test_a_backup_of_the_release_before_is_restored_where_this_one_made_its_tables(
    bare_database: str,
    document: Document,
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    command.upgrade(alembic_config(bare_database), "0004")
    file = tmp_path / "before.dump"
    assert write_backup(file) == 0

    with own_database(database, monkeypatch, template="cases") as url:
        newest = shape_of(url)
        assert restore_backup(file) == 0
        assert shape_of(url) == newest
        assert open_departure(Referral.model_validate_json(json.dumps(document)), NOW).is_new


def test_a_backup_is_not_written_beside_the_key_of_the_vault(
    referred: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PND_VAULT_KEY_FILE", str(tmp_path / "vault"))
    settings.cache_clear()

    assert write_backup(tmp_path / "cases.dump") == 2
    assert list(tmp_path.iterdir()) == []
    assert "ne se gardent pas ensemble" in capsys.readouterr().err


def test_accounts_come_back_and_no_session_does(
    referred: str, database: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, now = tmp_path / "cases.dump", SystemClock().now()
    siret = "00000021000013"
    add_account("ref-21-a", [], OidcLink("https://fournisseur.example", "agent", siret))
    with session() as opened:
        token = open_session(
            opened, opened.get_one(Account, "ref-21-a"), Means.PROVIDER, now, "jeton"
        )
    assert identity_of(token)
    assert write_backup(file) == 0

    with own_database(database, monkeypatch, template="template1"):
        assert restore_backup(file) == 0
        assert [sheet.account.code for sheet in account_sheets()] == ["ref-21-a"]
        assert identity_of(token) is None


def test_nothing_is_restored_over_what_is_there(
    backup: Path, referred: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = journal.entries(referred)

    assert restore_backup(backup) == 2
    assert journal.entries(referred) == before
    assert "n'est pas vide" in capsys.readouterr().err


@pytest.mark.parametrize("kept", [0.2, 0.9])
def test_a_file_cut_short_restores_nothing(
    backup: Path, database: World, monkeypatch: pytest.MonkeyPatch, kept: float
) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * kept)])

    with own_database(database, monkeypatch, template="cases"):
        assert restore_backup(backup) == 2
        assert is_empty()


def test_a_backup_of_a_later_release_restores_nothing(
    referred: str,
    tmp_path: Path,
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with session() as opened:
        opened.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert write_backup(tmp_path / "later.dump") == 0

    with own_database(database, monkeypatch, template="cases"):
        assert restore_backup(tmp_path / "later.dump") == 2
        assert is_empty()
    assert "plus recente" in capsys.readouterr().err


def test_a_file_that_is_no_backup_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("Bonjour", encoding="utf-8")

    assert restore_backup(tmp_path / "letter.txt") == 2
    assert restore_backup(tmp_path / "absent") == 2
    assert "pg_restore a refusé" in capsys.readouterr().err


def test_an_answer_that_the_run_of_before_left_in_its_last_form_is_still_collected(
    referred: str,
) -> None:
    other = uuid4()
    with session() as opened:
        departure = opened.exec(select(Departure)).one()
        departure.flow_run = other
        opened.execute(
            text("INSERT INTO suspension (reference, flow_run, opened_at) VALUES (:r, :f, now())"),
            {"r": referred, "f": UUID(int=7)},
        )

    assert [shown.flow_run for shown in runs.uncollected(referred)] == [UUID(int=7)]


def test_tools_older_than_the_server_are_refused_and_the_closest_are_taken() -> None:
    old, same, new = (Path("old"), 15), (Path("same"), 18), (Path("new"), 19)

    assert fitting(18, [old, new, same]) == Path("same")
    assert fitting(18, [old, new]) == Path("new")
    with pytest.raises(ToolsMissing) as refused:
        fitting(18, [old])
    assert "PostgreSQL 18" in str(refused.value)
    assert "15" in str(refused.value)
