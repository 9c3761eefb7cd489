"""What leaves towards each agency, field by field. Adding one is decided here first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from connectors.bav import mapping as bav
from connectors.caf import mapping as caf
from connectors.contract import RequestSlip
from connectors.errors import RequestInvalid
from connectors.france_travail import mapping as france_travail
from connectors.france_victimes import mapping as france_victimes
from connectors.petite_enfance import mapping as petite_enfance
from connectors.siao import mapping as siao
from models.danger import DangerBand
from models.measure import Measure
from models.person import Gender, JobStatus, ParentalAuthority, Person, ResourcesBand
from tests.connectors.agencies import LINES, Line
from tests.connectors.people import CAMILLE, SECRETS_OF_A_LIFE, slip
from tests.connectors.stage import Stage

TODAY = date(2026, 11, 16)

CONTACT = {
    "contact.canaux.type",
    "contact.canaux.valeur",
    "contact.creneaux.jour",
    "contact.creneaux.debut",
    "contact.creneaux.fin",
    "contact.message_vocal_autorise",
    "contact.numero_masque",
    "contact.aucun_lien",
}

ALLOWED = {
    "caf": CONTACT
    | {
        "reference_partenaire",
        "demandeur.nom",
        "demandeur.prenom",
        "demandeur.date_naissance",
        "adresse_courrier",
        "enfants.date_naissance",
        "situation_professionnelle",
        "tranche_ressources",
        "allocataire",
        "dossier_separe",
        "iban_nominatif",
        "justificatif.nature",
        "justificatif.date",
        "transmission_departement",
    },
    "siao": CONTACT
    | {
        "reference_partenaire",
        "personne.nom",
        "personne.prenom",
        "personne.date_naissance",
        "personne.public",
        "menage.ages_enfants",
        "menage.grossesse",
        "menage.mobilite_reduite",
        "menage.animaux",
        "communes_a_eviter",
        "niveau_danger",
        "admission_directe",
    },
    "petite_enfance": CONTACT
    | {
        "reference_partenaire",
        "parent.nom",
        "parent.prenom",
        "enfants.nom",
        "enfants.prenom",
        "enfants.date_naissance",
        "commune",
        "communes_a_eviter",
        "accueils_acceptes",
        "autorite_parentale",
        "interdits_de_retrait",
    },
    "france_travail": CONTACT
    | {
        "referencePartenaire",
        "identite.nom",
        "identite.prenom",
        "identite.dateNaissance",
        "codeCommune",
        "nombreEnfants",
        "statut",
    },
    "france_victimes": CONTACT | {"reference_partenaire", "prenom", "langue", "nombre_enfants"},
    "bav": CONTACT | {"reference_partenaire", "nom", "prenom", "date_naissance"},
}

# The person's planted values that may travel, beside the safe channels; all the others may not.
MAY_LEAVE = {
    "caf": {"Camillou", "Inventée", "1991-03-14", "Imaginaire", "FR7600000000000000000000123"},
    "siao": {"Camillou", "Inventée", "1991-03-14", "21166"},
    "petite_enfance": {
        "Camillou",
        "Inventée",
        "Alixou",
        "Enfantine",
        "Dominique",
        "21231",
        "21166",
    },
    "france_travail": {"Camillou", "Inventée", "1991-03-14", "21231"},
    "france_victimes": {"Camillou"},
    "bav": {"Camillou", "Inventée", "1991-03-14"},
}
CHANNELS = {"0639980021", "camillou@exemple.invalid"}

# Words that would carry a proof, a danger or a state of health where it may not go.
NEVER_SAID = {
    "caf": ("ELEVE", "SUSPENDUE", "grossesse"),
    "siao": ("PLAINTE", "ORDONNANCE", "justificatif", "iban", "tranche"),
    "petite_enfance": ("PLAINTE", "ORDONNANCE", "ELEVE", "grossesse", "tranche"),
    "france_travail": ("PLAINTE", "ORDONNANCE", "ELEVE", "SUSPENDUE", "grossesse"),
    "france_victimes": ("PLAINTE", "ORDONNANCE", "ELEVE", "SUSPENDUE", "tranche"),
    "bav": ("PLAINTE", "ORDONNANCE", "SUSPENDUE", "ELEVE", "tranche"),
}


def worded(kind: str, person: Person = CAMILLE) -> BaseModel:
    about: RequestSlip = slip("x-21", Measure.AUU)
    match kind:
        case "caf":
            return caf.request(about, person, TODAY)
        case "siao":
            return siao.request(about, person, TODAY)
        case "petite_enfance":
            children = petite_enfance.children_to_place(person, TODAY)
            return petite_enfance.request(about, person, children)
        case "france_travail":
            return france_travail.request(about, person)
        case "france_victimes":
            return france_victimes.request(about, person)
    return bav.request(about, person)


def fields(document: Any, before: str = "") -> Iterator[str]:
    """Give the path of every value, lists left aside."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from fields(value, f"{before}.{name}".lstrip("."))
    elif isinstance(document, list) and any(isinstance(item, dict) for item in document):
        for item in document:
            yield from fields(item, before)
    else:
        yield before


every_kind = pytest.mark.parametrize("kind", ALLOWED)


@every_kind
def test_only_the_fields_of_the_table_leave(kind: str) -> None:
    assert set(fields(worded(kind).model_dump(mode="json"))) == ALLOWED[kind]


@every_kind
def test_only_the_values_of_the_table_leave(kind: str) -> None:
    text = worded(kind).model_dump_json()

    leaving = {value for value in SECRETS_OF_A_LIFE if value in text}
    assert leaving == MAY_LEAVE[kind] | CHANNELS
    assert not [word for word in NEVER_SAID[kind] if word in text]


