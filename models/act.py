"""Act — acte auprès d'un organisme : its intent is stored before, its outcome after, its key is
for ever.
"""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant


class Verb(StrEnum):
    """What we do at an agency."""

    SEND = "send"
    REMIND = "remind"
    RECALL = "recall"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    HOLD_OFFER = "hold_offer"
    SUPPLY_DOCUMENT = "supply_document"


class ActState(StrEnum):
    """Where an act stands."""

    INTENDED = "intended"
    """To be done, or perhaps done and not yet known to be: it is sent again under the same key."""
    DONE = "done"
    GIVEN_UP = "given_up"
    """A human took it over, or it lost its reason."""


class Result(StrEnum):
    """What came of one try."""

    DONE = "done"
    AWAY = "away"
    """The agency is down, slow or saturated: later, or by phone."""
    REFUSED_FORM = "refused_form"
    """It does not accept what we sent, or us: a human must look."""
    NOT_SUPPORTED = "not_supported"
    NO_CONSENT = "no_consent"
    """At the last moment there is no living consent: nothing leaves."""


class Act(SQLModel, table=True):
    """One act on one agency."""

    __tablename__ = "act"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    request_id: int = Field(foreign_key="agency_request.id")
    verb: Verb = coded(Verb)
    key: str = Field(unique=True)
    """The idempotency key that the agency sees."""
    offer: str | None = None
    state: ActState = coded(ActState, default=ActState.INTENDED)
    tries: int = 0
    not_before: datetime = instant()
    intended_at: datetime = instant()
    ended_at: datetime | None = optional_instant()
    result: Result | None = coded(Result, default=None, nullable=True)
