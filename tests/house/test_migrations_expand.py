"""A migration only expands: the release before goes on working on the new shape, side by side.

Read in the source, from 0003 on: 0002 came before the rule. A text of the source counts too, for
SQL can drop what `op` would not.
"""

import ast
import re
from pathlib import Path

import pytest

from core.settings import ROOT

_VERSIONS = ROOT / "store" / "migrations" / "versions"
_FIRST = "0003"
_TAKES_AWAY = {"drop_table", "drop_column", "rename_table", "drop_schema"}
_IN_SQL = re.compile(
    r"\b(drop\s+(table|column|schema)|rename\s+(to|column)|set\s+not\s+null)\b", re.I
)

_MIGRATIONS = sorted(path for path in _VERSIONS.glob("[0-9]*.py") if path.name[:4] >= _FIRST)


def contractions(source: str) -> list[str]:
    """Return what a migration takes from the release before, line by line."""
    upgrade = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
    texts = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = [f"{call.lineno}: {said}" for call in calls if (said := _taken_by(call))]
    return found + [f"{text.lineno}: SQL" for text in texts if _IN_SQL.search(str(text.value))]


def _taken_by(call: ast.Call) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in _TAKES_AWAY:
        return name
    if name == "alter_column":
        named = {word.arg: word.value for word in call.keywords}
        if "new_column_name" in named or "type_" in named or _is_false(named.get("nullable")):
            return name
    if name == "add_column":
        column = next(part for part in call.args if isinstance(part, ast.Call))
        words = {word.arg: word.value for word in column.keywords}
        if _is_false(words.get("nullable")) and "server_default" not in words:
            return "add_column without a default"
    return None


def _is_false(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_no_migration_takes_away_what_the_release_before_needs() -> None:
    taken = {path.name: contractions(path.read_text(encoding="utf-8")) for path in _MIGRATIONS}

    assert {name: lines for name, lines in taken.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_table("facts")',
        'op.drop_column("question", "about")',
        'op.rename_table("facts", "known")',
        'op.alter_column("question", "about", new_column_name="subject")',
        'op.alter_column("question", "about", nullable=False)',
        'op.alter_column("question", "about", type_=sa.Integer())',
        'op.add_column("question", sa.Column("colour", sa.String(), nullable=False))',
        'op.execute("ALTER TABLE question DROP COLUMN about")',
        'op.execute("ALTER TABLE question ALTER about SET NOT NULL")',
    ],
)
def test_what_takes_away_is_seen(line: str) -> None:
    assert contractions(f"def upgrade() -> None:\n    {line}\n")


@pytest.mark.parametrize(
    "line",
    [
        'op.add_column("question", sa.Column("colour", sa.String(), nullable=True))',
        'op.add_column("q", sa.Column("c", sa.String(), nullable=False, server_default=""))',
        'op.alter_column("question", "about", nullable=True)',
        'op.create_table("colour", sa.Column("name", sa.String(), nullable=False))',
        'op.drop_index("ix_question_about")',
    ],
)
def test_what_only_expands_passes(line: str) -> None:
    assert contractions(f"def upgrade() -> None:\n    {line}\n") == []


def test_the_rule_is_read_on_the_right_files() -> None:
    assert Path(_VERSIONS / "0001_the_case_store.py").exists()
    assert contractions((_VERSIONS / "0002_the_hard_truths.py").read_text(encoding="utf-8")) == []
