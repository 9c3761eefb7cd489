"""Question — question au référent : what a human must decide, what may be answered, and by when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.measure import Measure
from models.reply import Detail


class QuestionKind(StrEnum):
    """What is asked."""

    FIRST_CONTACT = "first_contact"
    DANGER = "danger"
    CONFIRM_MEASURE = "confirm_measure"
    DEPARTURE_DAY = "departure_day"
    SIGN_PLAN = "sign_plan"
    DANGER_NOW = "danger_now"
    CALL_AGENCY = "call_agency"
    TELL_RECALL = "tell_recall"
    OFFER = "offer"
    MISSING_DOCUMENT = "missing_document"
    NEXT_STEP = "next_step"
    LATE_REPLY = "late_reply"
    CONFIRM_DELIVERY = "confirm_delivery"
    FOLLOW_UP = "follow_up"
    TAKE_BACK = "take_back"
    REOPEN = "reopen"
    CLOSE = "close"


class Choice(StrEnum):
    """Everything that can be answered. Labels are distinct: the form sends them back."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    UNSAFE = "unsafe"
    CONTACT_LOST = "contact_lost"

    WATCH = "watch"
    HIGH = "high"
    IMMEDIATE = "immediate"

    AGREED_WRITTEN = "agreed_written"
    AGREED_ORAL = "agreed_oral"
    AGREED_INTERPRETER = "agreed_interpreter"
    NOT_WANTED = "not_wanted"

    LEAVES_NOW = "leaves_now"
    LEAVES_IN_3_DAYS = "leaves_in_3_days"
    LEAVES_IN_7_DAYS = "leaves_in_7_days"
    LEAVES_IN_14_DAYS = "leaves_in_14_days"
    LEAVES_IN_30_DAYS = "leaves_in_30_days"

    SIGN = "sign"
    REVISE = "revise"

    POLICE_CALLED = "police_called"
    SHELTERED = "sheltered"
    NOT_IMMEDIATE = "not_immediate"

    CALL_TAKEN = "call_taken"
    CALL_ACCEPTED = "call_accepted"
    CALL_DONE = "call_done"
    CALL_NO_CAPACITY = "call_no_capacity"
    CALL_REFUSED = "call_refused"
    CALL_NO_ANSWER = "call_no_answer"

    RECALL_TOLD = "recall_told"

    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"

    SUPPLIED = "supplied"
    CANNOT_SUPPLY = "cannot_supply"

    ASK_NEXT_AGENCY = "ask_next_agency"
    ASK_AGAIN = "ask_again"
    GIVE_UP = "give_up"

    TAKE_UP = "take_up"
    FILE_AWAY = "file_away"

    CONFIRMED = "confirmed"
    NOT_YET = "not_yet"
    NOT_OBTAINED = "not_obtained"

    STABLE = "stable"
    DIFFICULTY = "difficulty"
    WENT_BACK = "went_back"
    NO_CONTACT = "no_contact"

    TAKE_BACK_AUU = "take_back_auu"
    TAKE_BACK_HOUSING = "take_back_heberg"
    TAKE_BACK_CHILDCARE = "take_back_garde"
    TAKE_BACK_EMPLOYMENT = "take_back_emploi"
    TAKE_BACK_TRAINING = "take_back_formation"
    TAKE_BACK_PSY = "take_back_psy"
    TAKE_BACK_JUSTICE = "take_back_justice"
    TAKE_BACK_NOTHING = "take_back_nothing"

    REOPEN = "reopen"

    CLOSE_EXIT = "close_exit"
    CLOSE_MOVED = "close_moved"
    CLOSE_RETURNED = "close_returned"
    CLOSE_LOST_CONTACT = "close_lost_contact"
    CLOSE_WITHDRAWN = "close_withdrawn"
    KEEP_OPEN = "keep_open"


class Wish(StrEnum):
    """The last field of every form: what a referent may want at any moment."""

    NOTHING = "nothing"
    TAKE_BACK = "take_back"
    WENT_BACK = "went_back"
    DANGER = "danger"
    CLOSE = "close"


class Question(SQLModel, table=True):
    """One question. The first answer wins; the answer lives here, with who gave it."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("reference", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    slot: str
    """Names the occasion, such as ``offer:12:evt-3:1``: one occasion is asked once."""
    kind: QuestionKind = coded(QuestionKind)
    options: list[str] = Field(sa_column=Column(JSON, nullable=False))
    measure: Measure | None = coded(Measure, default=None, nullable=True)
    request_id: int | None = Field(default=None, foreign_key="agency_request.id")
    agency: str | None = None
    """The agency the question speaks of."""
    offer: str | None = None
    detail: Detail | None = coded(Detail, default=None, nullable=True)
    day: int | None = None
    """For a follow-up: J+7, J+30, J+90."""
    news_id: int | None = Field(default=None, foreign_key="news.id")
    """For a late reply: the news a human must judge."""
    opened_at: datetime = instant()
    due_at: datetime = instant()
    overdue_at: datetime | None = optional_instant()
    """When silence on it was escalated to the coordinator."""
    answer: Choice | None = coded(Choice, default=None, nullable=True)
    answered_at: datetime | None = optional_instant()
    answered_by: str | None = None
    dropped_at: datetime | None = optional_instant()
    """When it stopped being of use; it can no longer be answered."""

    @property
    def is_open(self) -> bool:
        """Whether a human may still answer it."""
        return self.answered_at is None and self.dropped_at is None

    @property
    def field(self) -> str:
        """Its name in the form: a stale browser tab is refused by the schema."""
        return f"q{self.id}"
