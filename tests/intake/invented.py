"""What the tests of the intake share: an instant, the shipped examples, a way to give a key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.settings import ROOT, settings
from models.person import Person
from store.engine import session
from store.vault import open_person

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))

Document = dict[str, Any]


def use_vault_key(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Give this process a vault key."""
    monkeypatch.setenv("PND_VAULT_KEY", text)
    settings.cache_clear()


def read_person_of(reference: str) -> Person:
    """Look into the vault as no process may: without a line in the audit."""
    with session() as opened:
        return open_person(opened, reference)
