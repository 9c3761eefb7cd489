"""What is wrong in the shape of a territory's file, said in French to the person who wrote it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.territory_rules import Finding


def misfits(error: ValidationError, table: Any) -> list[Finding]:
    """Return what pydantic found in a TOML table: the key path, and what to do there."""
    return [(_key(problem["loc"], table), _advice(problem)) for problem in error.errors()]


def _key(location: tuple[int | str, ...], table: Any) -> str:
    """Name a place as its author would: a row of a list by its code, anything else by its key."""
    return ".".join(_steps(location, table)).replace(".[", "[")


def _steps(location: tuple[int | str, ...], table: Any) -> Iterator[str]:
    for step in location:
        if step == "[key]":
            return
        try:
            table = table[step]
        except (KeyError, IndexError, TypeError):
            table = None
        if isinstance(step, int):
            code = table.get("code") if isinstance(table, dict) else None
            yield f"[{code or f'n° {step + 1}'}]"
        else:
            yield step


# What to do about each kind of mistake pydantic can find in a territory's file.
_ADVICE = {
    "missing": "clé absente : l'ajouter",
    "extra_forbidden": "clé inconnue : corriger son orthographe ou la retirer",
    "enum": "valeur inconnue : choisir parmi {expected}",
    "literal_error": "valeur inconnue : choisir parmi {expected}",
    "string_type": "un texte entre guillemets est attendu",
    "string_pattern_mismatch": "forme attendue : {pattern}",
    "string_too_short": "texte trop court : {min_length} caractères au moins",
    "string_too_long": "texte trop long : {max_length} caractères au plus",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "greater_than_equal": "{ge} au moins",
    "less_than_equal": "{le} au plus",
    "date_type": "une date est attendue, sans guillemets, comme 2027-01-31",
    "date_parsing": "une date est attendue, sans guillemets, comme 2027-01-31",
    "date_from_datetime_parsing": "une date est attendue, sans guillemets, comme 2027-01-31",
    "date_from_datetime_inexact": "une date sans heure est attendue, comme 2027-01-31",
    "too_short": "liste trop courte : {min_length} élément au moins",
    "list_type": "une liste entre crochets est attendue",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
}


def _advice(problem: ErrorDetails) -> str:
    words = {
        name: str(value).replace(" or ", " ou ") for name, value in problem.get("ctx", {}).items()
    }
    advice = _ADVICE.get(problem["type"], f"valeur refusée ({problem['type']})")
    return advice.format_map(words)
