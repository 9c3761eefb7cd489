"""VaultEntry — coffre : one sealed document of one departure; unreadable without its key."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import instant

OWN_KEY = "own"
"""Sealed by the departure's own key (`DataKey`). Anything else names the master key with which the
release before sealed directly.
"""


class VaultEntry(SQLModel, table=True):
    """Everything personal about a departure, encrypted. Its key is apart, in `data_key`."""

    __tablename__ = "vault_entry"

    reference: str = Field(primary_key=True, foreign_key="departure.reference")
    purpose: str
    """What was sealed: ``referral``. Part of what the seal protects."""
    key_id: str
    """`OWN_KEY`, or the name of the master key of before; says nothing about the key."""
    nonce: bytes
    sealed: bytes
    sealed_at: datetime = instant()
