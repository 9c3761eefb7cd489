"""The published contracts, read from docs/contracts: what is outside them is refused."""

from functools import lru_cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from core.settings import ROOT

_FOLDER = ROOT / "docs" / "contracts"


@lru_cache
def contract(kind: str) -> dict[str, Any]:
    """Return the OpenAPI document of one kind of agency."""
    text = (_FOLDER / f"{kind}.openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def faults(kind: str, schema: str, document: object) -> list[str]:
    """Return the places where a document leaves a schema, without the values found there."""
    return sorted(
        {_place(error.absolute_path) for error in _validator(kind, schema).iter_errors(document)}
    )


@lru_cache
def _validator(kind: str, schema: str) -> Draft202012Validator:
    # The schemas refer to one another from the root of the document.
    root = {"$ref": f"#/components/schemas/{schema}", "components": contract(kind)["components"]}
    return Draft202012Validator(root, format_checker=FormatChecker())


def _place(path: Any) -> str:
    return ".".join(str(part) for part in path) or "(racine)"
