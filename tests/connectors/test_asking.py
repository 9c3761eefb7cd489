"""Asked what it holds, an agency tells all that it said, under the same numbers; over real HTTP."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Holding
from connectors.errors import (
    AgencyTrouble,
    AgencyUnavailable,
    NotAllowed,
    NotSupported,
    ReplyNotUnderstood,
)
from connectors.http import Call, segment
from connectors.letterbox.client import LetterboxConnector
from models.measure import Measure
from models.standing import Standing
from sandbox.contract import contract, faults
from tests.connectors.agencies import AGENCIES, Line
from tests.connectors.doorstep import Scene, Server, playing
from tests.connectors.people import CAMILLE, slip
from tests.connectors.privacy import everything_shown
from tests.connectors.stage import DAWN, Stage
from tests.connectors.test_every_connector import every_line, live_to_the_end, send

_PATHS = {
    "caf": ("/demandes-auu", "Dossier", "Dossiers"),
    "siao": ("/demandes", "Demande", "Demandes"),
    "petite_enfance": ("/inscriptions", "DossierInscription", "DossiersInscription"),
    "france_travail": ("/v1/orientations", "DossierOrientation", "DossiersOrientation"),
    "france_victimes": ("/demandes-soutien", "DossierSoutien", "DossiersSoutien"),
    "bav": ("/suivis", "Suivi", "Suivis"),
}


@every_line
def test_a_request_never_received_is_unknown(stage: Stage, line: Line) -> None:
    said = stage.connector(line.agency).said_of(slip(line.agency, line.measure, attempt=9))

    assert (said.standing, said.replies) == (Standing.UNKNOWN, ())


@every_line
def test_all_that_was_said_is_said_again_under_the_same_numbers(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    heard = live_to_the_end(stage, line, connector)

    said = connector.said_of(slip(line.agency, line.measure))

    assert said.standing is Standing.HELD
    assert list(said.replies) == heard


@every_line
def test_what_is_not_said_yet_is_not_told(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    heard = len(connector.said_of(slip(line.agency, line.measure)).replies)
    stage.lives(hours=5)

    assert len(connector.said_of(slip(line.agency, line.measure)).replies) == max(heard, 1) + (
        line.measure is Measure.HOUSING
    )


@every_line
def test_a_request_taken_back_is_told_as_such(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    about = slip(line.agency, line.measure)
    connector.recall(about, f"{about.key}:recall:1")

    assert connector.said_of(about).standing is Standing.RECALLED
    assert [held.recalled for held in connector.holdings(DAWN)] == [True]


@every_line
def test_to_ask_changes_nothing_and_leaves_no_key(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    stage.settles()
    coming = stage.admin.next_event()
    connector.said_of(slip(line.agency, line.measure))
    connector.holdings(DAWN)

    asked = [*stage.heard(line.agency, "said_of"), *stage.heard(line.agency, "holdings")]
    assert [(entry.method, entry.idempotency_key) for entry in asked] == [("GET", "")] * 2
    assert stage.admin.next_event() == coming


@every_line
def test_a_list_names_each_request_received_since_an_instant(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    stage.lives(days=2)
    send(stage, line, attempt=2)

    everything = connector.holdings(DAWN)
    latest = connector.holdings(DAWN + timedelta(days=1))

    keys = [slip(line.agency, line.measure, attempt).key for attempt in (1, 2)]
    assert [held.request_key for held in everything] == keys
    assert [held.request_key for held in latest] == keys[1:]
    assert all(held.agency_reference for held in everything)


def test_a_long_list_is_read_to_its_end(stage: Stage) -> None:
    connector = stage.connector("siao-21")
    for attempt in range(1, 44):
        connector.send(slip("siao-21", Measure.HOUSING, attempt), CAMILLE)

    keys = [held.request_key for held in connector.holdings(DAWN)]

    assert keys == [slip("siao-21", Measure.HOUSING, attempt).key for attempt in range(1, 44)]
    assert len(stage.heard("siao-21", "holdings")) == 3


@every_line
def test_the_agencys_own_number_finds_the_file_and_another_key_is_never_believed(
    stage: Stage, line: Line
) -> None:
    connector, _ = send(stage, line)
    number = connector.holdings(DAWN)[0].agency_reference or ""

    with pytest.raises(ReplyNotUnderstood):
        connector.said_of(replace(slip(line.agency, line.measure), key=number))

    assert [entry.status for entry in stage.heard(line.agency, "said_of")] == [200]


def test_a_list_that_names_a_request_of_another_agency_is_not_believed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"reference_partenaire": "21-7KQF2M:auu:msa-21:1", "numero_dossier": "1"}
    body = json.dumps({"dossiers": [other | {"annulee": False}]}).encode()
    with Server(playing(Scene(200, body))) as server:
        monkeypatch.setenv("PND_AGENCY_CAF_21_URL", server.url)
        with pytest.raises(ReplyNotUnderstood):
            stage.connector("caf-21").holdings(DAWN)


def test_a_list_without_an_end_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(playing(Scene(200, b'{"dossiers": [], "suite": "1"}'))) as server:
        monkeypatch.setenv("PND_AGENCY_CAF_21_URL", server.url)
        with pytest.raises(ReplyNotUnderstood):
            stage.connector("caf-21").holdings(DAWN)


@every_line
def test_an_agency_down_twice_then_up_is_asked_again(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    stage.admin.order(line.agency, "error_500:2")

    assert connector.said_of(slip(line.agency, line.measure)).standing is Standing.HELD
    assert [entry.status for entry in stage.heard(line.agency, "said_of")] == [500, 500, 200]


@every_line
def test_an_agency_that_does_not_answer_is_never_taken_for_one_that_has_no_trace(
    stage: Stage, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, _ = send(stage, line)
    about = slip(line.agency, line.measure)
    troubles: list[AgencyTrouble] = []
    for behaviour, trouble in (("error_500", AgencyUnavailable), ("malformed", ReplyNotUnderstood)):
        stage.admin.order(line.agency, behaviour)
        for ask in (lambda: connector.said_of(about), lambda: connector.holdings(DAWN)):
            with pytest.raises(trouble) as caught:
                ask()
            troubles.append(caught.value)
    stage.admin.order(line.agency, "accept")
    code = line.agency.upper().replace("-", "_")
    monkeypatch.setenv(f"PND_AGENCY_{code}_TOKEN", "wrong")
    monkeypatch.setenv(f"PND_AGENCY_{code}_CLIENT_SECRET", "wrong")
    with pytest.raises(NotAllowed) as refused:
        stage.connector(line.agency).said_of(about)

    for each in (*troubles, refused.value):
        everything_shown(each).is_silent()


@pytest.mark.parametrize("body", [b"{}", b'{"code": "autre"}', b"<html>"])
def test_a_404_that_does_not_say_unknown_says_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with Server(playing(Scene(404, body))) as server:
        monkeypatch.setenv("PND_AGENCY_CAF_21_URL", server.url)
        with pytest.raises(AgencyTrouble):
            stage.connector("caf-21").said_of(slip("caf-21", Measure.AUU))


@every_line
def test_both_answers_are_within_the_contract(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    live_to_the_end(stage, line, connector)
    kind = AGENCIES[line.agency].kind.value
    path, one, many = _PATHS[kind]

    about = f"{path}/{segment(slip(line.agency, line.measure).key)}"
    assert faults(kind, one, _got(connector, about)) == []
    assert faults(kind, many, _got(connector, path, {"depuis": DAWN.isoformat()})) == []
    for address in (path, f"{path}/{{reference}}"):
        assert "200" in contract(kind)["paths"][address]["get"]["responses"]


def _got(connector: Any, path: str, params: dict[str, str] | None = None) -> Any:
    content = connector._http.call(Call("test", "GET", path, params=params or {})).content
    return json.loads(content)


def test_an_agency_that_is_written_to_can_be_asked_by_voice_only() -> None:
    written_to = LetterboxConnector("ccas-21", "a@exemple.invalid", lambda *_: None, lambda _: "")

    with pytest.raises(NotSupported):
        written_to.said_of(slip("ccas-21", Measure.AUU))
    with pytest.raises(NotSupported):
        written_to.holdings(DAWN)


def test_what_is_held_says_nothing_of_the_person() -> None:
    assert set(Holding.__dataclass_fields__) == {"request_key", "agency_reference", "recalled"}
