"""AgencySilence — silence d'un organisme : one episode, told to the admin once, ended by a word."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.columns import instant, optional_instant


class AgencySilence(SQLModel, table=True):
    """One agency has been silent for longer than it ever is. Nothing of a departure is in it."""

    __tablename__ = "agency_silence"
    __table_args__ = (
        # Rule: one episode at a time; two watches that look at once tell it once.
        Index(
            "agency_silence_open",
            "agency",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    """The number of its event in Prefect too: told again after a crash, it is the same event."""
    agency: str
    territory: str
    since: datetime = instant()
    noticed_at: datetime = instant()
    lasted_seconds: int
    """How long it had lasted when it was noticed, in the agency's own time."""
    usual_seconds: int
    waiting: int
    """How many requests waited for its word."""
    told_at: datetime | None = optional_instant()
    ended_at: datetime | None = optional_instant()
    """When it spoke, or nobody waited any more."""
