"""What the release before 0005 wrote in the vault, and how it read it: by the master key alone."""

from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.referral import Referral
from models.vault_entry import VaultEntry


def row_of_before(key: str, reference: str, referral: Referral, at: datetime) -> dict[str, Any]:
    """Return a row of `vault_entry`, sealed by a master key."""
    key_id, nonce = _drawn(key, "key id")[:8].hex(), bytes(range(12))
    bound_to = f"{reference}\nreferral\n{key_id}".encode()
    document = referral.model_dump_json().encode()
    return {
        "reference": reference,
        "purpose": "referral",
        "key_id": key_id,
        "nonce": nonce,
        "sealed": AESGCM(_drawn(key, "seal")).encrypt(nonce, document, bound_to),
        "sealed_at": at,
    }


def read_as_before(key: str, entry: VaultEntry) -> bytes:
    """Return what that release reads in a row. Raises `InvalidTag`."""
    bound_to = f"{entry.reference}\nreferral\n{entry.key_id}".encode()
    return AESGCM(_drawn(key, "seal")).decrypt(entry.nonce, entry.sealed, bound_to)


def _drawn(key: str, use: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"vault {use}".encode())
    return hkdf.derive(urlsafe_b64decode(key))
