"""Pace — cadence : how fast an agency may call back. Real time, that of the database.

One row for each agency, shared by all doors; a callback that is refused leaves it as it was.
"""

from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel

from models.columns import instant

# Rule: what an agency may say at once is what it may say in a minute.
BURST = timedelta(minutes=1)


class Pace(SQLModel, table=True):
    """How far ahead of its pace an agency is."""

    __tablename__ = "callback_pace"

    agency: str = Field(primary_key=True)
    ahead_until: datetime = instant()
    """When all that it has said will have been said at its pace."""
