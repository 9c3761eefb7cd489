"""Sealing bytes with AES-256-GCM, bound to whose they are; a departure's key is wrapped so too."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.data_key import DataKey
from store.master_keys import KEY_BYTES, derived, master_keys

_NONCE_BYTES = 12
_PURPOSE = "data key"


class SealBroken(Exception):
    """What is stored is not what was sealed under this reference, or another key sealed it."""

    def __init__(self, reference: str, detail: str) -> None:
        super().__init__(reference, detail)
        self.reference = reference
        self.detail = detail


def enclose(key: bytes, document: bytes, *bound_to: str) -> tuple[bytes, bytes]:
    """Return a fresh nonce and the sealed bytes, which open with the same `bound_to` only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce, AESGCM(key).encrypt(nonce, document, _bound(bound_to))


def disclose(key: bytes, nonce: bytes, sealed: bytes, *bound_to: str) -> bytes:
    """Return what was sealed. Raises `SealBroken`; the first of `bound_to` is the reference."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(bound_to))
    except InvalidTag:
        raise SealBroken(bound_to[0], "altered") from None


def draw(reference: str) -> tuple[bytes, DataKey]:
    """Draw the key of a departure, and return it with the row to store."""
    secret = secrets.token_bytes(KEY_BYTES)
    return secret, wrap(reference, secret)


def wrap(reference: str, secret: bytes) -> DataKey:
    """Wrap the key of a departure with the current master key. Raises `VaultKeyInvalid`."""
    current = master_keys().current
    nonce, wrapped = enclose(
        derived(current.secret, "wrap"), secret, reference, _PURPOSE, current.id
    )
    return DataKey(reference=reference, key_id=current.id, nonce=nonce, wrapped=wrapped)


def unwrap(row: DataKey) -> bytes:
    """Return the key of a departure. Raises `SealBroken` or `VaultKeyInvalid`."""
    master = master_keys().known.get(row.key_id)
    if master is None:
        raise SealBroken(row.reference, "another key")
    wrapping = derived(master.secret, "wrap")
    return disclose(wrapping, row.nonce, row.wrapped, row.reference, _PURPOSE, row.key_id)


def _bound(to: tuple[str, ...]) -> bytes:
    # Danger: without it, one person's row copied under another reference would open.
    return "\n".join(to).encode()
