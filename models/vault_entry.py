"""VaultEntry — coffre : one sealed document of one departure; unreadable without the vault key."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import instant


class VaultEntry(SQLModel, table=True):
    """Everything personal about a departure, encrypted. Deleting the row forgets the person."""

    __tablename__ = "vault_entry"

    reference: str = Field(primary_key=True, foreign_key="departure.reference")
    purpose: str
    """What was sealed: ``referral``. Part of what the seal protects."""
    key_id: str
    """Which vault key sealed it; says nothing about the key."""
    nonce: bytes
    sealed: bytes
    sealed_at: datetime = instant()
