"""Territory — territoire : how one département runs the programme. Read from
`territories/*.toml`.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.agency import AgencyKind, Channel, Condition, Emission, Held
from models.measure import Measure

Code = Annotated[str, StringConstraints(pattern=r"^(\d{2}|2A|2B|97[1-6])$")]
Siret = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]


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


class Absence(_Sheet):
    """A leave: local dates, both included."""

    since: date
    until: date


class Referent(_Sheet):
    """A trained referent, by code; names are in no file of ours."""

    code: Annotated[str, StringConstraints(pattern=r"^ref-[a-z0-9-]+$")]
    trained_on: date
    training_expires_on: date
    backup: str
    """Who answers in this referent's place: the code of another one."""
    leave: list[Absence] = []

    def is_available(self, day: date) -> bool:
        """Whether this referent may be asked on a local date: trained, and not on leave."""
        on_leave = any(absence.since <= day <= absence.until for absence in self.leave)
        return self.trained_on <= day <= self.training_expires_on and not on_leave


class PathwayCode(StrEnum):
    """Who assesses the needs and activates the network (Val-d'Oise, vosolidarites.valdoise.fr)."""

    FULL = "complet"
    """The caisse does."""
    ACCOMPANIED = "accompagne"
    """The département's social service does; the caisse only in case of difficulty."""


class Pathway(_Sheet):
    """One pathway of a territory."""

    code: PathwayCode
    home: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    """The institution the referents belong to; shown to prescribers."""
    referents: Annotated[list[str], Field(min_length=1)]
    relay: str | None = None
    """Code of who takes part in case of difficulty only."""


class LadderStep(StrEnum):
    """One step of a ladder against silence. Each is one act, done once, written in the journal."""

    REMIND = "remind"
    CALL = "call"
    BACKUP = "backup"
    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"
    ALTERNATIVE = "alternative"
    """Another agency, in parallel."""


class Rung(_Sheet):
    """A step, and how long it may stay without effect before the next one."""

    step: LadderStep
    wait: Delay


class Ladders(_Sheet):
    """What silence brings, step by step."""

    agency: Annotated[list[Rung], Field(min_length=1)]
    agency_urgent: Annotated[list[Rung], Field(min_length=1)]
    """For emergency housing: hours, and no reminder."""
    referent: Annotated[list[Rung], Field(min_length=1)]
    """A question left unanswered; the last step is taken again for as long as it stays so."""
    referent_urgent: Annotated[list[Rung], Field(min_length=1)]


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
    only_when: list[Condition] = []
    """All of these must hold for the agency to be asked."""
    emits: dict[Emission, Held]
    """What it sends or shows by itself after a request; an empty table says: nothing."""


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
    ask_again: Delay | None = None
    """Where refusal is the usual answer: how long until the same agency is asked once more, as long
    as the question of what follows stays open.
    """
    stop_gap: str | None = None
    """Agency that bridges the time until a lasting answer: hotel, occasional care."""
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
    pathways: Annotated[list[Pathway], Field(min_length=1)]
    """The first is the usual one."""
    coordinator: str
    """Code of who is asked when referents are silent."""
    supervisor: str
    """Code of who is asked when the coordinator is silent: a named person of the DDETS, say."""
    first_contact: Delay
    question: Delay
    """By when a referent answers an ordinary question."""
    immediate_danger: Delay
    """By when a referent acts on an immediate danger."""
    consent: Delay
    """How long a yes of the person is good for."""
    ladders: Ladders
    referents: Annotated[list[Referent], Field(min_length=1)]
    agencies: Annotated[list[Agency], Field(min_length=1)]
    measures: dict[Measure, MeasurePlan]
    follow_up_days: Annotated[list[int], Field(min_length=1)] = [7, 30, 90]
    sirets: list[Siret] = []
    """The organisations whose agents may come in by ProConnect; none: nobody does."""

    def agency(self, code: str) -> Agency:
        """Return the agency of that code; the file was validated, so it exists."""
        return next(agency for agency in self.agencies if agency.code == code)

    def agencies_for(self, measure: Measure, scheme: str) -> list[Agency]:
        """Return whom to ask for a measure, in order, given the household's scheme (general or
        agricultural), whatever their conditions; a checklist has nobody to ask.
        """
        plan = self.measures.get(measure)
        candidates = (self.agency(code) for code in plan.agencies) if plan else ()
        return [agency for agency in candidates if agency.scheme in (None, scheme)]

    def pathway(self, code: PathwayCode | None) -> Pathway:
        """Return a pathway, the usual one when it is not named or not run here."""
        return next((one for one in self.pathways if one.code is code), self.pathways[0])

    def referent(self, code: str) -> Referent | None:
        """Return a referent by code; None for a coordinator or somebody who left the file."""
        return next((one for one in self.referents if one.code == code), None)

    def stands_in(self, code: str, day: date) -> str:
        """Return who is asked on a local date in place of somebody: they themselves when they may
        be, else their backup, else the coordinator.
        """
        referent = self.referent(code)
        if referent is None:
            # Danger: whoever left the file answers nothing any more.
            return code if code == self.supervisor else self.coordinator
        if referent.is_available(day):
            return code
        backup = self.referent(referent.backup)
        return backup.code if backup and backup.is_available(day) else self.coordinator
