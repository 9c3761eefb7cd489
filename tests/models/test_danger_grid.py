"""The danger band: each instrument's own rule, and never less than what a human declared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.danger import DangerBand
from models.danger_grid import (
    Instrument,
    InstrumentsInvalid,
    band_at_intake,
    band_of,
    highest,
    known,
    load_instruments,
)
from models.referral import DangerAnswers

# The duration of one example says nothing here, and varies on a shared machine.
settings.register_profile("danger_grid", deadline=None)
settings.load_profile("danger_grid")

SHIPPED = load_instruments(ROOT / "law" / "instruments.toml")
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
NOT_ASSESSED, WATCH, HIGH, IMMEDIATE = DangerBand

EXAMPLE, HAS, POLICE = (
    ("grille-exemple", "1.0"),
    ("has-2020", "2020"),
    ("grille-police-2019", "2019"),
)
GRIDS = {EXAMPLE: SHIPPED[EXAMPLE], HAS: SHIPPED[HAS], POLICE: SHIPPED[POLICE]}

bands = st.sampled_from(DangerBand)
names = st.sampled_from([*SHIPPED, ("grille-inconnue", "1"), ("has-2020", "2031")])
codes = st.sampled_from([code for grid in SHIPPED.values() for code in grid.questions] + ["autre"])
answers_given = st.dictionaries(codes, st.booleans(), max_size=60)

Write = Callable[[str], Path]


def yes(*codes: str) -> dict[str, bool]:
    return dict.fromkeys(codes, True)


def not_red(grid: Instrument) -> list[str]:
    return [code for code in grid.questions if code not in grid.red]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str) -> Path:
        path = tmp_path / "instruments.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.mark.parametrize(
    ("grid", "answers", "band"),
    [
        (EXAMPLE, {}, NOT_ASSESSED),
        (EXAMPLE, {"arme_au_domicile": False}, WATCH),
        (EXAMPLE, yes("separation_annoncee"), WATCH),
        (EXAMPLE, yes("separation_annoncee", "enfants_temoins"), HIGH),
        (EXAMPLE, yes("arme_au_domicile"), HIGH),
        (EXAMPLE, yes("arme_au_domicile", "menaces_de_mort"), IMMEDIATE),
        (EXAMPLE, yes("etranglement", "isolement"), HIGH),
        (EXAMPLE, yes("etranglement", "violences_en_hausse"), IMMEDIATE),
        (EXAMPLE, yes("etranglement") | {"violences_en_hausse": False}, HIGH),
        (HAS, yes("armes_a_feu"), IMMEDIATE),
        (HAS, yes("menaces_de_mort"), IMMEDIATE),
        (HAS, yes("antecedents_judiciaires") | {"armes_a_feu": False}, WATCH),
        (POLICE, yes("armes_a_feu"), WATCH),
        (POLICE, yes("armes_a_feu", "violences_plus_frequentes"), HIGH),
        (POLICE, yes(*not_red(GRIDS[POLICE])[:11]), WATCH),
        (POLICE, yes("armes_a_feu", *not_red(GRIDS[POLICE])[:10]), WATCH),
        (POLICE, yes("armes_a_feu", *not_red(GRIDS[POLICE])[:11]), HIGH),
        (POLICE, yes(*not_red(GRIDS[POLICE])[:12]), HIGH),
    ],
)
def test_the_instrument_gives_the_band_of_its_own_rule(
    grid: tuple[str, str], answers: dict[str, bool], band: DangerBand
) -> None:
    assert band_of(*grid, answers) is band


@pytest.mark.parametrize("grid", SHIPPED.values(), ids=lambda grid: grid.code)
def test_every_rule_of_a_shipped_instrument_fires_on_the_least_it_asks_for(
    grid: Instrument,
) -> None:
    order = [DangerBand.NOT_ASSESSED, WATCH, HIGH, IMMEDIATE]
    for rule in grid.rules:
        least = [
            *([code] for code in rule.any_of or []),
            *([rule.all_of] if rule.all_of else []),
            *([grid.red[: rule.red_at_least]] if rule.red_at_least else []),
            *([not_red(grid)[: rule.yes_at_least]] if rule.yes_at_least else []),
        ]
        assert least
        for codes in least:
            band = band_of(grid.code, grid.version, yes(*codes))
            assert band is not None
            assert order.index(band) >= order.index(DangerBand(rule.band)), (grid.code, codes)


def test_three_instruments_are_shipped_and_a_referral_can_name_each_of_their_questions() -> None:
    assert set(SHIPPED) == set(GRIDS)
    for (code, version), grid in SHIPPED.items():
        assert known(code, version)
        DangerAnswers(
            instrument=code,
            instrument_version=version,
            answers=yes(*grid.questions),
            band=NOT_ASSESSED,
        )


@pytest.mark.parametrize(("code", "version"), [("grille-inconnue", "1.0"), ("has-2020", "2031")])
def test_an_unknown_instrument_leaves_the_band_to_whoever_declared_it(
    code: str, version: str
) -> None:
    answers = yes("armes_a_feu", "menaces_de_mort")

    assert not known(code, version)
    assert band_of(code, version, answers) is None
    assert band_at_intake(WATCH, code, version, answers) is WATCH


def test_answers_to_questions_of_another_instrument_count_for_nothing() -> None:
    strangers = yes(*(f"question_{number}" for number in range(20)))

    assert band_of(*POLICE, strangers) is NOT_ASSESSED
    assert band_of(*POLICE, strangers | {"armes_a_feu": False}) is WATCH


def test_a_prescriber_who_sees_an_immediate_danger_is_not_talked_out_of_it() -> None:
    assert band_at_intake(IMMEDIATE, *EXAMPLE, {"arme_au_domicile": False}) is IMMEDIATE


def test_an_instrument_that_fires_raises_what_was_declared() -> None:
    assert band_at_intake(WATCH, *HAS, yes("armes_a_feu")) is IMMEDIATE


@pytest.mark.parametrize("graver", range(4))
def test_bands_are_ordered_from_not_assessed_to_immediate(graver: int) -> None:
    rising = [NOT_ASSESSED, WATCH, HIGH, IMMEDIATE]

    for less in rising[: graver + 1]:
        assert highest(less, rising[graver]) is rising[graver]
        assert highest(rising[graver], less) is rising[graver]


@given(bands, names, answers_given)
def test_a_score_never_lowers_a_human_judgement(
    declared: DangerBand, name: tuple[str, str], answers: dict[str, bool]
) -> None:
    band = band_at_intake(declared, *name, answers)

    assert highest(band, declared) is band
    assert band in (declared, band_of(*name, answers))


@given(names, answers_given, codes)
def test_one_more_yes_never_lowers_the_band(
    name: tuple[str, str], answers: dict[str, bool], code: str
) -> None:
    before, after = band_of(*name, answers), band_of(*name, answers | {code: True})

    if before is None or after is None:
        assert before is after
    else:
        assert highest(before, after) is after


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_example_is_raised_because_each_declares_what_its_grid_gives(path: Path) -> None:
    danger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["danger"]
    name = danger["instrument"], danger["instrument_version"]
    declared = DangerBand(danger["band"])

    assert set(danger["answers"]) <= set(SHIPPED[name].questions)
    assert band_of(*name, danger["answers"]) is declared
    assert band_at_intake(declared, *name, danger["answers"]) is declared


WRONG = """
[[instruments]]
code = "grille-a"
version = "1"
name = "Grille A"
source = "un essai"
questions = ["une", "deux", "deux"]
red = ["trois"]

