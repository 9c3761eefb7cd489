"""What the door publishes of itself: OpenAPI, for the software of prescribers and agencies.

Danger: it is a file of the repository (docs/contracts/door.openapi.json), and the door does not
serve it. A page that names the programme would tell whoever meets this address what is behind it.
"""

from collections.abc import Mapping
from typing import Any

from connectors.registry import CALLBACK_WORDS
from connectors.signature import LONGEST_NUMBER, LONGEST_SEAL
from connectors.words import Said
from gateway.body import LARGEST_BODY
from models.labels import label
from models.referral_schema import referral_schema

Json = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_LATER = {
    "Retry-After": {"description": "Secondes", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
}
_REFUSALS = {
    401: "Jeton ou signature absents, faux ou périmés",
    404: "Organisme ou demande inconnus, ou adresse qui n'existe pas",
    405: "Cette action n'existe pas ici",
    409: "Même numéro, autre contenu : ce qui a été reçu d'abord est gardé",
    413: f"Plus de {LARGEST_BODY // 1024} Kio",
    422: "Hors contrat : ce qui est à corriger, sans la valeur reçue",
    429: "Trop en peu de temps : à renvoyer tel quel",
    503: "Non confirmé : à renvoyer tel quel, reçu deux fois il ne compte qu'une fois",
}
_SAID_LATER = frozenset({429, 503})


def door_contract() -> Json:
    """Return the OpenAPI document (3.1) of the door."""
    referral = referral_schema()
    schemas = referral.pop("$defs")
    referral.pop("$schema")
    words = {label(kind): _words(kind.value, said) for kind, said in CALLBACK_WORDS.items()}
    for title, (name, described) in words.items():
        described[name]["title"] = f"Rappel — {title}"
        schemas |= described
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "https://porte.example", "description": "Adresse convenue"}],
        "paths": _paths([name for name, _ in words.values()]),
        "components": {
            "securitySchemes": {"jeton": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                **_here({"Referral": referral, **schemas}),
                "Problems": _PROBLEMS,
                "Reference": _REFERENCE,
            },
        },
    }


_INFO = {
    "title": "Porte du dispositif Nouveau départ",
    "version": "1.0.0",
    "summary": "Proposer un départ ; rappeler au sujet d'une demande",
    "description": (
        "Toute autre réponse que 200, 201 ou 202 veut dire que rien n'est confirmé : renvoyez la "
        "même chose. Rien n'est écrit d'un envoi refusé. Le contrat de chaque organisme est dans "
        "le même dossier."
    ),
    "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
}
_PROBLEMS = {
    "type": "object",
    "required": ["problems"],
    "additionalProperties": False,
    "properties": {
        "problems": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "description": "Où, dans ce qui a été envoyé"},
                    "message": {"type": "string", "description": "Quoi faire, en français"},
                },
            },
        }
    },
}
_REFERENCE = {
    "type": "object",
    "required": ["reference"],
    "additionalProperties": False,
    "properties": {"reference": {"type": "string", "examples": ["21-7KQF2M"]}},
}


def _paths(callbacks: list[str]) -> Json:
    return {
        "/referrals": {
            "post": {
                "operationId": "proposerDepart",
                "summary": "Proposer un départ ; envoyée deux fois, elle n'en ouvre qu'un",
                "security": [{"jeton": []}],
                "requestBody": _body({"$ref": f"{_SCHEMAS}Referral"}),
                "responses": {
                    "201": _answer("Départ ouvert", f"{_SCHEMAS}Reference"),
                    "200": _answer("Déjà ouvert par cette proposition", f"{_SCHEMAS}Reference"),
                    **_refusals(401, 409, 413, 422, 503),
                },
            }
        },
        "/agencies/{agency}/callbacks": {
            "post": {
                "operationId": "rappeler",
                "summary": "Dire où en est une demande",
                "description": (
                    "Signé selon Standard Webhooks ; `webhook-id` est le numéro de l'événement "
                    "que porte le corps, le même à chaque renvoi."
                ),
                "security": [],
                "parameters": _CALLBACK_PARAMETERS,
                "requestBody": _body({"anyOf": [{"$ref": _SCHEMAS + one} for one in callbacks]}),
                "responses": {
                    "202": {
                        "description": "Écrit",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    **_refusals(401, 404, 409, 413, 422, 429, 503),
                },
            }
        },
        "/health": {"get": _state("porteDebout", "Dire si la porte répond", "up")},
        "/ready": {
            "get": _state("portePrete", "Dire si la base répond aussi", "ready", **_refusals(503))
        },
    }


_CALLBACK_PARAMETERS = [
    {
        "name": "agency",
        "in": "path",
        "required": True,
        "description": "Le code de l'organisme dans le territoire, tel que caf-21",
        "schema": {"type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": 60},
    },
    {
        "name": "webhook-id",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_NUMBER},
    },
    {
        "name": "webhook-timestamp",
        "in": "header",
        "required": True,
        "description": "Secondes depuis 1970, temps réel ; cinq minutes de tolérance",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    {
        "name": "webhook-signature",
        "in": "header",
        "required": True,
        "description": "HMAC-SHA256 de « webhook-id.webhook-timestamp.corps »",
        "schema": {"type": "string", "pattern": "v1,", "maxLength": LONGEST_SEAL},
    },
]


def _body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(words: str, schema: str) -> Json:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": schema}}}}


def _refusals(*statuses: int) -> Json:
    return {str(status): _refusal(status) for status in statuses}


def _refusal(status: int) -> Json:
    answer = _answer(_REFUSALS[status], f"{_SCHEMAS}Problems")
    return answer | ({"headers": _LATER} if status in _SAID_LATER else {})


def _state(name: str, summary: str, state: str, **refusals: Json) -> Json:
    said = {"type": "object", "required": ["state"], "properties": {"state": {"const": state}}}
    well = {"description": "Oui", "content": {"application/json": {"schema": said}}}
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {"200": well, **refusals},
    }


def _words(kind: str, said: type[Said]) -> tuple[str, Json]:
    """Return the name of a callback and its schemas: closed, and with what each word needs."""
    template = f"{_SCHEMAS}{kind}_{{model}}"
    schema = said.model_json_schema(ref_template=template)
    described = {f"{kind}_{name}": one for name, one in schema.pop("$defs", {}).items()}
    name = f"{kind}_{said.__name__}"
    described[name] = schema | {"allOf": list(_needs(said))} if said.needs else schema
    return name, {one: _closed(sheet) for one, sheet in described.items()}


def _needs(said: type[Said]) -> Any:
    for word, fields in said.needs.items():
        of_word = next(n for n, f in said.model_fields.items() if f.annotation is type(word))
        there = {field: {"not": {"type": "null"}} for field in fields}
        yield {
            "if": {"properties": {of_word: {"const": word}}, "required": [of_word]},
            "then": {"required": list(fields), "properties": there},
        }


def _closed(sheet: Json) -> Json:
    # What our docstrings say is ours; the names of the contract speak for themselves.
    said = {name: part for name, part in sheet.items() if name != "description"}
    return said | ({"additionalProperties": False} if sheet.get("type") == "object" else {})


def _here(schemas: Mapping[str, Any]) -> Json:
    """Point the references of a schema of its own at the components of this document."""

    def pointed(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: pointed(value) for name, value in part.items()}
        if isinstance(part, list):
            return [pointed(value) for value in part]
        return part.replace("#/$defs/", _SCHEMAS) if isinstance(part, str) else part

    found: Json = pointed(dict(schemas))
    return found
