"""The contracts published in docs/contracts: valid, and kept by both sides."""

import json
from enum import StrEnum
from typing import Any

import pytest
from openapi_spec_validator import validate

from connectors.bav import wire as bav
from connectors.caf import wire as caf
from connectors.contract import Message
from connectors.errors import RequestInvalid
from connectors.france_travail import wire as france_travail
from connectors.france_victimes import wire as france_victimes
from connectors.petite_enfance import wire as petite_enfance
from connectors.siao import wire as siao
from core.settings import ROOT
from models.measure import Measure
from sandbox.admin_client import OrderRefused
from sandbox.contract import contract, faults
from tests.connectors.agencies import AGENCIES, LINES, Line
from tests.connectors.doorstep import Letter, Scene, Server, playing
from tests.connectors.people import CAMILLE, slip
from tests.connectors.stage import Stage
from tests.connectors.test_minimisation import worded

REQUESTS = {
    "caf": "DemandeAuu",
    "siao": "DemandeHebergement",
    "petite_enfance": "Inscription",
    "france_travail": "Orientation",
    "france_victimes": "DemandeSoutien",
    "bav": "OuvertureSuivi",
}

# Every word that is said or heard, and where the contract lists it.
WORDS: list[tuple[str, str, str, type[StrEnum]]] = [
    ("caf", "DemandeAuu", "situation_professionnelle", caf.Situation),
    ("caf", "DemandeAuu", "tranche_ressources", caf.Tranche),
    ("caf", "Notification", "etat", caf.Etat),
    ("caf", "Notification", "nature_aide", caf.NatureAide),
    ("caf", "Notification", "piece", caf.Piece),
    ("caf", "Notification", "motif", caf.Motif),
    ("siao", "DemandeHebergement", "niveau_danger", siao.Danger),
    ("siao", "Notification", "type", siao.Type),
    ("siao", "Notification", "motif", siao.Motif),
    ("petite_enfance", "Inscription", "autorite_parentale", petite_enfance.Autorite),
    ("petite_enfance", "Avis", "decision", petite_enfance.Decision),
    ("petite_enfance", "Avis", "motif", petite_enfance.Motif),
    ("france_travail", "Orientation", "statut", france_travail.Statut),
    ("france_travail", "EvenementOrientation", "code", france_travail.CodeEvenement),
    ("france_travail", "EvenementOrientation", "motif", france_travail.Motif),
    ("france_victimes", "Nouvelle", "type", france_victimes.Type),
    ("france_victimes", "Nouvelle", "motif", france_victimes.Motif),
    ("bav", "Fait", "nature", bav.Nature),
    ("bav", "Fait", "motif", bav.Motif),
]

SAID: dict[str, tuple[str, str]] = {
    "caf-21": ("caf", "Notification"),
    "msa-21": ("caf", "Notification"),
    "siao-21": ("siao", "Notification"),
    "petite-enfance-21": ("petite_enfance", "Avis"),
    "france-victimes-21": ("france_victimes", "Nouvelle"),
}
BEHAVIOURS = ("accept", "waiting_list", "need_document", "no_show", "refuse:unreachable")

PROPOSED = "Contrat proposé — aucune API publique n'existe aujourd'hui"

every_kind = pytest.mark.parametrize("kind", REQUESTS)


