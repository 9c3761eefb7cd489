"""Departure — départ : one person's journey, known by an opaque reference, and where it stands."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.danger import DangerBand
from models.measure import Measure, MeasureState
from models.person import Scheme
from models.territory import PathwayCode


class DepartureState(StrEnum):
    """Where a departure stands."""

    PROPOSED = "proposed"
    """The referral is in; the referent has not reached the person."""
    CONTACTED = "contacted"
    """Reached; needs, danger and consent are being confirmed measure by measure."""
    ACTIVE = "active"
    """The plan is signed; requests leave and replies come."""
    STABILISING = "stabilising"
    """Every measure is settled; the follow-up goes on."""
    PAUSED = "paused"
    """The person went back home. Nothing runs that a letter could betray; reopening is one choice.
    """
    CLOSED = "closed"


UNDER_WAY = frozenset({DepartureState.ACTIVE, DepartureState.STABILISING})
"""The plan is signed: requests leave, lists are gone through, the person is followed."""
STILL = frozenset({DepartureState.PAUSED, DepartureState.CLOSED})
"""Nothing leaves and nothing is asked of an agency; a reply is put to a human."""


class Outcome(StrEnum):
    """How a departure ended."""

    EXIT = "exit"
    """Left, did not go back, in a stable situation."""
    RETURNED = "returned"
    MOVED = "moved"
    LOST_CONTACT = "lost_contact"
    WITHDRAWN = "withdrawn"


# Rule: the only ways a departure may move.
DEPARTURE_TRANSITIONS: dict[DepartureState, frozenset[DepartureState]] = {
    DepartureState.PROPOSED: frozenset(
        {DepartureState.CONTACTED, DepartureState.PAUSED, DepartureState.CLOSED}
    ),
    DepartureState.CONTACTED: frozenset(
        {DepartureState.ACTIVE, DepartureState.PAUSED, DepartureState.CLOSED}
    ),
    DepartureState.ACTIVE: frozenset(
        {DepartureState.STABILISING, DepartureState.PAUSED, DepartureState.CLOSED}
    ),
    DepartureState.STABILISING: frozenset(
        {DepartureState.ACTIVE, DepartureState.PAUSED, DepartureState.CLOSED}
    ),
    DepartureState.PAUSED: frozenset({DepartureState.CONTACTED, DepartureState.CLOSED}),
    # A reply that comes after closure can reopen the life of requests, by a human choice only.
    DepartureState.CLOSED: frozenset({DepartureState.ACTIVE}),
}


class Departure(SQLModel, table=True):
    """One departure. Codes only: whoever the person is lives in the vault."""

    __tablename__ = "departure"

    reference: str = Field(primary_key=True)
    referral_id: UUID = Field(unique=True)
    """Chosen by the prescriber: the same referral twice is one departure."""
    fingerprint: str
    """By which the release before this one knows a referral again; empty once keys were rotated."""
    territory: str = Field(index=True)
    referent: str
    state: DepartureState = coded(DepartureState, default=DepartureState.PROPOSED)
    outcome: Outcome | None = coded(Outcome, default=None, nullable=True)
    round: int = 1
    """One more at each reopening: what was asked before the return home is asked again."""
    danger: DangerBand = coded(DangerBand)
    scheme: Scheme = coded(Scheme)
    pathway: PathwayCode = coded(PathwayCode)
    departs_on: date | None = None
    """Local date on which the person leaves; None until the referent said so."""
    came_from: str | None = None
    """Reference of the departure that moved here from another territory."""
    moved_to: str | None = None
    opened_at: datetime = instant()
    closed_at: datetime | None = optional_instant()

    flow_run: UUID | None = None
    """The living flow run; None when there is none yet."""
    generation: int = 0
    """How many flow runs this departure has had; part of the key under which a run is created."""
    restarts: int = 0
    """How many times in a row a crashed run was started again without finishing a pass."""
    lease_token: UUID | None = None
    lease_until: datetime | None = optional_instant()
    """Real time until which the pass that holds the lease may commit."""


class MeasureWish(SQLModel, table=True):
    """MeasureWish — mesure souhaitée : one measure of one departure and where it stands."""

    __tablename__ = "measure_wish"
    __table_args__ = (UniqueConstraint("reference", "measure"),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    measure: Measure = coded(Measure)
    state: MeasureState = coded(MeasureState, default=MeasureState.WISHED)
