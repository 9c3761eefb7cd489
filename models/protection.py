"""Protection — mesure de protection : what a judge or a prosecutor decided for the person. Tracked
here, never filed from here.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant


class ProtectionKind(StrEnum):
    """Protections of the civil code and of the code of penal procedure."""

    OP = "op"
    """Ordonnance de protection (C. civ. 515-9 and following)."""
    OPPI = "oppi"
    """Ordonnance provisoire de protection immédiate (C. civ. 515-13-1)."""
    TGD = "tgd"
    """Téléphone grave danger (CPP 41-3-1)."""
    BAR = "bar"
    """Bracelet anti-rapprochement."""
    PROSECUTION = "prosecution"
    """Criminal follow-up of the alleged perpetrator: it opens some rights."""


class ProtectionState(StrEnum):
    """Where it stands."""

    ASKED = "asked"
    HEARING_FIXED = "hearing_fixed"
    GRANTED = "granted"
    REFUSED = "refused"
    STARTED = "started"
    ENDED = "ended"


class Protection(SQLModel, table=True):
    """One protection of one departure: where it stands, and until when it holds."""

    __tablename__ = "protection"
    __table_args__ = (UniqueConstraint("reference", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    kind: ProtectionKind = coded(ProtectionKind)
    state: ProtectionState = coded(ProtectionState)
    changed_at: datetime = instant()
    ends_at: datetime | None = optional_instant()
