"""Deadline — échéance : a row with an instant, never a timer in memory. Silence at that instant is
news.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.measure import Measure


class DeadlineKind(StrEnum):
    """What was expected, or planned, at that instant."""

    QUESTION = "question"
    """The referent answers."""
    ACKNOWLEDGE = "acknowledge"
    """The agency says it has the request."""
    REPLY = "reply"
    """The agency decides."""
    STATUTORY = "statutory"
    """The law's own period, from reception, whatever is missing (AUU, CASF L214-10)."""
    REMINDED = "reminded"
    """Written before 0.2 only: a reminder, which is now the first step of a ladder."""
    LADDER = "ladder"
    """A step of a ladder takes effect, or the next one is climbed."""
    DELIVER = "deliver"
    """What was promised is there."""
    RETRY = "retry"
    """An agency that was away is asked again, under the same key."""
    ASK_AGAIN = "ask_again"
    """A question is put again."""
    START = "start"
    """A measure's request leaves, a planned departure being near."""
    FOLLOW_UP = "follow_up"
    """J+7, J+30, J+90 after the departure."""
    REASK = "reask"
    """An agency that had no place is asked once more."""
    DANGER_REVIEW = "danger_review"
    """The danger is assessed anew."""
    COURT = "court"
    """A judge decides: shown, and asked about; counted as courts count (CPC 640 to 642)."""
    LEGAL_END = "legal_end"
    """Warns that a right or a protection is about to end."""
    CONSENT_WARNING = "consent_warning"
    CONSENT_END = "consent_end"


class Deadline(SQLModel, table=True):
    """One deadline. `source` says which law or local rule it comes from."""

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("reference", "slot"),
        # What `watch` sweeps: only the deadlines that still run.
        Index(
            "deadline_running",
            "due_at",
            postgresql_where=text("met_at IS NULL AND reached_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    slot: str
    kind: DeadlineKind = coded(DeadlineKind)
    due_at: datetime = instant()
    source: str
    request_id: int | None = Field(default=None, foreign_key="agency_request.id")
    question_id: int | None = Field(default=None, foreign_key="question.id")
    measure: Measure | None = coded(Measure, default=None, nullable=True)
    rung: int | None = None
    """For a ladder: which of its steps was climbed, from 0."""
    about: str | None = None
    """The right, the protection or the consent whose end it speaks of."""
    met_at: datetime | None = optional_instant()
    reached_at: datetime | None = optional_instant()

    @property
    def is_running(self) -> bool:
        """Whether something is still expected."""
        return self.met_at is None and self.reached_at is None
