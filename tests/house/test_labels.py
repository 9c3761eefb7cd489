"""Every code a human can meet has a French label, and a label stands for one code only."""

import importlib
import pkgutil
from enum import StrEnum

import pytest

import models
from models.labels import LABELS, label
from models.measure import Measure
from models.question import Choice, Wish


def enumerations() -> list[type[StrEnum]]:
    found: dict[str, type[StrEnum]] = {}
    for module in pkgutil.walk_packages(models.__path__, "models."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                found[f"{value.__module__}.{name}"] = value
    return [value for name, value in sorted(found.items()) if name.endswith(value.__qualname__)]


each_enumeration = pytest.mark.parametrize("kind", enumerations(), ids=lambda kind: kind.__name__)


def test_the_search_finds_the_enumerations() -> None:
    assert {Measure, Choice} <= set(enumerations())


@each_enumeration
def test_every_member_has_a_label_of_its_own(kind: type[StrEnum]) -> None:
    labels = [label(member) for member in kind]

    assert len(set(labels)) == len(labels)
    for text in labels:
        assert text == text.strip() != ""


@each_enumeration
def test_no_label_outlives_its_code(kind: type[StrEnum]) -> None:
    assert set(LABELS[kind]) == set(kind)


def test_no_answer_can_be_taken_for_the_absence_of_one() -> None:
    # The form's own value for a question left open.
    assert "Plus tard" not in {*LABELS[Choice].values(), *LABELS[Wish].values()}


def test_no_label_is_the_code_itself() -> None:
    for kind, labels in LABELS.items():
        for member, text in labels.items():
            assert text != member.value, (kind, member)
