"""The vault is opened by one module, which tells of it: no other can, by name, by row or by key."""

import ast
from collections.abc import Iterator

import pytest

from core.settings import ROOT

_FOLDERS = ("core", "models", "store", "connectors", "tasks", "flows", "gateway", "cli", "sandbox")
# What opens the vault, the row in which it is sealed, what unseals; and who may name each.
_MAY = {
    "open_referral": {"store/vault.py", "store/reading.py"},
    "open_person": {"store/reading.py"},
    # To seal anew, to erase and to say whose key is lost; none of them unseals.
    "VaultEntry": {
        "store/erasure.py",
        "store/key_copies.py",
        "store/rotation.py",
        "store/vault.py",
    },
    # A session keeps what the provider said of an agent, sealed by the session's own token.
    "AESGCM": {"store/envelope.py", "store/sessions.py"},
    "disclose": {"store/vault.py", "store/envelope.py"},
}


def names_in(source: str) -> set[str]:
    """Return every name that a module imports, reads or reaches by a dot."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def modules() -> Iterator[tuple[str, set[str]]]:
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), names_in(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(_MAY))
def test_only_the_door_of_the_vault_names_what_opens_it(name: str) -> None:
    named = {path for path, names in modules() if name in names}

    assert named == _MAY[name]


@pytest.mark.parametrize(
    "line",
    [
        "from store.vault import open_person",
        "vault.open_person(opened, reference)",
        'getattr(vault, "open_person")',
        "from store import vault as v; v.open_person",
    ],
)
def test_each_way_to_name_it_is_seen(line: str) -> None:
    assert "open_person" in names_in(line)
