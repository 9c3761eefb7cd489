"""JournalEntry — journal : what happened, in order, for ever. Codes only, no narrative."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.measure import Measure


class Event(StrEnum):
    """What the journal can say; its French sentence is in `models.labels`."""

    REFERRAL_RECEIVED = "referral_received"
    PROPOSAL_ACKNOWLEDGED = "proposal_acknowledged"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    QUESTION_DROPPED = "question_dropped"
    QUESTION_OVERDUE = "question_overdue"
    ANSWER_TOO_LATE = "answer_too_late"
    WISH_EXPRESSED = "wish_expressed"
    DANGER_SET = "danger_set"
    DEPARTURE_PLANNED = "departure_planned"
    DEPARTURE_MOVED = "departure_moved"
    MEASURE_MOVED = "measure_moved"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_ENDED = "consent_ended"
    REQUEST_OPENED = "request_opened"
    REQUEST_MOVED = "request_moved"
    CHANNEL_CHANGED = "channel_changed"
    ACT_INTENDED = "act_intended"
    ACT_DONE = "act_done"
    ACT_FAILED = "act_failed"
    ACT_GIVEN_UP = "act_given_up"
    REPLY_RECEIVED = "reply_received"
    REPLY_TOO_LATE = "reply_too_late"
    INFORMATION_RECEIVED = "information_received"
    DEADLINE_REACHED = "deadline_reached"
    OFFER_EXPIRED = "offer_expired"
    OFFER_EXTENDED = "offer_extended"
    LADDER_CLIMBED = "ladder_climbed"
    STOP_GAP_IN_PLACE = "stop_gap_in_place"
    PROTECTION_NOTED = "protection_noted"
    AGENCY_EXCLUDED = "agency_excluded"
    DEPARTURE_TRANSFERRED = "departure_transferred"
    RUN_STARTED = "run_started"
    RUN_RESTARTED = "run_restarted"
    HUMAN_NEEDED = "human_needed"
    PERSON_EXPORTED = "person_exported"
    PERSON_ERASED = "person_erased"


class JournalEntry(SQLModel, table=True):
    """One line of the journal. The database refuses to change or delete it."""

    __tablename__ = "journal"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    at: datetime = instant()
    event: Event = coded(Event)
    measure: Measure | None = coded(Measure, default=None, nullable=True)
    agency: str | None = None
    code: str | None = None
    """The code of a state, choice, reply, reason or deadline."""
    by: str | None = None
    """Who: a referent's code, a channel, an agency, or nobody for the platform itself."""
    on: datetime | None = optional_instant()
    """A date that the line speaks of: an appointment, a hearing, an expiry."""