@every_kind
def test_the_code_word_and_the_cover_story_stay_with_the_referent(kind: str) -> None:
    text = worded(kind).model_dump_json()

    assert "jonquille" not in text
    assert "dentaire" not in text


@every_kind
def test_a_field_cannot_be_added_in_passing(kind: str) -> None:
    message = worded(kind)

    with pytest.raises(ValidationError) as trouble:
        type(message).model_validate(message.model_dump() | {"recit": "Inventée a dit…"})
    assert "Inventée" not in str(trouble.value)
    assert "Inventée" not in repr(message)


def test_one_proof_leaves_the_latest_and_to_the_caisse_alone() -> None:
    document = worded("caf").model_dump(mode="json")
    assert document["justificatif"] == {"nature": "DEPOT_PLAINTE", "date": "2026-10-17"}

    for kind in set(ALLOWED) - {"caf"}:
        text = worded(kind).model_dump_json()
        assert "2026-10-17" not in text
        assert "2026-07-07" not in text


def test_the_caisse_counts_children_under_21_and_knows_no_name_of_theirs() -> None:
    assert worded("caf").model_dump(mode="json")["enfants"] == [{"date_naissance": "2024-02-29"}]


def test_the_shelter_knows_ages_and_no_birthday() -> None:
    assert worded("siao").model_dump()["menage"]["ages_enfants"] == [2, 22]


@pytest.mark.parametrize("danger", DangerBand)
def test_direct_admission_is_asked_for_in_immediate_danger_only(danger: DangerBand) -> None:
    about = replace(slip("siao-21", Measure.HOUSING), danger=danger)

    asked = siao.request(about, CAMILLE, TODAY).admission_directe
    assert asked is (danger is DangerBand.IMMEDIATE)


def test_a_child_born_on_a_29_february_is_older_on_1_march() -> None:
    about = slip("siao-21", Measure.HOUSING)
    ages = [
        siao.request(about, CAMILLE, day).menage.ages_enfants[0]
        for day in (date(2026, 2, 28), date(2026, 3, 1))
    ]
    assert ages == [1, 2]


def test_a_device_not_known_to_be_sound_receives_no_link() -> None:
    assert worded("france_victimes").model_dump()["contact"]["aucun_lien"] is True


def test_an_address_not_known_to_be_safe_means_no_letter() -> None:
    person = CAMILLE.model_copy(update={"mail_address": None})

    assert worded("caf", person).model_dump()["adresse_courrier"] is None


@pytest.mark.parametrize("line", LINES, ids=str)
def test_what_is_sent_is_what_is_worded_and_nothing_of_it_stays_in_the_sandbox(
    stage: Stage, line: Line
) -> None:
    stage.connector(line.agency).send(slip(line.agency, line.measure), CAMILLE)

    kept = str(stage.admin.ledger())
    assert line.agency in kept
    assert not [value for value in SECRETS_OF_A_LIFE if value in kept]


def test_childcare_is_not_asked_for_when_no_child_is_young_enough(stage: Stage) -> None:
    grown_up = CAMILLE.model_copy(update={"children": CAMILLE.children[1:]})

    with pytest.raises(RequestInvalid):
        stage.connector("petite-enfance-21").send(
            slip("petite-enfance-21", Measure.CHILDCARE), grown_up
        )
    assert stage.admin.ledger() == []


@pytest.mark.parametrize("shared", [True, False])
def test_a_shared_file_is_asked_to_be_separated(shared: bool) -> None:
    household = CAMILLE.household.model_copy(update={"shares_file": shared})
    document = worded("caf", CAMILLE.model_copy(update={"household": household})).model_dump()

    assert document["dossier_separe"] is shared


CHOICES: list[tuple[str, type[StrEnum], str, str]] = [
    ("caf", JobStatus, "job_status", "situation_professionnelle"),
    ("caf", ResourcesBand, "household.resources_band", "tranche_ressources"),
    ("siao", Gender, "gender", "personne.public"),
    ("petite_enfance", ParentalAuthority, "parental_authority", "autorite_parentale"),
    ("france_travail", JobStatus, "job_status", "statut"),
]


@pytest.mark.parametrize(("kind", "choices", "field", "word"), CHOICES)
def test_each_choice_of_the_referent_has_a_word_of_its_own(
    kind: str, choices: type[StrEnum], field: str, word: str
) -> None:
    words = {_at(worded(kind, _with(field, choice)).model_dump(), word) for choice in choices}

    assert len(words) == len(choices)


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("pregnant", "grossesse"),
        ("reduced_mobility", "mobilite_reduite"),
        ("pets", "animaux"),
    ],
)
def test_each_need_reaches_the_shelter_under_its_own_word(field: str, word: str) -> None:
    document = worded("siao", _with(field, False)).model_dump()["menage"]

    needs = {name: document[name] for name in ("grossesse", "mobilite_reduite", "animaux")}
    assert needs == dict.fromkeys(needs, True) | {word: False}


def _with(field: str, value: object) -> Person:
    if field.startswith("household."):
        change = {field.removeprefix("household."): value}
        return CAMILLE.model_copy(update={"household": CAMILLE.household.model_copy(update=change)})
    return CAMILLE.model_copy(update={field: value})


def _at(document: dict[str, Any], path: str) -> str:
    value: Any = document
    for name in path.split("."):
        value = value[name]
    return str(value)


@pytest.mark.parametrize("agreed", [False, True])
def test_the_caisse_forwards_to_the_departement_with_an_express_agreement_only(
    agreed: bool,
) -> None:
    about = replace(slip("caf-21", Measure.AUU), told_to_departement=agreed)

    sent = caf.request(about, CAMILLE, TODAY)

    assert sent.transmission_departement is agreed
