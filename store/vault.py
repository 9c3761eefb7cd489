"""The vault: personal data sealed with AES-256-GCM. The key is in the environment only."""

import base64
import binascii
import hmac
import json
import secrets
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session

from core.settings import settings
from models.person import Person
from models.referral import Referral
from models.vault_entry import VaultEntry

_PURPOSE = "referral"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_FEWEST_DISTINCT_BYTES = 16
"""32 random bytes hold about 30 distinct values; fewer than 16 is a typed password or a filler."""


class VaultKeyInvalid(Exception):
    """PND_VAULT_KEY is absent, malformed or weak. Carries no part of the key."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"PND_VAULT_KEY {self.problem} : il faut 32 octets aléatoires en base64 urlsafe "
            "(python -c 'import base64, secrets; "
            "print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())')."
        )


class VaultEntryMissing(Exception):
    """Nothing is sealed under this reference: never was, or erased since."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class SealBroken(Exception):
    """What is stored is not what was sealed under this reference, or another key sealed it."""

    def __init__(self, reference: str, detail: str) -> None:
        super().__init__(reference, detail)
        self.reference = reference
        self.detail = detail


def check_key() -> None:
    """Raise `VaultKeyInvalid` when the vault cannot work with the key of this process."""
    _master_key()


def seal(session: Session, reference: str, referral: Referral, now: datetime) -> None:
    """Seal a referral under a reference, in the caller's transaction. Raises `VaultKeyInvalid`."""
    key = derived_key("seal")
    key_id = _key_id()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(
        nonce, referral.model_dump_json().encode(), _bound_to(reference, _PURPOSE, key_id)
    )
    session.add(
        VaultEntry(
            reference=reference,
            purpose=_PURPOSE,
            key_id=key_id,
            nonce=nonce,
            sealed=sealed,
            sealed_at=now,
        )
    )


def open_referral(session: Session, reference: str) -> Referral:
    """Return the referral sealed under a reference.

    Raises `VaultEntryMissing`, `SealBroken` (altered, moved from another row, or another key) or
    `VaultKeyInvalid`.
    """
    entry = session.get(VaultEntry, reference)
    if entry is None:
        raise VaultEntryMissing(reference)
    if entry.key_id != _key_id():
        raise SealBroken(reference, "another key")
    bound_to = _bound_to(reference, _PURPOSE, entry.key_id)
    try:
        document = AESGCM(derived_key("seal")).decrypt(entry.nonce, entry.sealed, bound_to)
    except InvalidTag:
        raise SealBroken(reference, "altered") from None
    return Referral.model_validate_json(document)


def open_person(session: Session, reference: str) -> Person:
    """Return the person of a departure. Raises as `open_referral` does."""
    return open_referral(session, reference).person


def fingerprint(referral: Referral) -> str:
    """Return a keyed digest of a referral: tells two contents apart without keeping either.

    Two writings of one content (spaces, order of keys, fields left to their default) are equal.
    The digest changes with the vault key. Raises `VaultKeyInvalid`.
    """
    canonical = json.dumps(
        referral.model_dump(mode="json", exclude_defaults=True),
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.new(derived_key("fingerprint"), canonical.encode(), sha256).hexdigest()


def derived_key(use: str) -> bytes:
    """Return 32 bytes for one use, drawn from the vault key. Raises `VaultKeyInvalid`."""
    # Rule: one key per use, so that a digest or a link never says anything about a seal.
    hkdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"vault {use}".encode())
    return hkdf.derive(_master_key())


def _master_key() -> bytes:
    text = settings().vault_key.get_secret_value()
    if not text:
        raise VaultKeyInvalid("est absente")
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise VaultKeyInvalid("n'est pas en base64 urlsafe") from None
    if len(key) != _KEY_BYTES:
        raise VaultKeyInvalid("n'a pas 32 octets")
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise VaultKeyInvalid("n'est pas aléatoire")
    return key


def _key_id() -> str:
    return derived_key("key id")[:8].hex()


def _bound_to(reference: str, purpose: str, key_id: str) -> bytes:
    # Danger: without it, one person's row copied under another reference would open.
    return "\n".join((reference, purpose, key_id)).encode()
