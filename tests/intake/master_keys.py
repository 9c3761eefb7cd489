"""What the tests of the vault share: three master keys, and what a process knows of them."""

import base64
from uuid import uuid4

import pytest

from core.settings import settings
from models.referral import Referral
from store.referrals import open_departure
from tests.intake.invented import NOW

FIRST, SECOND, THIRD = (
    base64.urlsafe_b64encode(bytes(range(start, start + 32))).decode() for start in (0, 70, 140)
)


def knows(monkeypatch: pytest.MonkeyPatch, current: str, *others: str) -> None:
    """Make this process one that wraps with a key, and knows others."""
    monkeypatch.setenv("PND_VAULT_KEY", current)
    monkeypatch.setenv("PND_VAULT_KEYS_OTHER", " ".join(others))
    settings.cache_clear()


def filed(referral: Referral, count: int) -> dict[str, Referral]:
    """File a referral under as many numbers; return what each departure holds."""
    several = [referral.model_copy(update={"referral_id": uuid4()}) for _ in range(count)]
    return {open_departure(one, NOW).reference: one for one in several}