def schema(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = contract(kind)["components"]["schemas"][name]
    return found


def test_every_contract_of_the_folder_is_tested() -> None:
    files = (ROOT / "docs" / "contracts").glob("*.openapi.yaml")
    assert {file.name.split(".")[0] for file in files} == set(REQUESTS)


@every_kind
def test_a_contract_is_valid_and_says_that_it_is_only_proposed(kind: str) -> None:
    document = contract(kind)

    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["info"]["summary"] == PROPOSED


@every_kind
def test_what_a_connector_sends_is_within_the_contract(kind: str) -> None:
    document = json.loads(worded(kind).model_dump_json(exclude_none=kind == "caf"))

    assert faults(kind, REQUESTS[kind], document) == []


@every_kind
def test_the_contract_refuses_what_it_does_not_name(kind: str) -> None:
    document = json.loads(worded(kind).model_dump_json(exclude_none=True))

    assert faults(kind, REQUESTS[kind], document | {"recit": "long"}) == ["(racine)"]
    for name in schema(kind, REQUESTS[kind])["required"]:
        short = {field: value for field, value in document.items() if field != name}
        assert faults(kind, REQUESTS[kind], short), name


@pytest.mark.parametrize(("kind", "name", "field", "words"), WORDS)
def test_both_sides_have_the_same_words(
    kind: str, name: str, field: str, words: type[StrEnum]
) -> None:
    assert set(schema(kind, name)["properties"][field]["enum"]) == {word.value for word in words}


@pytest.mark.parametrize("line", [line for line in LINES if not line.polled], ids=str)
def test_every_callback_the_sandbox_makes_is_within_the_contract(stage: Stage, line: Line) -> None:
    kind, name = SAID[line.agency]
    for attempt, behaviour in enumerate(BEHAVIOURS, start=1):
        if _can(stage, line, behaviour):
            stage.connector(line.agency).send(slip(line.agency, line.measure, attempt), CAMILLE)
    stage.lives(days=60)
    stage.settles()

    bodies = [json.loads(letter.body) for letter in stage.door.waits_for(4, line.agency)]
    assert [faults(kind, name, body) for body in bodies] == [[]] * len(bodies)


def _can(stage: Stage, line: Line, behaviour: str) -> bool:
    try:
        stage.admin.order(line.agency, behaviour, times=1)
    except OrderRefused:
        return False
    return True


@pytest.mark.parametrize("line", LINES, ids=str)
def test_the_wire_carries_what_the_contract_names_at_the_address_it_names(
    secrets: None, monkeypatch: pytest.MonkeyPatch, line: Line, stage: Stage
) -> None:
    with Server(_token_then_refusal) as server:
        name = f"PND_AGENCY_{line.agency.upper().replace('-', '_')}_URL"
        monkeypatch.setenv(name, server.url)
        connector = stage.connector(line.agency)
        with pytest.raises(RequestInvalid):
            connector.send(slip(line.agency, line.measure), CAMILLE)

    sent = server.received[-1]
    kind = AGENCIES[line.agency].kind.value
    operation = contract(kind)["paths"][sent.path]["post"]
    named = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert named.rsplit("/", 1)[1] == REQUESTS[kind]
    assert faults(kind, REQUESTS[kind], json.loads(sent.body)) == []


@pytest.mark.parametrize(
    "message", [Message.ACCEPT_OFFER, Message.DECLINE_OFFER, Message.HOLD_OFFER]
)
def test_what_is_said_of_an_offer_has_its_address_in_the_contract(
    secrets: None, monkeypatch: pytest.MonkeyPatch, message: Message, stage: Stage
) -> None:
    with Server(playing(Scene(204, b""))) as server:
        monkeypatch.setenv("PND_AGENCY_SIAO_21_URL", server.url)
        about = slip("siao-21", Measure.HOUSING)
        stage.connector("siao-21").tell(about, message, "tell-1", "SI-000001-P1")

    named = server.received[-1].path.replace("SI-000001-P1", "{numero}")
    assert "204" in contract("siao")["paths"][named]["post"]["responses"]


def test_an_offer_said_again_is_within_the_contract(stage: Stage) -> None:
    line = next(line for line in LINES if line.measure is Measure.HOUSING)
    connector = stage.connector(line.agency)
    about = slip(line.agency, line.measure)
    connector.send(about, CAMILLE)
    stage.lives(hours=3)
    offer = stage.replies(line, connector, 2)[-1].offer
    connector.tell(about, Message.HOLD_OFFER, "hold-1", offer)

    said = json.loads(stage.door.waits_for(3, line.agency)[-1].body)
    assert said["type"] == "PROPOSITION"
    assert faults("siao", "Notification", said) == []


def _token_then_refusal(letter: Letter) -> Scene:
    if "access_token" in letter.path:
        return Scene(200, b'{"access_token": "t", "expires_in": 900}')
    return Scene(422)
