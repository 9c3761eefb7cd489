"""Referral — proposition de départ : what a prescriber sends, with the person's agreement."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from models.consent import Manner
from models.danger import DangerBand
from models.measure import Measure
from models.person import Person
from models.sheet import Sheet
from models.territory import Code, PathwayCode

AgencyCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,40}$")]
AnswerCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]

# Danger: instants at the ends of the calendar cannot be carried to another time zone.
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class OrganisationKind(StrEnum):
    """Who may propose a departure: whoever hears the person first."""

    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    HOSPITAL = "hospital"
    DOCTOR = "doctor"
    ASSOCIATION = "association"
    CCAS = "ccas"
    SOCIAL_SERVICE = "social_service"
    OTHER = "other"


class Prescriber(Sheet):
    """Prescriber — prescripteur : an organisation and a code of its own; never an agent's name."""

    organisation_kind: OrganisationKind
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,40}$")]


class MeasureAsked(Sheet):
    """One measure the person says they need. The need only: no comment, no story."""

    measure: Measure


class ConsentGiven(Sheet):
    """One yes of the person: this measure may be asked of this agency."""

    measure: Measure
    agency: AgencyCode
    manner: Manner
    given_at: Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)]


class DangerAnswers(Sheet):
    """What the prescriber's danger instrument said: codes and yes or no, then a band."""

    instrument: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    instrument_version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,20}$")]
    answers: Annotated[dict[AnswerCode, bool], Field(max_length=60)]
    band: DangerBand


class Referral(Sheet):
    """One act of one prescriber. `referral_id` is theirs: the same one twice is one departure."""

    schema_version: Literal["1"]
    referral_id: UUID
    territory: Code
    prescriber: Prescriber
    person: Person
    measures: Annotated[list[MeasureAsked], Field(min_length=1, max_length=20)]
    consents: Annotated[list[ConsentGiven], Field(max_length=40)]
    danger: DangerAnswers
    excluded_agencies: list[AgencyCode] = Field(default_factory=list, max_length=20)
    """Agencies where somebody is linked to the alleged perpetrator: nothing is asked of them."""
    guarded_agencies: list[AgencyCode] = Field(default_factory=list, max_length=20)
    """Agencies where one agent is linked to them: asked through their head only, by voice."""
    pathway: PathwayCode | None = None
    """None: the usual one of the territory."""
    departure_planned_on: date | None = None
    """Local date of the territory; None when nothing is decided, or once the person left."""
    agreed_to_be_contacted: Literal[True]
