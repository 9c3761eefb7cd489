"""The glossary knows every public class of `models/`, and nothing that is not there."""

import importlib
import inspect
import pkgutil
import re

import models
from core.settings import ROOT
from models.measure import Measure
from models.request import RequestState

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
FHIR_TASK_CODES = set(
    "draft requested received accepted rejected ready cancelled in-progress on-hold failed "
    "completed entered-in-error".split()
)


def classes() -> set[str]:
    return {
        name
        for module in pkgutil.walk_packages(models.__path__, "models.")
        for name, value in vars(importlib.import_module(module.name)).items()
        if inspect.isclass(value) and value.__module__ == module.name and not name.startswith("_")
    }


def rows() -> list[list[str]]:
    lines = [line for line in GLOSSARY.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def explained() -> dict[str, list[str]]:
    named = [(re.fullmatch(r"`([A-Z]\w+)`", row[1]), row) for row in rows()]
    return {match[1]: row for match, row in named if match}


def test_every_public_class_is_in_the_glossary() -> None:
    assert sorted(classes() - explained().keys()) == []


def test_the_glossary_names_no_class_that_does_not_exist() -> None:
    assert sorted(explained().keys() - classes()) == []


def test_every_class_has_its_french_term_and_where_it_comes_from() -> None:
    for name, row in explained().items():
        assert row[0], name
        assert row[-1], name


def test_no_french_term_stands_for_two_classes() -> None:
    terms = [row[0] for row in explained().values()]

    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_every_measure_is_explained_under_its_code() -> None:
    told = {(row[1], row[2]) for row in rows()}

    for measure in Measure:
        assert (f"`Measure.{measure.name}`", f"`{measure.value}`") in told


def test_every_state_of_a_request_has_its_fhir_task_code() -> None:
    codes = {row[1].strip("`"): re.match(r"`([a-z-]+)`", row[2]) for row in rows() if len(row) == 3}

    for state in RequestState:
        code = codes[state.value]
        assert code is not None, state
        assert code[1] in FHIR_TASK_CODES, state
