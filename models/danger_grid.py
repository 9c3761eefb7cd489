"""Instrument — grille d'évaluation du danger : which band its own rule gives to a set of yes and
no. Read from `law/instruments.toml`.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.settings import ROOT
from models.danger import DangerBand
from models.referral import AnswerCode
from models.territory_rules import Finding
from models.territory_shape import misfits

_FILE = ROOT / "law" / "instruments.toml"
_ORDER = (DangerBand.NOT_ASSESSED, DangerBand.WATCH, DangerBand.HIGH, DangerBand.IMMEDIATE)
_CONDITIONS = {"any_of", "all_of", "red_at_least", "yes_at_least"}

_Codes = Annotated[list[AnswerCode], Field(min_length=1)]
_Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Table):
    """A band, and the one condition that gives it."""

    band: Literal["high", "immediate"]
    any_of: _Codes | None = None
    all_of: _Codes | None = None
    red_at_least: _Count | None = None
    yes_at_least: _Count | None = None

    def fires(self, yes: set[str], red: Iterable[str]) -> bool:
        if self.any_of is not None:
            return not yes.isdisjoint(self.any_of)
        if self.all_of is not None:
            return yes.issuperset(self.all_of)
        if self.red_at_least is not None:
            return len(yes.intersection(red)) >= self.red_at_least
        return self.yes_at_least is not None and len(yes) >= self.yes_at_least


class Instrument(_Table):
    """One version of one instrument: yes or no questions, some of them red, and its rules."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,20}$")]
    name: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    source: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    questions: _Codes
    red: list[AnswerCode] = []
    rules: Annotated[list[_Rule], Field(min_length=1)]


class InstrumentsInvalid(Exception):
    """The file of the instruments cannot be used. Carries every problem found in it."""

    def __init__(self, problems: tuple[Finding, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"{count} point{'s' if count > 1 else ''} à corriger dans les grilles de danger :"
        return "\n".join([title, *(f"- {key} : {advice}" for key, advice in self.problems)])


def known(instrument: str, version: str) -> bool:
    """Whether the rule of this version of this instrument is known."""
    return (instrument, version) in _shipped()


def band_of(instrument: str, version: str, answers: Mapping[str, bool]) -> DangerBand | None:
    """Return the gravest band whose rule fires, else `watch`; None for an unknown instrument.

    Answers to questions the instrument does not have are ignored; without any other, nothing was
    assessed.
    """
    grid = _shipped().get((instrument, version))
    if grid is None:
        return None
    answered = answers.keys() & set(grid.questions)
    if not answered:
        return DangerBand.NOT_ASSESSED
    yes = {code for code in answered if answers[code]}
    fired = [DangerBand(rule.band) for rule in grid.rules if rule.fires(yes, grid.red)]
    return highest(DangerBand.WATCH, *fired)


def band_at_intake(
    declared: DangerBand, instrument: str, version: str, answers: Mapping[str, bool]
) -> DangerBand:
    """Return the band a departure opens with: what the prescriber declared, or what the instrument
    gives when that is graver (a score never lowers a human judgement).
    """
    given = band_of(instrument, version, answers)
    return declared if given is None else highest(declared, given)


def highest(*bands: DangerBand) -> DangerBand:
    """Return the gravest of these bands, one at least."""
    return max(bands, key=_ORDER.index)


def load_instruments(path: Path) -> dict[tuple[str, str], Instrument]:
    """Return every instrument of a file by its code and version.

    Raises InstrumentsInvalid with all the problems at once.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstrumentsInvalid(
            ((path.name, f"ce n'est pas du TOML lisible ({error})"),)
        ) from None
    grids: list[Instrument] = []
    found: list[Finding] = []
    try:
        grids = _File.model_validate(table).instruments
    except ValidationError as error:
        found = misfits(error, table)
    told = {key for key, _ in found}
    found += [(key, advice) for key, advice in _findings(table) if key not in told]
    if found:
        raise InstrumentsInvalid(tuple(found))
    return {(grid.code, grid.version): grid for grid in grids}


class _File(_Table):
    instruments: Annotated[list[Instrument], Field(min_length=1)]


@lru_cache(maxsize=1)
def _shipped() -> Mapping[tuple[str, str], Instrument]:
    return load_instruments(_FILE)


def _findings(table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what crosses the fields, stepping over what has a wrong shape."""
    seen: set[tuple[str, str]] = set()
    for place, grid in enumerate(_rows(table, "instruments"), 1):
        key = f"instruments[{grid.get('code') or f'n° {place}'}]"
        name = str(grid.get("code")), str(grid.get("version"))
        if name in seen:
            yield (
                f"{key}.version",
                "deux fois la même grille : en changer la version, ou la retirer",
            )
        seen.add(name)
        yield from _grid_findings(key, grid)


def _grid_findings(key: str, grid: Mapping[str, Any]) -> Iterator[Finding]:
    questions, red = _codes(grid, "questions"), _codes(grid, "red")
    for name, codes in (("questions", questions), ("red", red)):
        for code, count in Counter(codes).items():
            if count > 1:
                yield f"{key}.{name}", f"« {code} » est écrit {count} fois"
    yield from _strangers(f"{key}.red", red, questions)
    for number, rule in enumerate(_rows(grid, "rules"), 1):
        yield from _rule_findings(f"{key}.rules[n° {number}]", rule, questions, red)


def _rule_findings(
    key: str, rule: Mapping[str, Any], questions: list[str], red: list[str]
) -> Iterator[Finding]:
    if len(_CONDITIONS & rule.keys()) != 1:
        yield key, f"une condition, et une seule : {', '.join(sorted(_CONDITIONS))}"
    for name in ("any_of", "all_of"):
        yield from _strangers(f"{key}.{name}", _codes(rule, name), questions)
    for name, codes in (("red_at_least", red), ("yes_at_least", questions)):
        # Danger: a rule that can never fire looks like a rule that watches.
        if isinstance(rule.get(name), int) and rule[name] > len(set(codes)):
            yield f"{key}.{name}", f"jamais atteint : {len(set(codes))} au plus"


def _strangers(key: str, codes: list[str], questions: list[str]) -> Iterator[Finding]:
    for code in codes:
        if code not in questions:
            yield key, f"« {code} » n'est pas une question de cette grille"


def _rows(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = table.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _codes(table: Mapping[str, Any], key: str) -> list[str]:
    codes = table.get(key)
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []
