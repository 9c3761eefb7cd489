"""The seal of a chain's head, with a key that is not in the database."""

import hmac
from typing import Protocol

from models.audit import sealed_words
from models.audit_check import BreakKind
from store.master_keys import derived, master_keys


class SealedHead(Protocol):
    """The head of a chain, as stored."""

    @property
    def chain(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def noted(self) -> int: ...
    @property
    def key_id(self) -> str: ...
    @property
    def seal(self) -> bytes: ...


def audit_keys() -> dict[str, bytes]:
    """Return the audit keys that this process knows by the names that may be shown, the current one
    first. Raises `VaultKeyInvalid`.
    """
    return {key.id: derived(key.secret, "audit") for key in master_keys().known.values()}


def sealed_now(chain: str, number: int, digest: bytes, noted: int) -> tuple[str, bytes]:
    """Return the name of the current key, and the seal of a head with it."""
    key_id, key = next(iter(audit_keys().items()))
    return key_id, _seal(key, chain, number, digest, noted, key_id)


def what_is_wrong(head: SealedHead) -> BreakKind | None:
    """Return what is wrong with the seal of a head, None when it is the one that was put there."""
    key = audit_keys().get(head.key_id)
    if key is None:
        return BreakKind.OTHER_KEY
    due = _seal(key, head.chain, head.number, head.digest, head.noted, head.key_id)
    return None if hmac.compare_digest(due, head.seal) else BreakKind.UNSEALED


def _seal(key: bytes, chain: str, number: int, digest: bytes, noted: int, key_id: str) -> bytes:
    return hmac.digest(key, sealed_words(chain, number, digest, noted, key_id), "sha256")
