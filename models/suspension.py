"""Suspension — mise en sommeil : the nth form shown for a departure, and whether its answers were
collected.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from models.columns import instant, optional_instant


class Suspension(SQLModel, table=True):
    """Its number is the key under which Prefect keeps the form: fresh at each sleep, so none is
    skipped.
    """

    __tablename__ = "suspension"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    flow_run: UUID
    opened_at: datetime = instant()
    collected_at: datetime | None = optional_instant()
