"""The tables of docs/privacy.md are what really leaves, field by field, and on which yes.

A field leaves towards an agency when changing it, and nothing else, changes what is sent.
"""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from pydantic import BaseModel

from connectors.bav import mapping as bav
from connectors.caf import mapping as caf
from connectors.contract import RequestSlip
from connectors.france_travail import mapping as france_travail
from connectors.france_victimes import mapping as france_victimes
from connectors.petite_enfance import mapping as petite_enfance
from connectors.siao import mapping as siao
from core.settings import ROOT
from gateway.letterbox_view import fields_for
from models.consent import NEEDED, DataSet
from models.danger import DangerBand
from models.facts import Facts
from models.labels import label
from models.measure import CHECKLISTS, Measure
from models.person import Person

TODAY = date(2026, 11, 23)
ALEX: dict[str, Any] = {
    "given_name": "Alex",
    "family_name": "Inventée",
    "born_on": date(1990, 5, 1),
    "gender": "woman",
    "commune": "21231",
    "mail_address": "Domiciliation Exemple",
    "safe_contact": {
        "channels": [{"kind": "phone", "value": "0639980021"}],
        "windows": [{"weekday": 1, "opens": time(9), "closes": time(11)}],
        "may_leave_voicemail": False,
        "caller_id_hidden": True,
        "code_word": "jonquille",
        "cover_story": "le cabinet Exemple",
        "device_compromised": True,
    },
    "children": [{"given_name": "Lou", "family_name": "Inventé", "born_on": date(2023, 4, 2)}],
    "parental_authority": "joint",
    "forbidden_collectors": ["Dominique Exemple"],
    "household": {
        "scheme": "general",
        "is_allocataire": False,
        "shares_file": False,
        "resources_band": "up_to_half_smic",
        "sole_name_iban": None,
        "joint_account": False,
        "last_allowance_on": None,
    },
    "evidence": [{"kind": "depot_de_plainte", "dated_on": date(2026, 10, 1)}],
    "job_status": "employed",
    "pregnant": False,
    "reduced_mobility": False,
    "pets": False,
    "communes_to_avoid": ["21001"],
    "language": "fr",
    "shared_accounts": ["online"],
    "psy_triage": "unknown",
}
TWIN = {"given_name": "Sacha", "family_name": "Inventé", "born_on": date(2021, 4, 2)}

# Another value for each field of a person, by its path.
OTHERWISE: dict[str, Any] = {
    "given_name": "Camille",
    "family_name": "Exemple",
    "born_on": date(1991, 6, 2),
    "gender": "man",
    "commune": "21054",
    "mail_address": "Association Exemple",
    "safe_contact.channels": [{"kind": "sms", "value": "0639980022"}],
    "safe_contact.windows": [{"weekday": 2, "opens": time(14), "closes": time(15)}],
    "safe_contact.may_leave_voicemail": True,
    "safe_contact.caller_id_hidden": False,
    "safe_contact.code_word": "mimosa",
    "safe_contact.cover_story": "le garage Exemple",
    "safe_contact.device_compromised": False,
    "children": [*ALEX["children"], TWIN],
    "children.given_name": "Noa",
    "children.family_name": "Exemple",
    "children.born_on": date(2020, 1, 15),
    "parental_authority": "sole",
    "forbidden_collectors": ["Maxime Exemple"],
    "household.scheme": "agricultural",
    "household.is_allocataire": True,
    "household.shares_file": True,
    "household.resources_band": "above_one_and_half_smic",
    "household.sole_name_iban": "FR7600000000000000000000123",
    "household.joint_account": True,
    "household.last_allowance_on": date(2025, 1, 15),
    "evidence.kind": "ordonnance_de_protection",
    "evidence.dated_on": date(2026, 9, 1),
    "job_status": "student",
    "pregnant": True,
    "reduced_mobility": True,
    "pets": True,
    "communes_to_avoid": ["21166"],
    "language": "pt",
    "shared_accounts": ["email", "phone"],
    "psy_triage": "suicidal_risk",
}
DANGER = "danger"

