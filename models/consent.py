"""Consent — accord de la personne : given per measure and agency, dated, revocable."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.measure import Measure


class Manner(StrEnum):
    """How the person said yes."""

    WRITTEN = "written"
    ORAL = "oral"
    INTERPRETER = "interpreter"


class Consent(SQLModel, table=True):
    """One yes for one measure at one agency. A new yes after a withdrawal is a new row."""

    __tablename__ = "consent"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    measure: Measure = coded(Measure)
    agency: str
    manner: Manner = coded(Manner)
    given_at: datetime = instant()
    given_through: str
    """Who wrote it down: the prescriber's code, or who answered the question."""
    withdrawn_at: datetime | None = optional_instant()
