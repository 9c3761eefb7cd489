"""AgencyRequest — demande à un organisme : one measure asked of one agency, and the life of that
request.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.agency import Channel
from models.columns import coded, instant, optional_instant
from models.measure import Measure


class RequestState(StrEnum):
    """States of a request; FHIR Task codes beside each in docs/glossary.md."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    NEED_INFO = "need_info"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


_LIVE = {
    RequestState.ACKNOWLEDGED,
    RequestState.NEED_INFO,
    RequestState.OFFERED,
    RequestState.ACCEPTED,
    RequestState.IN_PROGRESS,
    RequestState.FULFILLED,
    RequestState.REFUSED,
    RequestState.FAILED,
    RequestState.WITHDRAWN,
    RequestState.EXPIRED,
}

# Rule: a reply moves a request only along these lines; any other reply goes to a human (late
# reply).
TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.DRAFT: frozenset(
        {RequestState.REQUESTED, RequestState.WITHDRAWN, RequestState.EXPIRED}
    ),
    RequestState.REQUESTED: frozenset(_LIVE),
    RequestState.ACKNOWLEDGED: frozenset(_LIVE - {RequestState.ACKNOWLEDGED}),
    RequestState.NEED_INFO: frozenset(_LIVE - {RequestState.NEED_INFO}),
    RequestState.OFFERED: frozenset(_LIVE - {RequestState.ACKNOWLEDGED}),
    RequestState.ACCEPTED: frozenset(_LIVE - {RequestState.ACKNOWLEDGED, RequestState.ACCEPTED}),
    RequestState.IN_PROGRESS: frozenset(_LIVE - {RequestState.ACKNOWLEDGED}),
    RequestState.FULFILLED: frozenset(),
    RequestState.REFUSED: frozenset(),
    RequestState.FAILED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.EXPIRED: frozenset(),
}

ENDED = frozenset(state for state, ways_out in TRANSITIONS.items() if not ways_out)

PROMISED = frozenset({RequestState.OFFERED, RequestState.ACCEPTED, RequestState.IN_PROGRESS})
"""What goes beyond a receipt, and is not there yet."""


class RefusalReason(StrEnum):
    """Why an agency says no, or a request comes to nothing (Primero and local practice)."""

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    OUT_OF_TERRITORY = "out_of_territory"
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    ALREADY_PAID_12M = "already_paid_12m"
    DUPLICATE = "duplicate"
    UNREACHABLE = "unreachable"
    SAFETY_CONFLICT = "safety_conflict"
    WRONG_AGENCY = "wrong_agency"
    DECLINED_BY_PERSON = "declined_by_person"
    NO_SHOW = "no_show"
    OTHER = "other"


class AgencyRequest(SQLModel, table=True):
    """One measure asked of one agency, for the nth time. Its key goes to the agency for ever."""

    __tablename__ = "agency_request"
    __table_args__ = (UniqueConstraint("reference", "measure", "agency", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    measure: Measure = coded(Measure)
    agency: str
    """The agency's code in the territory file, such as ``caf-21``."""
    attempt: int = 1
    round: int = 1
    """The departure's round in which it was made: after a return home, whom to ask begins anew."""
    channel: Channel = coded(Channel)
    state: RequestState = coded(RequestState, default=RequestState.DRAFT)
    reason: RefusalReason | None = coded(RefusalReason, default=None, nullable=True)
    agency_reference: str | None = None
    sent_at: datetime | None = optional_instant()
    changed_at: datetime = instant()

    @property
    def key(self) -> str:
        """The idempotency key: same key, same request, for ever."""
        return f"{self.reference}:{self.measure.value}:{self.agency}:{self.attempt}"

    @property
    def number(self) -> int:
        """The row's number, once stored."""
        if self.id is None:
            raise ValueError(f"request {self.key} is not stored yet")
        return self.id
