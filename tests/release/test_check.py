"""`pnd release check`, to the end: releases made from this tree, copies of the store, two codes."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from cli.release import release_app
from cli.store_copies import COPY, CopyRefused, copies
from core.settings import settings
from store.cases import read_case
from tests.release.tree import Tree
from tests.rules.grounds import InPostgres
from tests.rules.walk import Walk

# Two releases start in processes of their own, on a busy machine.
pytestmark = pytest.mark.timeout(300)

_DONE, _TO_CORRECT, _NO_ANSWER = 0, 2, 3

Make = Callable[[str], Tree]


def _check(tree: Tree, *options: str) -> tuple[int, str]:
    """Return the exit code, and all that was said."""
    ended = CliRunner().invoke(release_app, ["check", "--new", str(tree.folder), *options])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


def _name(url: str) -> str:
    return make_url(url).database or ""


def _reached(url: str) -> str:
    return url.replace("+psycopg", "")


def _databases(store: str) -> list[str]:
    """Return the copies of this store that are left on its server."""
    with psycopg.connect(_reached(store)) as admin:
        rows = admin.execute("SELECT datname FROM pg_database").fetchall()
    return [name for (name,) in rows if name.startswith(f"{COPY}{_name(store)}")]


def _rows(references: dict[str, str]) -> list[list[dict[str, Any]]]:
    """Return what the store holds of each departure."""
    found = []
    for reference in references.values():
        case = read_case(reference)
        assert case is not None
        rows = (case.departure, *case.questions, *case.deadlines, *case.acts, *case.requests)
        found.append([row.model_dump() for row in rows])
    return found


def test_a_release_that_changes_no_rule_is_identical_and_nothing_is_touched(
    next_release: Make, departures: dict[str, str], lived_store: str
) -> None:
    tree = next_release("same").adds_a_migration(
        'op.add_column("question", sa.Column("colour", sa.String(), nullable=True))'
    )
    before = _rows(departures)

    code, said = _check(tree)

    assert code == _DONE, said
    assert "4 départs répétés sous les deux versions" in said
    assert "4 départs : identique." in said
    assert _rows(departures) == before
    assert _databases(lived_store) == []


def test_a_release_that_only_adds_is_safe(next_release: Make, departures: dict[str, str]) -> None:
    tree = next_release("more")
    tree.changes("models/wording.py", "Départ — quand la personne part-elle ?", "Quel jour ?")
    tree.changes(
        "models/journey/plan.py",
        "    return [*questions, ask(",
        '    questions += [ask(case, QuestionKind.RELAY, "relais:1", (Choice.RELAY_TOLD,))]\n'
        "    return [*questions, ask(",
    )

    code, said = _check(tree)

    assert code == _DONE, said
    # The one on a plan at its next pass, the one on a first contact when the person is reached.
    both = {
        f"{departures[a]}, {departures[b]}" for a, b in (("plan", "contact"), ("contact", "plan"))
    }
    assert "0 départ : changement à juger." in said
    for what in ("en plus « Relais en cas de difficulté »", "autrement « Jour du départ »"):
        assert any(f"demanderait {what}, pour 2 départs : {one}" in said for one in both)


def test_a_release_that_would_send_again_is_refused(
    next_release: Make, departures: dict[str, str], lived_store: str
) -> None:
    tree = next_release("again").changes("models/request.py", ":{self.attempt}", "#{self.attempt}")

    code, said = _check(tree)

    filed, under_way = departures["filed"], departures["under_way"]
    assert code == _TO_CORRECT, said
    assert (
        "! renverrait « Envoyer la demande » (Hébergement d'urgence) à siao-95, "
        f"pour 1 départ : {filed}" in said
    )
    assert (
        "! ne reconnaîtrait plus une demande déjà faite (Soutien psychologique) à "
        f"france-victimes-21, pour 1 départ : {under_way}" in said
    )
    assert "Refusé" in said
    assert _databases(lived_store) == []


def test_a_release_that_would_ask_again_or_skip_passes_only_if_it_is_accepted(
    next_release: Make, departures: dict[str, str]
) -> None:
    tree = next_release("skips")
    tree.changes("models/journey/contact.py", 'f"contact:', 'f"first-contact:')
    tree.changes("models/journey/plan.py", "[*questions, ask(", "[*questions] or [ask(")

    code, said = _check(tree, "--accept", "--json")

    told = json.loads(said)
    found = {
        (d["change"], d["code"]): (d["departures"], d["occasions"])
        for d in told["differences"]
        if not d["is_safe"]
    }
    contact = [departures["contact"]]
    assert code == _DONE
    assert found["asks_again", "first_contact"][0] == contact
    skipped, occasions = found["skips", "departure_day"]
    assert skipped == contact
    assert ["first_contact", "reached"] in occasions
    assert told["to_judge"] == contact
    assert set(told["identical"]) == set(departures.values()) - set(contact)


def test_a_release_that_cannot_be_tried_is_refused_and_leaves_no_copy(
    next_release: Make, departures: dict[str, str], lived_store: str, tmp_path: Path
) -> None:
    broken = next_release("broken").adds_a_migration('op.drop_table("nowhere")')
    nothing = Tree(tmp_path)

    code, said = _check(broken)

    assert code == _TO_CORRECT
    assert "Échec : la migration" in said
    assert "nowhere" in said
    assert _databases(lived_store) == []
    code, said = _check(nothing)
    assert code == _TO_CORRECT
    assert "store/rehearsal.py" in said
    code, said = _check(broken, "--at", "2026-11-23T08:00")
    assert code == _TO_CORRECT
    assert "fuseau" in said


def test_going_back_is_tried_on_the_shape_that_the_store_keeps(
    next_release: Make, store: str
) -> None:
    Walk.begins(InPostgres(), "danger-immediat", Random(0), is_kind=True)
    before = next_release("before")
    newest = max((before.folder / "store/migrations/versions").glob("[0-9]*.py"))
    newest.unlink()

    code, said = _check(before)

    assert code == _DONE, said
    assert "1 départ : identique." in said


def test_a_plan_is_told_without_acting(departures: dict[str, str]) -> None:
    before = _rows(departures)

    ended = CliRunner().invoke(release_app, ["plan", "--json", "--at", "2026-11-23T08:00Z"])

    told = json.loads(ended.output)
    assert ended.exit_code == _DONE
    assert {one["reference"] for one in told["departures"]} == set(departures.values())
    assert not any(plan["broken"] for one in told["departures"] for plan in one["plans"])
    assert _rows(departures) == before


# --- The copies


def test_a_copy_holds_everything_but_the_vault(store: str) -> None:
    Walk.begins(InPostgres(), "danger-immediat", Random(0), is_kind=True)

    with copies(2) as urls:
        for url in urls:
            with psycopg.connect(_reached(url)) as copy:
                counts = [
                    copy.execute(f"SELECT count(*) FROM {table}").fetchone()
                    for table in ("departure", "facts", "vault_entry", "data_key")
                ]
            assert counts == [(1,), (1,), (0,), (0,)]


def test_a_copy_is_dropped_when_the_try_is_interrupted(store: str) -> None:
    left: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        _interrupted(store, left)

    assert len(left) == 1
    assert _databases(store) == []


def _interrupted(store: str, left: list[str]) -> None:
    with copies(1):
        left += _databases(store)
        raise KeyboardInterrupt


def test_what_a_killed_try_left_is_dropped_by_the_next_one(store: str) -> None:
    with psycopg.connect(_reached(store), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {COPY}{_name(store)}_left")

    with copies(1) as [copy]:
        assert _databases(store) == [_name(copy)]


def test_two_tries_at_once_do_not_drop_each_other_s_copies(store: str) -> None:
    with copies(1), pytest.raises(CopyRefused), copies(1):
        pass


def test_a_store_that_does_not_answer_is_told(
    next_release: Make, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_DATABASE_URL", store.replace("/cases_", "/nowhere_"))
    settings.cache_clear()

    code, said = _check(next_release("same"), "--at", "2026-11-23T08:00Z")

    assert code == _NO_ANSWER
    assert "PND_DATABASE_URL" in said
