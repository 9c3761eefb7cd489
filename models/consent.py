"""Consent — accord de la personne : given per measure, agency and data set, dated, with an end,
revocable.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.measure import Measure


class Manner(StrEnum):
    """How the person said yes."""

    WRITTEN = "written"
    ORAL = "oral"
    INTERPRETER = "interpreter"


class DataSet(StrEnum):
    """What a yes may let out; the fields of each are in docs/privacy.md."""

    IDENTITY = "identity"
    FIRST_NAME = "first_name"
    SAFE_CONTACT = "safe_contact"
    MAIL_ADDRESS = "mail_address"
    COMMUNE = "commune"
    CHILDREN = "children"
    AUTHORITY = "authority"
    MONEY = "money"
    EVIDENCE = "evidence"
    WORK = "work"
    HEALTH_NEEDS = "health_needs"
    PLACES_TO_AVOID = "places_to_avoid"
    DANGER_BAND = "danger_band"
    LANGUAGE = "language"


# Law: an agency gets only what its measure needs (RGPD art. 5-1-c); a yes that does not cover all
# of it lets nothing leave. The purpose of a yes is its measure.
NEEDED: dict[Measure, frozenset[DataSet]] = {
    Measure.AUU: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.MAIL_ADDRESS,
            DataSet.CHILDREN,
            DataSet.MONEY,
            DataSet.EVIDENCE,
            DataSet.WORK,
        }
    ),
    Measure.DEPARTEMENT: frozenset({DataSet.IDENTITY, DataSet.SAFE_CONTACT, DataSet.CHILDREN}),
    Measure.HEALTH_COVER: frozenset(
        {DataSet.IDENTITY, DataSet.SAFE_CONTACT, DataSet.MAIL_ADDRESS, DataSet.CHILDREN}
    ),
    Measure.HOUSING: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.CHILDREN,
            DataSet.HEALTH_NEEDS,
            DataSet.PLACES_TO_AVOID,
            DataSet.DANGER_BAND,
        }
    ),
    Measure.STABLE_HOUSING: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.CHILDREN,
            DataSet.MONEY,
            DataSet.EVIDENCE,
            DataSet.HEALTH_NEEDS,
            DataSet.PLACES_TO_AVOID,
        }
    ),
    Measure.CHILDCARE: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.COMMUNE,
            DataSet.CHILDREN,
            DataSet.AUTHORITY,
            DataSet.PLACES_TO_AVOID,
        }
    ),
    Measure.SCHOOL: frozenset(
        {DataSet.IDENTITY, DataSet.SAFE_CONTACT, DataSet.CHILDREN, DataSet.AUTHORITY}
    ),
    Measure.EMPLOYMENT: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.COMMUNE,
            DataSet.CHILDREN,
            DataSet.WORK,
        }
    ),
    Measure.TRAINING: frozenset(
        {
            DataSet.IDENTITY,
            DataSet.SAFE_CONTACT,
            DataSet.COMMUNE,
            DataSet.CHILDREN,
            DataSet.WORK,
        }
    ),
    Measure.PSY: frozenset(
        {DataSet.FIRST_NAME, DataSet.SAFE_CONTACT, DataSet.CHILDREN, DataSet.LANGUAGE}
    ),
    Measure.MEDICAL: frozenset({DataSet.IDENTITY, DataSet.SAFE_CONTACT}),
    Measure.JUSTICE: frozenset({DataSet.IDENTITY, DataSet.SAFE_CONTACT}),
    # Nothing of the person leaves for a list that is gone through with them.
    Measure.SAVINGS: frozenset(),
    Measure.ADDRESS: frozenset(),
}


class Consent(SQLModel, table=True):
    """One yes for one measure at one agency. A new yes after a withdrawal is a new row."""

    __tablename__ = "consent"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    measure: Measure = coded(Measure)
    agency: str
    data_sets: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Codes of `DataSet`: what the person agreed to let out."""
    manner: Manner = coded(Manner)
    given_at: datetime = instant()
    given_through: str
    """Who wrote it down: the prescriber's code, or who answered the question."""
    ends_at: datetime = instant()
    """From this instant on it lets nothing leave."""
    withdrawn_at: datetime | None = optional_instant()

    def covers(self, measure: Measure, now: datetime) -> bool:
        """Whether, at an aware instant, it lets out all that a measure needs."""
        alive = self.withdrawn_at is None and now < self.ends_at
        return alive and NEEDED[measure] <= {DataSet(code) for code in self.data_sets}


def data_sets_for(measure: Measure) -> list[str]:
    """Return the codes that a full yes for a measure covers."""
    return sorted(NEEDED[measure])
