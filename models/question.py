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
    DOUBT = "doubt"
    """Something stands between the person and a yes of the agency: told before sending."""
    LEAK_PATH = "leak_path"
    """What an agency emits by itself would reach the alleged perpetrator."""
    NO_AGENCY = "no_agency"
    """Nobody is left to ask: excluded, or not for this household."""
    ALTERNATIVE = "alternative"
    """An agency stays silent: another one may be asked in parallel."""
    CHECKLIST = "checklist"
    """One line of a list that is gone through with the person."""
    SUICIDAL_RISK = "suicidal_risk"
    NEW_FACT = "new_fact"
    """What happened that changes the danger."""
    PROTECTION = "protection"
    """Where justice stands: tracked, never filed."""
    LEGAL_END = "legal_end"
    """A right or a protection is about to end."""
    RENEW_CONSENT = "renew_consent"
    CANNOT_UNDO = "cannot_undo"
    """A yes ended; what an agency already did stays done."""
    CONFLICT = "conflict"
    TRANSFER = "transfer"
    RELAY = "relay"


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
    NOT_THIS_AGENCY = "not_this_agency"

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
    HOLD_OFFER = "hold_offer"

    SUPPLIED = "supplied"
    CANNOT_SUPPLY = "cannot_supply"

    ASK_NEXT_AGENCY = "ask_next_agency"
    ASK_AGAIN = "ask_again"
    ASK_STOP_GAP = "ask_stop_gap"
    KEEP_STOP_GAP = "keep_stop_gap"
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

    TAKE_BACK = "take_back"
    """With the code of a measure: ``take_back:auu``."""
    TAKE_BACK_NOTHING = "take_back_nothing"

    REOPEN = "reopen"

    CLOSE_EXIT = "close_exit"
    CLOSE_MOVED = "close_moved"
    CLOSE_RETURNED = "close_returned"
    CLOSE_LOST_CONTACT = "close_lost_contact"
    CLOSE_WITHDRAWN = "close_withdrawn"
    KEEP_OPEN = "keep_open"

    DOUBT_SETTLED = "doubt_settled"
    SEND_ANYWAY = "send_anyway"
    WAIT = "wait"

    PATH_MADE_SAFE = "path_made_safe"
    USE_CALL = "use_call"
    USE_OTHER_AGENCY = "use_other_agency"

    ARRANGED = "arranged"

    ITEM_DONE = "item_done"
    ITEM_NOT_NEEDED = "item_not_needed"

    RESCUE_CALLED = "rescue_called"
    ACCOMPANIED = "accompanied"
    RISK_LIFTED = "risk_lifted"

    SEPARATION_TOLD = "separation_told"
    PERPETRATOR_RELEASED = "perpetrator_released"
    PERPETRATOR_SEARCHES = "perpetrator_searches"
    ORDER_SERVED = "order_served"
    NO_NEWS_48H = "no_news_48h"
    NOTHING_NEW = "nothing_new"

    OP_ASKED = "op_asked"
    OP_HEARING_FIXED = "op_hearing_fixed"
    OP_GRANTED = "op_granted"
    OP_REFUSED = "op_refused"
    OPPI_ASKED = "oppi_asked"
    OPPI_GRANTED = "oppi_granted"
    OPPI_REFUSED = "oppi_refused"
    TGD_GIVEN = "tgd_given"
    BAR_SET = "bar_set"
    PROSECUTED = "prosecuted"
    NO_STEP = "no_step"

    RENEWAL_STARTED = "renewal_started"
    LET_END = "let_end"

    PERSON_TOLD = "person_told"

    CONFLICT_WITH = "conflict_with"
    """With the code of an agency: ``conflict_with:caf-21``."""
    AVOID_AGENT = "avoid_agent"
    """With the code of an agency, of which one agent is to be avoided."""
    NO_CONFLICT = "no_conflict"

    TRANSFER_TO = "transfer_to"
    """With the code of a territory: ``transfer_to:59``."""
    STAYS_HERE = "stays_here"

    RELAY_TOLD = "relay_told"
    RELAY_NOT_NEEDED = "relay_not_needed"


def choice_of(option: str) -> Choice:
    """Return what an option chooses: ``take_back`` for ``take_back:auu``."""
    return Choice(_as_today(option).partition(":")[0])


def about_of(option: str) -> str:
    """Return what an option is about: ``auu`` for ``take_back:auu``; empty for a plain choice."""
    return _as_today(option).partition(":")[2]


def _as_today(option: str) -> str:
    """Return an option as it is written today; before 0.2 a measure was part of the choice."""
    measure = option.removeprefix("take_back_")
    return f"take_back:{measure}" if measure in set(Measure) else option


class Wish(StrEnum):
    """The last field of every form: what a referent may want at any moment."""

    NOTHING = "nothing"
    TAKE_BACK = "take_back"
    WENT_BACK = "went_back"
    DANGER = "danger"
    SUICIDAL_RISK = "suicidal_risk"
    NEW_FACT = "new_fact"
    JUSTICE = "justice"
    CONFLICT = "conflict"
    TRANSFER = "transfer"
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
    """Codes of choices, some with what they are about."""
    measure: Measure | None = coded(Measure, default=None, nullable=True)
    request_id: int | None = Field(default=None, foreign_key="agency_request.id")
    agency: str | None = None
    """The agency the question speaks of."""
    offer: str | None = None
    detail: Detail | None = coded(Detail, default=None, nullable=True)
    about: str | None = None
    """A doubt, an emission, a line of a list, a protection: a code of `models.about`."""
    day: int | None = None
    """For a follow-up: J+7, J+30, J+90."""
    asked_of: str
    """Code of who is asked now: the referent, then whoever a ladder handed it to."""
    news_id: int | None = Field(default=None, foreign_key="news.id")
    """For a late reply: the news a human must judge."""
    opened_at: datetime = instant()
    due_at: datetime = instant()
    overdue_at: datetime | None = optional_instant()
    """When its hour first passed without an answer, or a ladder handed it to somebody else."""
    answer: Choice | None = coded(Choice, default=None, nullable=True)
    answer_about: str | None = None
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
