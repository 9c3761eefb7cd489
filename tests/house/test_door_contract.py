"""The published contract of the door is the one it keeps, and the same as each agency's."""

import json

import pytest
from openapi_spec_validator import validate

from connectors.registry import CALLBACK_WORDS
from core.settings import ROOT
from gateway.app import create_app
from gateway.contract import door_contract
from gateway.pages import OF_PEOPLE
from sandbox.contract import contract
from tests.connectors.agencies import AGENCIES, LINES

_FILE = ROOT / "docs" / "contracts" / "door.openapi.json"
_CALLBACKS = {
    "caf": "Notification",
    "siao": "Notification",
    "petite_enfance": "Avis",
    "france_victimes": "Nouvelle",
}


def test_the_published_contract_of_the_door_is_current() -> None:
    published = json.loads(_FILE.read_bytes())

    assert published == door_contract(), "« pnd schema --door » le refait"
    validate(published)


def test_the_contract_names_every_address_that_a_software_may_ask() -> None:
    served = create_app().openapi()["paths"]
    asked = {path: set(said) for path, said in served.items() if not path.startswith(OF_PEOPLE)}

    published = door_contract()["paths"]
    assert {path: set(said) for path, said in published.items()} == asked


def test_every_agency_that_calls_back_is_in_the_contract_of_the_door() -> None:
    calling = {AGENCIES[line.agency].kind for line in LINES if not line.polled}

    assert set(CALLBACK_WORDS) == calling
    assert {kind.value for kind in calling} == set(_CALLBACKS)


@pytest.mark.parametrize(("kind", "name"), _CALLBACKS.items())
def test_the_door_and_the_agency_have_one_contract_of_a_callback(kind: str, name: str) -> None:
    ours = door_contract()["components"]["schemas"][f"{kind}_{name}"]
    theirs = contract(kind)["components"]["schemas"][name]

    for part in ("required", "properties"):
        assert set(ours[part]) == set(theirs[part])
    assert ours["additionalProperties"] is theirs["additionalProperties"] is False
    assert [rule["if"]["properties"] for rule in ours["allOf"]] == [
        rule["if"]["properties"] for rule in theirs["allOf"]
    ]
    assert [rule["then"]["required"] for rule in ours["allOf"]] == [
        rule["then"]["required"] for rule in theirs["allOf"]
    ]
