"""Territory — territoire : how one département runs the programme. Read from
`territories/*.toml`.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.agency import AgencyKind, Channel
from models.measure import Measure

Code = Annotated[str, StringConstraints(pattern=r"^(\d{2}|2A|2B|97[1-6])$")]


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TerritoryKind(StrEnum):
    """As announced: urban, rural and overseas territories."""

    URBAN = "urban"
    RURAL = "rural"
    OVERSEAS = "overseas"


class Unit(StrEnum):
    """How a delay is counted."""

    HOURS = "hours"
    """Round the clock: housing and danger ignore calendars."""
    DAYS = "days"
    """Calendar days, ending at 24:00 local time."""
    WORKING_DAYS = "working_days"
    """Jours ouvrés of the territory; the first day is not counted, ending at 24:00 local time."""


class Delay(_Sheet):
    """A number of hours, days or working days, and where the number comes from."""

    count: Annotated[int, Field(ge=0, le=400)]
    unit: Unit
    source: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    """The article of law, or "à fixer par le territoire"."""


class Referent(_Sheet):
    """A trained referent, by code; names are in no file of ours."""

    code: Annotated[str, StringConstraints(pattern=r"^ref-[a-z0-9-]+$")]
    trained_on: date
    training_expires_on: date


class Agency(_Sheet):
    """An agency of the territory."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    """Such as ``caf-21``."""
    kind: AgencyKind
    name: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    channel: Channel
    address: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    """URL for `api`, e-mail for `letterbox`, phone number for `call`. PND_AGENCY_<CODE>_URL
    overrides a URL.
    """
    phone: Annotated[str, StringConstraints(min_length=3, max_length=30)]
    """Whom the referent calls when the other channel fails."""
    scheme: Literal["general", "agricultural"] | None = None
    """For the AUU: whose household caisse this is (CAF or MSA)."""


class MeasurePlan(_Sheet):
    """How one measure runs here."""

    agencies: Annotated[list[str], Field(min_length=1)]
    """Agency codes in the order in which they are asked: the first, then its alternatives."""
    acknowledge: Delay
    """By when the agency says it has the request."""
    reply: Delay
    """By when it says yes, no, or what is missing."""
    deliver: Delay
    """By when what was promised is there."""
    remind_again: Delay
    """How long a reminder may go without reply before the referent is asked to call."""
    lead_days: Annotated[int, Field(ge=0, le=60)] = 0
    """How many days before a planned departure the request leaves."""


class Territory(_Sheet):
    """One département."""

    code: Code
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    name: str
    kind: TerritoryKind
    time_zone: str
    calendar: str
    """Subdivision of `holidays.France`: "" for the metropolitan list, "6AE" Alsace-Moselle, "RE"
    La Réunion…
    """
    referent_home: str
    """The institution the referents belong to; shown to prescribers."""
    coordinator: str
    """Code of who is told when a referent is silent."""
    first_contact: Delay
    question: Delay
    """By when a referent answers an ordinary question."""
    immediate_danger: Delay
    """By when a referent acts on an immediate danger."""
    referents: Annotated[list[Referent], Field(min_length=1)]
    agencies: Annotated[list[Agency], Field(min_length=1)]
    measures: dict[Measure, MeasurePlan]
    follow_up_days: Annotated[list[int], Field(min_length=1)] = [7, 30, 90]

    def agency(self, code: str) -> Agency:
        """Return the agency of that code; the file was validated, so it exists."""
        return next(agency for agency in self.agencies if agency.code == code)

    def agencies_for(self, measure: Measure, scheme: str) -> list[Agency]:
        """Return whom to ask for a measure, in order, given the household's scheme (general or
        agricultural).
        """
        candidates = (self.agency(code) for code in self.measures[measure].agencies)
        return [agency for agency in candidates if agency.scheme in (None, scheme)]