[[instruments.rules]]
band = "watch"
yes_at_least = 1

[[instruments.rules]]
band = "high"

[[instruments.rules]]
band = "high"
any_of = ["quatre"]
yes_at_least = 3

[[instruments.rules]]
band = "immediate"
red_at_least = 0

[[instruments.rules]]
band = "immediate"
red_at_least = 2

[[instruments]]
code = "grille-a"
version = "1"
source = "un essai"
questions = ["Une question"]
colour = "red"
rules = []

[[instruments]]
"""


def test_a_wrong_file_tells_all_its_problems_at_once(write: Write) -> None:
    with pytest.raises(InstrumentsInvalid) as caught:
        load_instruments(write(WRONG))

    told = dict(caught.value.problems)
    first = "instruments[grille-a]"
    for key, advice in {
        f"{first}.questions": "« deux » est écrit 2 fois",
        f"{first}.red": "« trois »",
        f"{first}.rules[n° 1].band": "'high' ou 'immediate'",
        f"{first}.rules[n° 2]": "une condition, et une seule",
        f"{first}.rules[n° 3]": "une condition, et une seule",
        f"{first}.rules[n° 3].any_of": "« quatre »",
        f"{first}.rules[n° 3].yes_at_least": "2 au plus",
        f"{first}.rules[n° 4].red_at_least": "1 au moins",
        f"{first}.rules[n° 5].red_at_least": "1 au plus",
        f"{first}.version": "deux fois la même grille",
        f"{first}.name": "l'ajouter",
        f"{first}.questions[n° 1]": "forme attendue",
        f"{first}.colour": "inconnue",
        f"{first}.rules": "1 élément au moins",
        "instruments[n° 3].code": "l'ajouter",
    }.items():
        assert advice in told.get(key, ""), (key, told)
    text = str(caught.value)
    assert text.startswith(f"{len(caught.value.problems)} points à corriger dans les grilles")
    assert all(f"- {key} : {advice}" in text for key, advice in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("instruments = ", "TOML"), ("", "l'ajouter"), ("instruments = []", "1 él")],
)
def test_a_file_without_any_instrument_is_refused(write: Write, text: str, advice: str) -> None:
    with pytest.raises(InstrumentsInvalid, match=advice):
        load_instruments(write(text))
