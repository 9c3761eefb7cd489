"""Reads `territories/*.toml`, and tells at once everything that is wrong in all the files."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from models.territory import Territory
from models.territory_rules import Finding, findings
from models.territory_shape import misfits


@dataclass(frozen=True)
class TerritoryProblem:
    """One thing to correct in a territory's file: where, and what to do, in French."""

    file: str
    """Path of the file, or of the folder when no file is to blame."""
    key: str
    """Such as ``agencies[caf-21].address``; empty for the file itself."""
    advice: str

    def __str__(self) -> str:
        return f"{self.file} : {f'{self.key} : ' if self.key else ''}{self.advice}"


class TerritoryInvalid(Exception):
    """The files of the territories cannot be used. Carries every problem found in them."""

    def __init__(self, problems: tuple[TerritoryProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"{count} point{'s' if count > 1 else ''} à corriger dans les territoires :"
        return "\n".join([title, *(f"- {problem}" for problem in self.problems)])


class TerritoryUnknown(LookupError):
    """No file describes this territory."""

    def __init__(self, code: str, folder: str) -> None:
        super().__init__(code, folder)
        self.code = code
        self.folder = folder

    def __str__(self) -> str:
        return f"aucun fichier « {self.code}-….toml » dans {self.folder} : vérifier le code"


def load_territories(folder: Path) -> dict[str, Territory]:
    """Return every territory of a folder by its code.

    Raises TerritoryInvalid with all the problems of all the files, so that one reading suffices.
    """
    paths = _files(folder)
    read = [_read(path) for path in paths]
    problems = [problem for _, found in read for problem in found]
    if not paths:
        problems.append(_nothing_in(folder))
    for code, count in Counter(map(_code, paths)).items():
        if count > 1:
            problems.append(TerritoryProblem(str(folder), "", f"{count} fichiers pour le {code}"))
    if problems:
        raise TerritoryInvalid(tuple(problems))
    return {territory.code: territory for territory, _ in read if territory is not None}


def load_territory(folder: Path, code: str) -> Territory:
    """Return one territory. A mistake in another territory's file does not stop this one.

    Raises TerritoryUnknown when no file describes it, TerritoryInvalid when its file is wrong.
    """
    path = next((path for path in _files(folder) if _code(path) == code), None)
    if path is None:
        raise TerritoryUnknown(code, str(folder))
    territory, problems = _read(path)
    if territory is None or problems:
        raise TerritoryInvalid(tuple(problems))
    return territory


@lru_cache(maxsize=8)
def known_territories(folder: Path) -> Mapping[str, Territory]:
    """Return what load_territories read the first time; a changed file needs a new process."""
    return load_territories(folder)


@lru_cache(maxsize=128)
def known_territory(folder: Path, code: str) -> Territory:
    """Return what load_territory read the first time; a changed file needs a new process."""
    return load_territory(folder, code)


@lru_cache(maxsize=128)
def territories_beside(folder: Path, here: str) -> Mapping[str, str]:
    """Return the code and the name of every other territory that can be used today, as read the
    first time. A mistake in another territory's file does not stop this one.
    """
    read = (_read(path) for path in _files(folder) if _code(path) != here)
    return {known.code: known.name for known, problems in read if known and not problems}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _code(path: Path) -> str:
    # Rule: a file is named after its territory, code first (checked by the rules).
    return path.stem.partition("-")[0]


def _nothing_in(folder: Path) -> TerritoryProblem:
    return TerritoryProblem(str(folder), "", "aucun fichier .toml : vérifier le chemin")


def _read(path: Path) -> tuple[Territory | None, list[TerritoryProblem]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [TerritoryProblem(str(path), "", f"ce n'est pas du TOML lisible ({error})")]
    territory: Territory | None = None
    found: list[Finding] = []
    try:
        territory = Territory.model_validate(table)
    except ValidationError as error:
        found = misfits(error, table)
    told = {key for key, _ in found}
    found += [(key, advice) for key, advice in findings(table, path.name) if key not in told]
    return territory, [TerritoryProblem(str(path), key, advice) for key, advice in found]
