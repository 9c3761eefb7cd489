"""An agency's agent reads what its own measure needs: each field is looked for by its value."""

from datetime import date

import pytest

from gateway.letterbox_view import Line, fields_for
from models.danger import DangerBand
from models.measure import CHECKLISTS, Measure
from models.person import Evidence, EvidenceKind, Person

TODAY = date(2026, 11, 20)
_PERSON = Person.model_validate(
    {
        "given_name": "Prénominventé",
        "family_name": "Nominventé",
        "born_on": date(1994, 4, 30),
        "gender": "other",
        "commune": "21999",
        "mail_address": "1 rue Imaginaire",
        "safe_contact": {
            "channels": [{"kind": "phone", "value": "06 39 98 00 21"}],
            "windows": [{"weekday": 1, "opens": "09:05", "closes": "11:35"}],
            "code_word": "motconvenu",
            "cover_story": "motifinventé",
            "device_compromised": True,
        },
        "children": [
            {"given_name": "Enfantun", "family_name": "Exemple", "born_on": date(2020, 6, 5)},
            {"given_name": "Enfantdeux", "family_name": "Exemple", "born_on": date(2004, 11, 2)},
        ],
        "parental_authority": "decided_by_jaf",
        "forbidden_collectors": ["Personneinterdite"],
        "household": {
            "scheme": "general",
            "is_allocataire": True,
            "shares_file": True,
            "resources_band": "up_to_half_smic",
            "sole_name_iban": "FR0012345000000000000000021",
        },
        "evidence": [
            {"kind": "depot_de_plainte", "dated_on": date(2026, 11, 10)},
            {"kind": "signalement_au_procureur", "dated_on": date(2026, 10, 1)},
        ],
        "job_status": "self_employed",
        "pregnant": True,
        "reduced_mobility": True,
        "pets": True,
        "communes_to_avoid": ["21888"],
        "language": "pt",
    }
)

A, D, C, H, L, G, S, E, F, P, M, J = (
    Measure.AUU,
    Measure.DEPARTEMENT,
    Measure.HEALTH_COVER,
    Measure.HOUSING,
    Measure.STABLE_HOUSING,
    Measure.CHILDCARE,
    Measure.SCHOOL,
    Measure.EMPLOYMENT,
    Measure.TRAINING,
    Measure.PSY,
    Measure.MEDICAL,
    Measure.JUSTICE,
)
EVERYBODY = {A, D, C, H, L, G, S, E, F, P, M, J}

# The data minimisation table: what an agent reads, and for which measures only.
_READ_BY: list[tuple[str, set[Measure]]] = [
    ("Nominventé", EVERYBODY - {P}),
    ("Prénominventé", EVERYBODY),
    ("30/04/1994", EVERYBODY - {G, S, P}),
    ("06 39 98 00 21", EVERYBODY),
    ("mardi de 09 h 05 à 11 h 35", EVERYBODY),
    ("n'en envoyer aucun", EVERYBODY),
    ("motconvenu", set()),
    ("motifinventé", set()),
    ("autre", {H}),
    ("21999", {G, E, F}),
    ("1 rue Imaginaire", {A, C}),
    ("Enfantun Exemple, 05/06/2020", {G, S}),
    ("05/06/2020", {A, C, G, S}),
    ("02/11/2004", {C, G}),
    ("6 ans, 22 ans", {H, L}),
    ("Nombre d'enfants", {D, E, F, P}),
    ("fixée par le juge", {G, S}),
    ("Personneinterdite", {G}),
    ("jusqu'à un demi-Smic", {A, L}),
    ("FR0012345000000000000000021", {A}),
    ("dépôt de plainte, 10/11/2026", {A, L}),
    ("signalement", set()),
    ("à son compte", {A, E, F}),
    ("Déjà allocataire", {A}),
    ("Dossier à séparer de celui du foyer", {A}),
    ("à détacher de celui du conjoint", {C}),
    ("Grossesse", {H}),
    ("Mobilité réduite", {H, L}),
    ("Animaux", {H}),
    ("21888", {H, L, G}),
    ("Langue (code ISO 639-1)", {P}),
    ("élevé", {H}),
    ("certificat de radiation", {S}),
]


@pytest.mark.parametrize(("value", "measures"), _READ_BY, ids=[value for value, _ in _READ_BY])
def test_a_value_is_read_for_the_measures_that_need_it_and_no_other(
    value: str, measures: set[Measure]
) -> None:
    readers = {
        measure
        for measure in EVERYBODY
        if any(
            value in (label, text) or (len(value) > 5 and value in text)
            for label, text in _read(measure, _PERSON)
        )
    }

    assert readers == measures


def test_every_measure_asked_of_an_agency_can_be_read_at_the_door() -> None:
    assert set(Measure) - CHECKLISTS == EVERYBODY


@pytest.mark.parametrize("shared", [True, False])
def test_the_health_insurance_reads_the_same_whether_a_file_is_shared_or_not(shared: bool) -> None:
    household = _PERSON.household.model_copy(update={"shares_file": shared})
    person = _PERSON.model_copy(update={"household": household})

    assert _read(C, person) == _read(C, _PERSON)


def test_a_landlord_reads_the_latest_proof_that_opens_a_priority() -> None:
    proofs = [
        Evidence(kind=EvidenceKind.REPORT_TO_PROSECUTOR, dated_on=date(2026, 11, 15)),
        Evidence(kind=EvidenceKind.PROTECTION_ORDER, dated_on=date(2026, 11, 1)),
        Evidence(kind=EvidenceKind.COMPLAINT, dated_on=date(2026, 10, 1)),
    ]
    person = _PERSON.model_copy(update={"evidence": proofs})

    told = dict(_read(L, person))
    assert told["Justificatif"] == "ordonnance de protection, 01/11/2026"


@pytest.mark.parametrize(
    ("born_on", "is_read"),
    [
        (date(2024, 11, 20), True),
        (date(2024, 11, 21), False),
        (date(2008, 11, 21), True),
        (date(2008, 11, 20), False),
    ],
)
def test_a_school_reads_of_the_children_it_may_take(born_on: date, is_read: bool) -> None:
    child = _PERSON.children[0].model_copy(update={"born_on": born_on})
    person = _PERSON.model_copy(update={"children": [child]})

    assert ("Enfant" in dict(_read(S, person))) is is_read


def _read(measure: Measure, person: Person) -> list[Line]:
    return fields_for(measure, person, DangerBand.HIGH, TODAY)