Sent = Callable[[Person, DangerBand], object]


def slip(danger: DangerBand) -> RequestSlip:
    return RequestSlip("21-7KQF2M:auu:caf-21:1", "21-7KQF2M", Measure.AUU, "caf-21", None, danger)


def childcare(person: Person, danger: DangerBand) -> object:
    children = petite_enfance.children_to_place(person, TODAY)
    return petite_enfance.request(slip(danger), person, children).model_dump()


def at_the_door(measure: Measure) -> Sent:
    return lambda person, danger: fields_for(measure, person, danger, TODAY)


# Each column of the table, and the measures it speaks of.
COLUMNS: dict[str, tuple[Measure, ...]] = {
    "CAF/MSA": (Measure.AUU,),
    "Département": (Measure.DEPARTEMENT,),
    "CPAM": (Measure.HEALTH_COVER,),
    "SIAO": (Measure.HOUSING,),
    "Bailleur": (Measure.STABLE_HOUSING,),
    "Petite enfance": (Measure.CHILDCARE,),
    "École": (Measure.SCHOOL,),
    "France Travail": (Measure.EMPLOYMENT, Measure.TRAINING),
    "France Victimes": (Measure.PSY,),
    "Santé": (Measure.MEDICAL,),
    "BAV": (Measure.JUSTICE,),
}
ASKED = [measure for measures in COLUMNS.values() for measure in measures]

# By automatic exchange, where there is one; at the door, every agency may read its request.
BY_API: dict[str, Sent] = {
    "CAF/MSA": lambda p, d: caf.request(slip(d), p, TODAY).model_dump(),
    "SIAO": lambda p, d: siao.request(slip(d), p, TODAY).model_dump(),
    "Petite enfance": childcare,
    "France Travail": lambda p, d: france_travail.request(slip(d), p).model_dump(),
    "France Victimes": lambda p, d: france_victimes.request(slip(d), p).model_dump(),
    "BAV": lambda p, d: bav.request(slip(d), p).model_dump(),
}
AT_THE_DOOR: dict[str, list[Sent]] = {
    agency: [at_the_door(measure) for measure in measures] for agency, measures in COLUMNS.items()
}


def rows_of(*head: str) -> list[list[str]]:
    """Return the rows of the table of the page that begins so, its head first."""
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)]
    split = [[[cell.strip() for cell in line.strip("|").split("|")] for line in b] for b in blocks]
    rows = next(rows for rows in split if tuple(rows[0][: len(head)]) == head)
    return [rows[0], *rows[2:]]


def table() -> dict[str, dict[str, str]]:
    """Return the minimisation table: field, then agency, then « oui » or « non »."""
    head, *rows = rows_of("Donnée", "Champ")
    return {row[1].strip("`"): dict(zip(head[2:], row[2:], strict=True)) for row in rows}


def data_sets() -> dict[str, set[DataSet]]:
    """Return the data sets of each field; none for one that never leaves."""
    found: dict[str, set[DataSet]] = {}
    for _, code, fields in rows_of("Jeu de données", "Code")[1:]:
        for field in codes(fields):
            found.setdefault(field, set()).update(DataSet(one) for one in codes(code))
    return found


