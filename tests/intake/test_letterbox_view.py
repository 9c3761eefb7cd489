"""An agency's agent reads what its own measure needs: each field is looked for by its value."""

from datetime import date

import pytest

from gateway.letterbox_view import fields_for
from models.danger import DangerBand
from models.measure import Measure
from models.person import Person

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

A, H, G, E, F, P, J = (
    Measure.AUU,
    Measure.HOUSING,
    Measure.CHILDCARE,
    Measure.EMPLOYMENT,
    Measure.TRAINING,
    Measure.PSY,
    Measure.JUSTICE,
)

# The data minimisation table: what an agent reads, and for which measures only.
_READ_BY: list[tuple[str, set[Measure]]] = [
    ("Nominventé", {A, H, G, E, F, J}),
    ("Prénominventé", {A, H, G, E, F, P, J}),
    ("30/04/1994", {A, H, E, F, J}),
    ("06 39 98 00 21", {A, H, G, E, F, P, J}),
    ("mardi de 09 h 05 à 11 h 35", {A, H, G, E, F, P, J}),
    ("n'en envoyer aucun", {A, H, G, E, F, P, J}),
    ("motconvenu", set()),
    ("motifinventé", set()),
    ("autre", {H}),
    ("21999", {G, E, F}),
    ("1 rue Imaginaire", {A}),
    ("Enfantun Exemple, 05/06/2020", {G}),
    ("05/06/2020", {A, G}),
    ("02/11/2004", {G}),
    ("6 ans, 22 ans", {H}),
    ("fixée par le juge", {G}),
    ("Personneinterdite", {G}),
    ("jusqu'à un demi-Smic", {A}),
    ("FR0012345000000000000000021", {A}),
    ("dépôt de plainte, 10/11/2026", {A}),
    ("signalement", set()),
    ("à son compte", {A, E, F}),
    ("Grossesse", {H}),
    ("Mobilité réduite", {H}),
    ("Animaux", {H}),
    ("21888", {H, G}),
    ("Langue (code ISO 639-1)", {P}),
    ("élevé", {H}),
]


@pytest.mark.parametrize(("value", "measures"), _READ_BY, ids=[value for value, _ in _READ_BY])
def test_a_value_is_read_for_the_measures_that_need_it_and_no_other(
    value: str, measures: set[Measure]
) -> None:
    readers = {
        measure
        for measure in Measure
        if any(
            value in (label, text) or (len(value) > 5 and value in text)
            for label, text in fields_for(measure, _PERSON, DangerBand.HIGH, date(2026, 11, 20))
        )
    }

    assert readers == measures
