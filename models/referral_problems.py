"""Reads a referral; when it is not right, says in French everything to correct, at once."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.strict_json import JsonRefused, KeyRepeated, read_json
from models.referral import Referral
from models.referral_rules import Problem, problems_among
from models.territory import Territory

_SHOWN = 100
"""At most this many problems in one reply."""

# Danger: a key that nobody of ours named may be somebody's name; only a code-like one is repeated.
_CODE_LIKE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_MAY_HOLD_LINES = re.compile(r"\.(mail_address|cover_story)$")

_FIELDS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    for name, field in Referral.model_fields.items()
}

_MESSAGES = {
    "json_invalid": "Ce document contient un caractère illisible ou est trop imbriqué.",
    "missing": "Champ obligatoire absent.",
    "string_type": "Un texte est attendu.",
    "int_type": "Un nombre entier est attendu.",
    "bool_type": "true ou false est attendu.",
    "list_type": "Une liste est attendue.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "string_pattern_mismatch": "Ce texte n'a pas la forme attendue.",
    "string_unicode": "Ce texte contient un caractère illisible.",
    "date_type": "Une date est attendue : AAAA-MM-JJ.",
    "date_parsing": "Une date est attendue : AAAA-MM-JJ.",
    "date_from_datetime_parsing": "Une date est attendue : AAAA-MM-JJ.",
    "date_from_datetime_inexact": "Une date sans heure est attendue : AAAA-MM-JJ.",
    "time_type": "Une heure est attendue : HH:MM.",
    "time_parsing": "Une heure est attendue : HH:MM.",
    "datetime_type": "Un instant est attendu : AAAA-MM-JJTHH:MM:SS+01:00.",
    "datetime_parsing": "Un instant est attendu : AAAA-MM-JJTHH:MM:SS+01:00.",
    "datetime_from_date_parsing": "Un instant est attendu : AAAA-MM-JJTHH:MM:SS+01:00.",
    "timezone_aware": "Indiquez le fuseau horaire, par exemple +01:00 ou Z.",
    "uuid_type": "Un identifiant UUID est attendu.",
    "uuid_parsing": "Un identifiant UUID est attendu.",
    "string_too_short": "Ce texte est trop court : au moins {min_length} caractère(s).",
    "string_too_long": "Ce texte est trop long : au plus {max_length} caractères.",
    "too_short": "Cette liste est trop courte : au moins {min_length}.",
    "too_long": "Cette liste est trop longue : au plus {max_length}.",
    "greater_than_equal": "Cette valeur est trop petite ou trop ancienne.",
    "less_than": "Cette valeur est trop grande ou trop lointaine.",
    "less_than_equal": "Cette valeur est trop grande ou trop lointaine.",
    "enum": "Valeur inconnue ; attendu : {expected}.",
    "literal_error": "Valeur inconnue ; attendu : {expected}.",
}


class ReferralInvalid(Exception):
    """The referral is refused. Carries every problem, and no value of what was sent."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return f"{len(self.problems)} problème(s)"


def parse_document(body: bytes) -> object:
    """Return what a JSON text says. Raises `ReferralInvalid` on bad JSON and on a repeated key."""
    try:
        return read_json(body)
    except KeyRepeated:
        words = "Un même champ est écrit deux fois."
    except JsonRefused:
        words = "Ce n'est pas un document JSON lisible, en UTF-8."
    raise ReferralInvalid([Problem("", words)])


def read_referral(
    document: object, territories: Mapping[str, Territory], now: datetime
) -> Referral:
    """Return the referral a parsed JSON document holds.

    `now` is an aware instant. Raises `ReferralInvalid` with all the problems: those of form, and
    those of the rules that could already be checked on what was readable.
    """
    try:
        problems, referral = _problems_and_referral(document, territories, now)
    except RecursionError:
        raise ReferralInvalid([Problem("", "Ce document est trop imbriqué.")]) from None
    if problems:
        raise ReferralInvalid(_at_most(_SHOWN, list(dict.fromkeys(problems))))
    return referral


def _problems_and_referral(
    document: object, territories: Mapping[str, Territory], now: datetime
) -> tuple[list[Problem], Referral]:
    referral, problems = _read_form(document)
    readable = set(referral.model_fields_set)
    territory = territories.get(referral.territory) if "territory" in readable else None
    if "territory" in readable and territory is None:
        problems.append(Problem("territory", "Le dispositif n'est pas ouvert dans ce territoire."))
    problems += problems_among(referral, readable, territory, now)
    problems += _invisible_characters(document, "")
    return problems, referral


def _read_form(document: object) -> tuple[Referral, list[Problem]]:
    text = json.dumps(document)
    try:
        referral = Referral.model_validate_json(text, strict=True)
    except ValidationError as error:
        problems = [_in_french(one) for one in error.errors(include_url=False, include_input=False)]
        return _what_is_readable(document), problems
    # Absent fields have their default: they are as readable as the others.
    return Referral.model_construct(set(Referral.model_fields), **dict(referral)), []


def _what_is_readable(document: object) -> Referral:
    """Return a referral that holds the right fields only; rules read it, nobody keeps it."""
    values: dict[str, Any] = {}
    for name, adapter in _FIELDS.items():
        if isinstance(document, dict) and name in document:
            try:
                values[name] = adapter.validate_json(json.dumps(document[name]), strict=True)
            except ValidationError:
                continue
    return Referral.model_construct(set(values), **values)


def _in_french(error: ErrorDetails) -> Problem:
    where = list(error["loc"])
    if error["type"] == "extra_forbidden":
        key = str(where.pop())
        named = f" : {key}" if _CODE_LIKE.match(key) else ""
        return Problem(_path(where), f"Champ inconnu{named}.")
    if where and where[-1] == "[key]":
        return Problem(_path(where[:-2]), "Un code de réponse n'a pas la forme attendue.")
    message = _MESSAGES.get(error["type"], "Cette valeur n'est pas acceptée.")
    # `ctx` holds limits and lists of ours; nothing of what was sent is used.
    limits = {name: _limit(limit) for name, limit in error.get("ctx", {}).items()}
    return Problem(_path(where), message.format_map(limits))


def _limit(limit: object) -> str:
    return str(limit).replace(" or ", " ou ").replace("True", "true")


def _path(where: list[int | str]) -> str:
    path = ""
    for step in where:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _CODE_LIKE.match(step):
            path += f".{step}" if path else step
        else:
            break
    return path


def _invisible_characters(document: object, path: str) -> Iterator[Problem]:
    if isinstance(document, str):
        allowed = "\n" if _MAY_HOLD_LINES.search(path) else ""
        if any(unicodedata.category(one) in ("Cc", "Cs") for one in document if one not in allowed):
            yield Problem(path, "Ce texte contient un caractère invisible.")
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from _invisible_characters(value, f"{path}[{place}]")
    elif isinstance(document, dict):
        for key, value in document.items():
            if _CODE_LIKE.match(key):
                yield from _invisible_characters(value, f"{path}.{key}".removeprefix("."))


def _at_most(count: int, problems: list[Problem]) -> list[Problem]:
    if len(problems) <= count:
        return problems
    rest = Problem("", f"Et {len(problems) - count} autres problèmes.")
    return [*problems[:count], rest]
