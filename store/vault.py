"""The vault: personal data, sealed under a key of each departure's own, which master keys wrap.

Destroying that key forgets the person wherever the sealed row was copied.
"""

import hmac
import json
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, delete, select

from models.data_key import DataKey
from models.person import Person
from models.referral import Referral
from models.vault_entry import OWN_KEY, VaultEntry
from store.envelope import SealBroken, disclose, draw, enclose, unwrap
from store.master_keys import derived, master_keys

_PURPOSE = "referral"


class VaultEntryMissing(Exception):
    """Nothing is sealed under this reference: never was, or erased since."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def seal(session: Session, reference: str, referral: Referral, now: datetime) -> None:
    """Seal a referral under a reference, in the caller's transaction. Raises `VaultKeyInvalid`."""
    if is_left_to_the_release_before(session):
        master = master_keys().current
        key, key_id = derived(master.secret, "seal"), master.id
    else:
        secret, row = draw(reference)
        session.add(row)
        key, key_id = derived(secret, "seal"), OWN_KEY
    document = referral.model_dump_json().encode()
    nonce, sealed = enclose(key, document, reference, _PURPOSE, key_id)
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


def seal_anew(session: Session, entry: VaultEntry) -> None:
    """Seal under a key of its own what the release before sealed with a master key, in the caller's
    transaction. Raises `SealBroken` or `VaultKeyInvalid`.
    """
    document = _opened(entry, None)
    secret, row = draw(entry.reference)
    session.add(row)
    sealing = derived(secret, "seal")
    entry.nonce, entry.sealed = enclose(sealing, document, entry.reference, _PURPOSE, OWN_KEY)
    entry.key_id = OWN_KEY


def open_referral(session: Session, reference: str) -> Referral:
    """Return the referral sealed under a reference.

    Raises `VaultEntryMissing`, `SealBroken` (altered, moved from another row, another key, or no
    key any more) or `VaultKeyInvalid`.
    """
    # Rule: row and key are read at one instant, or a rotation between the two would break the seal.
    both = select(VaultEntry, DataKey).where(VaultEntry.reference == reference)
    with_key = both.outerjoin(DataKey, col(DataKey.reference) == col(VaultEntry.reference))
    found = session.exec(with_key).one_or_none()
    if found is None:
        raise VaultEntryMissing(reference)
    return Referral.model_validate_json(_opened(*found))


def open_person(session: Session, reference: str) -> Person:
    """Return the person of a departure. Raises as `open_referral` does."""
    return open_referral(session, reference).person


def holds(session: Session, reference: str, referral: Referral) -> bool:
    """Whether this very content is sealed under a reference, however it is written; never, once the
    person was erased. Raises `SealBroken` or `VaultKeyInvalid`.
    """
    # Rule: contents are compared, not digests: no key to keep for ever, and nothing that stays in a
    # backup and could confirm a guess.
    try:
        return open_referral(session, reference) == referral
    except VaultEntryMissing:
        return False


def forget(session: Session, reference: str) -> None:
    """Destroy the key of a departure and what it opens, in the caller's transaction."""
    for table in (DataKey, VaultEntry):
        session.exec(delete(table).where(col(table.reference) == reference))


def fingerprint(session: Session, referral: Referral) -> str:
    """Return the digest by which the release before this one knows a referral again, as long as the
    store is left to it; nothing afterwards. Raises `VaultKeyInvalid`.
    """
    if not is_left_to_the_release_before(session):
        return ""
    canonical = json.dumps(
        referral.model_dump(mode="json", exclude_defaults=True),
        sort_keys=True,
        separators=(",", ":"),
    )
    key = derived(master_keys().current.secret, "fingerprint")
    return hmac.new(key, canonical.encode(), sha256).hexdigest()


def link_keys(session: Session, reference: str) -> list[bytes]:
    """Return what a departure's links may have been drawn from, what new ones are drawn from first.

    A link that was sent stays the same after a rotation, as long as the old key is known. Raises
    `SealBroken` or `VaultKeyInvalid`.
    """
    row = session.get(DataKey, reference)
    own = [unwrap(row)] if row else []
    masters = [master.secret for master in master_keys().known.values()]
    return [derived(key, "letterbox") for key in (*own, *masters)]


def is_left_to_the_release_before(session: Session) -> bool:
    """Whether everything here was sealed by the release before this one, whose processes may still
    run and could not open the new seal. `pnd keys rotate` ends it.
    """
    before = select(VaultEntry.reference).where(VaultEntry.key_id != OWN_KEY).exists()
    since = select(DataKey.reference).exists()
    return session.exec(select(before & ~since)).one()


def _opened(entry: VaultEntry, row: DataKey | None) -> bytes:
    """Return the sealed document, under whichever of the two seals."""
    bound_to = (entry.reference, _PURPOSE, entry.key_id)
    if entry.key_id != OWN_KEY:
        master = master_keys().known.get(entry.key_id)
        if master is None:
            raise SealBroken(entry.reference, "another key")
        secret = master.secret
    elif row is None:
        raise SealBroken(entry.reference, "no key")
    else:
        secret = unwrap(row)
    return disclose(derived(secret, "seal"), entry.nonce, entry.sealed, *bound_to)