def codes(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def alex_with(path: str) -> Person:
    """Return Alex with one field written otherwise."""
    first, _, second = path.partition(".")
    value: Any = OTHERWISE[path]
    if not second:
        changed = value
    elif isinstance(ALEX[first], list):
        changed = [ALEX[first][0] | {second: value}]
    else:
        changed = ALEX[first] | {second: value}
    return Person.model_validate(ALEX | {first: changed})


def leaves(sent: Sent, path: str) -> bool:
    alex = Person.model_validate(ALEX)
    usual = sent(alex, DangerBand.HIGH)
    if path == DANGER:
        return sent(alex, DangerBand.WATCH) != usual
    return sent(alex_with(path), DangerBand.HIGH) != usual


def fields_of_a_person() -> set[str]:
    """Return the path of every field, down to those of the sheets a person is made of."""
    found: set[str] = set()
    for name, field in Person.model_fields.items():
        sheets = [one for one in _within(field.annotation) if issubclass(one, BaseModel)]
        found |= {f"{name}.{inner}" for sheet in sheets for inner in sheet.model_fields}
        if not sheets or name == "children":
            found.add(name)
    return found


def _within(annotation: Any) -> list[type]:
    inner = [each for argument in _arguments(annotation) for each in _within(argument)]
    return [annotation, *inner] if isinstance(annotation, type) else inner


def _arguments(annotation: Any) -> tuple[Any, ...]:
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    return arguments


def leaving(agency: str, path: str) -> bool:
    """Whether a field leaves towards an agency, by either way."""
    ways = [*AT_THE_DOOR[agency], *([BY_API[agency]] if agency in BY_API else [])]
    return any(leaves(sent, path) for sent in ways)


def test_every_field_of_a_person_has_its_row_and_its_data_set() -> None:
    assert set(table()) == fields_of_a_person() | {DANGER}
    assert set(OTHERWISE) == fields_of_a_person()
    assert set(data_sets()) == set(table())


def test_a_field_is_in_a_data_set_when_it_leaves_and_only_then() -> None:
    for field, row in table().items():
        assert bool(data_sets()[field]) is ("oui" in row.values()), field


def test_the_data_sets_are_named_as_people_read_them() -> None:
    named = {code: name for name, code, _ in rows_of("Jeu de données", "Code")[1:]}

    assert named.pop("—") == "Ne part jamais"
    assert named == {f"`{one.value}`": label(one) for one in DataSet}


def test_every_measure_asked_of_an_agency_has_its_column() -> None:
    told = {row[0]: codes(row[1]) for row in rows_of("Colonne", "Mesure")[1:]}

    assert set(ASKED) == set(Measure) - CHECKLISTS
    assert told == {agency: [one.value for one in COLUMNS[agency]] for agency in COLUMNS}
    assert rows_of("Donnée", "Champ")[0][2:] == list(COLUMNS)


def test_every_agency_that_has_a_connector_has_its_column() -> None:
    mapped = list((ROOT / "connectors").glob("*/mapping.py"))

    assert set(BY_API) <= set(COLUMNS)
    assert len(BY_API) == len(mapped)


@pytest.mark.parametrize("agency", BY_API)
def test_what_leaves_by_automatic_exchange_is_what_the_page_says(agency: str) -> None:
    told = {field: row[agency] for field, row in table().items()}

    assert told == {path: _word(leaves(BY_API[agency], path)) for path in told}


@pytest.mark.parametrize("agency", AT_THE_DOOR)
def test_what_an_agent_reads_at_the_door_is_what_the_page_says(agency: str) -> None:
    told = {field: row[agency] for field, row in table().items()}

    for sent in AT_THE_DOOR[agency]:
        assert told == {path: _word(leaves(sent, path)) for path in told}


@pytest.mark.parametrize(
    ("agency", "measure"), [(agency, one) for agency in COLUMNS for one in COLUMNS[agency]]
)
def test_a_yes_for_a_measure_covers_what_leaves_for_it_and_no_more(
    agency: str, measure: Measure
) -> None:
    of = data_sets()
    let_out = {path: of[path] & NEEDED[measure] for path in of if leaving(agency, path)}

    assert [path for path, covering in let_out.items() if not covering] == []
    assert set().union(*let_out.values()) == NEEDED[measure]


def test_a_list_gone_through_with_the_person_lets_nothing_out() -> None:
    assert {measure for measure, needed in NEEDED.items() if not needed} == CHECKLISTS


def test_every_fact_the_rules_know_is_told() -> None:
    told = [column for row in rows_of("Colonne de `facts`")[1:] for column in codes(row[0])]

    assert sorted(told) == sorted(Facts.model_fields)


def _word(leaving: bool) -> str:
    return "oui" if leaving else "non"
