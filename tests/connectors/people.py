"""An invented person whose every field is planted, so that a value out of place can be found."""

from datetime import date, time

from connectors.contract import RequestSlip
from models.danger import DangerBand
from models.measure import Measure
from models.person import (
    ChannelKind,
    Child,
    Evidence,
    EvidenceKind,
    Gender,
    Household,
    JobStatus,
    ParentalAuthority,
    Person,
    ResourcesBand,
    SafeChannel,
    SafeContact,
    Scheme,
    Window,
)

CAMILLE = Person(
    given_name="Camillou",
    family_name="Inventée",
    born_on=date(1991, 3, 14),
    gender=Gender.WOMAN,
    commune="21231",
    mail_address="Domiciliation Exemple, 1 rue Imaginaire, 21000 Ville",
    safe_contact=SafeContact(
        channels=[
            SafeChannel(kind=ChannelKind.PHONE, value="0639980021"),
            SafeChannel(kind=ChannelKind.EMAIL, value="camillou@exemple.invalid"),
        ],
        windows=[Window(weekday=1, opens=time(9), closes=time(11, 30))],
        code_word="jonquille",
        cover_story="le cabinet dentaire Exemple",
    ),
    children=[
        Child(given_name="Alixou", family_name="Enfantine", born_on=date(2024, 2, 29)),
        Child(given_name="Sachou", family_name="Aînesse", born_on=date(2004, 1, 5)),
    ],
    parental_authority=ParentalAuthority.SUSPENDED,
    forbidden_collectors=["Dominique Exemplaire"],
    household=Household(
        scheme=Scheme.GENERAL,
        is_allocataire=True,
        shares_file=True,
        resources_band=ResourcesBand.UP_TO_ONE,
        sole_name_iban="FR7600000000000000000000123",
    ),
    evidence=[
        Evidence(kind=EvidenceKind.PROTECTION_ORDER, dated_on=date(2026, 7, 7)),
        Evidence(kind=EvidenceKind.COMPLAINT, dated_on=date(2026, 10, 17)),
    ],
    job_status=JobStatus.JOB_SEEKER,
    pregnant=True,
    reduced_mobility=True,
    pets=True,
    communes_to_avoid=["21166"],
    language="pt",
)

NAMES = ("Camillou", "Inventée", "Alixou", "Enfantine", "Sachou", "Aînesse", "Dominique")
SECRETS_OF_A_LIFE = (
    *NAMES,
    "1991-03-14",
    "Imaginaire",
    "0639980021",
    "camillou@exemple.invalid",
    "jonquille",
    "dentaire",
    "FR7600000000000000000000123",
    "21231",
    "21166",
)


def slip(
    agency: str,
    measure: Measure,
    attempt: int = 1,
    *,
    agency_reference: str | None = None,
) -> RequestSlip:
    """Return the slip of a request."""
    reference = "21-7KQF2M"
    return RequestSlip(
        key=f"{reference}:{measure.value}:{agency}:{attempt}",
        reference=reference,
        measure=measure,
        agency=agency,
        agency_reference=agency_reference,
        danger=DangerBand.HIGH,
    )
