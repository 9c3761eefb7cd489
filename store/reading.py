"""The one door of the vault: who opens it says who they are and why, and a line is written with it.

Nothing else of the platform opens the vault (`tests/house/test_vault_has_one_door.py`).
"""

from dataclasses import dataclass

from sqlmodel import Session

from models.audit import AuditEvent, Purpose
from models.person import Person
from models.referral import Referral
from store.audit import append
from store.engine import session
from store.vault import open_person, open_referral


@dataclass(frozen=True)
class Reader:
    """Who opens the vault, why, and for which act or request."""

    by: str
    why: Purpose
    about: str | None = None


def referral_for(opened: Session, reference: str, reader: Reader) -> Referral:
    """Return the referral of a departure; that it was read is committed with the caller's
    transaction, before which the caller must let nothing of it out.

    Raises `VaultEntryMissing`, `SealBroken` or `VaultKeyInvalid`: nothing was read then.
    """
    referral = open_referral(opened, reference)
    _tell(opened, reference, reader)
    return referral


def person_for(opened: Session, reference: str, reader: Reader) -> Person:
    """Return the person of a departure. As `referral_for` does."""
    person = open_person(opened, reference)
    _tell(opened, reference, reader)
    return person


def read_person(reference: str, reader: Reader) -> Person:
    """Return the person once the line that tells of it is committed. Raises as `referral_for`."""
    with session() as opened:
        person = person_for(opened, reference, reader)
    return person


def _tell(opened: Session, reference: str, reader: Reader) -> None:
    append(
        opened,
        reference,
        AuditEvent.VAULT_OPENED,
        by=reader.by,
        code=reader.why.value,
        about=reader.about,
    )
