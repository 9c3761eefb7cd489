"""Person — la personne accompagnée : the only personal data of the platform. It lives in the
vault.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Commune = Annotated[str, StringConstraints(pattern=r"^(\d{2}|2A|2B)\d{3}$")]
"""INSEE code of a commune, five characters; not a postcode."""


class _Sheet(BaseModel):
    """Closed and frozen; never shows its values, so a trace or a log cannot show them either."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class ChannelKind(StrEnum):
    """A way to reach the person that she or he declared safe."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    THIRD_PARTY = "third_party"
    """Through an association or somebody trusted."""


class SafeChannel(_Sheet):
    """One channel and its number or address."""

    kind: ChannelKind
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=120)]


class Window(_Sheet):
    """When it is safe to call: a weekday (0 = Monday … 6 = Sunday) and local hours of the
    territory.
    """

    weekday: Annotated[int, Field(ge=0, le=6)]
    opens: time
    closes: time


class SafeContact(_Sheet):
    """Fiche de contact sûr: asked before anything else, verified at each contact."""

    channels: Annotated[list[SafeChannel], Field(min_length=1, max_length=6)]
    windows: Annotated[list[Window], Field(min_length=1, max_length=21)]
    may_leave_voicemail: bool = False
    caller_id_hidden: bool = True
    code_word: Annotated[str, StringConstraints(max_length=60)] = ""
    cover_story: Annotated[str, StringConstraints(max_length=200)] = ""
    device_compromised: bool | None = None
    """None: not known, so no link is ever sent."""


class Child(_Sheet):
    """A child in charge."""

    given_name: Name
    family_name: Name
    born_on: date


class ParentalAuthority(StrEnum):
    """Who exercises parental authority (C. civ. 378-2; loi 2024-233)."""

    JOINT = "joint"
    SOLE = "sole"
    SUSPENDED = "suspended_of_right"
    DECIDED_BY_JAF = "decided_by_jaf"
    UNKNOWN = "unknown"


class Scheme(StrEnum):
    """Which caisse the household belongs to: CAF or MSA."""

    GENERAL = "general"
    AGRICULTURAL = "agricultural"


class ResourcesBand(StrEnum):
    """Previous month's resources against the net monthly SMIC (CASF D214-14)."""

    UP_TO_HALF = "up_to_half_smic"
    UP_TO_ONE = "up_to_one_smic"
    UP_TO_ONE_AND_HALF = "up_to_one_and_half_smic"
    ABOVE = "above_one_and_half_smic"


class EvidenceKind(StrEnum):
    """The three proofs the AUU accepts; one is enough (CASF L214-9, D214-11)."""

    PROTECTION_ORDER = "ordonnance_de_protection"
    COMPLAINT = "depot_de_plainte"
    REPORT_TO_PROSECUTOR = "signalement_au_procureur"


class Evidence(_Sheet):
    """A proof the person holds, and its date."""

    kind: EvidenceKind
    dated_on: date


class Gender(StrEnum):
    """Asked for housing only: places may be for women, for men, or mixed."""

    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"
    UNSAID = "unsaid"


class JobStatus(StrEnum):
    """Where the person stands with work."""

    EMPLOYED = "employed"
    JOB_SEEKER = "job_seeker"
    NOT_WORKING = "not_working"
    STUDENT = "student"
    SELF_EMPLOYED = "self_employed"


class AccountKind(StrEnum):
    """What the alleged perpetrator may be able to open or read."""

    ONLINE = "online"
    """Personal online accounts: France Travail, ameli…"""
    EMAIL = "email"
    PHONE = "phone"


class PsyTriage(StrEnum):
    """How heavy the distress is, as the prescriber heard it (domain of Mon soutien psy)."""

    UNKNOWN = "unknown"
    LIGHT_OR_MODERATE = "light_moderate"
    SEVERE = "severe"
    SUICIDAL_RISK = "suicidal_risk"
    """A human act now, never a request in a queue."""


class Household(_Sheet):
    """The caisse, the money, and whether a file is shared with the alleged perpetrator."""

    scheme: Scheme
    is_allocataire: bool
    shares_file: bool
    """True when the caisse's file is shared with the alleged perpetrator: a separate one is asked
    for.
    """
    resources_band: ResourcesBand
    sole_name_iban: (
        Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$")] | None
    ) = None
    joint_account: bool | None = None
    """True when the only account is held with the alleged perpetrator; None: not known."""
    last_allowance_on: date | None = None
    """Award of the last AUU: one every 12 months (CASF D214-12)."""


class Person(_Sheet):
    """Everything personal about a departure. Leaves the vault only towards an agency, field by
    field.
    """

    given_name: Name
    family_name: Name
    born_on: date
    gender: Gender = Gender.UNSAID
    commune: Commune
    mail_address: Annotated[str, StringConstraints(max_length=300)] | None = None
    """Where letters may safely go (domiciliation); None when nowhere is known to be safe."""
    safe_contact: SafeContact
    children: Annotated[list[Child], Field(max_length=15)] = []
    parental_authority: ParentalAuthority = ParentalAuthority.UNKNOWN
    forbidden_collectors: Annotated[list[Name], Field(max_length=5)] = []
    """Who may not collect the children; leaves only towards childcare."""
    household: Household
    evidence: Annotated[list[Evidence], Field(max_length=5)] = []
    job_status: JobStatus = JobStatus.NOT_WORKING
    pregnant: bool = False
    reduced_mobility: bool = False
    pets: bool = False
    communes_to_avoid: Annotated[list[Commune], Field(max_length=20)] = []
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "fr"
    shared_accounts: Annotated[list[AccountKind], Field(max_length=3)] = []
    """What the alleged perpetrator may open: compared with what each agency emits; never leaves."""
    psy_triage: PsyTriage = PsyTriage.UNKNOWN
