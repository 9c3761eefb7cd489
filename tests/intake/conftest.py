"""An invented referral, the territories as shipped, a vault key."""

import base64
import copy
import json
from collections.abc import Iterator

import pytest

from core.settings import ROOT, settings
from models.referral import Referral
from models.territories import load_territories
from models.territory import Territory
from tests.intake.invented import Document, use_vault_key

_EXAMPLE: Document = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_bytes())


@pytest.fixture(scope="session")
def territories() -> dict[str, Territory]:
    """The territories as shipped."""
    return load_territories(ROOT / "territories")


@pytest.fixture
def document() -> Document:
    """A referral that is right, to be spoiled."""
    return copy.deepcopy(_EXAMPLE)


@pytest.fixture
def referral(document: Document) -> Referral:
    """The same, read."""
    return Referral.model_validate_json(json.dumps(document))


@pytest.fixture
def vault_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A vault key that is right, for this test only."""
    key = bytes(range(32))
    use_vault_key(monkeypatch, base64.urlsafe_b64encode(key).decode())
    yield key
    monkeypatch.undo()
    settings.cache_clear()
