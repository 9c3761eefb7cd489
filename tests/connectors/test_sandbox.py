"""The sandbox itself: what it remembers, what it can be ordered to do, what it refuses."""

import json
from pathlib import Path

import httpx
import pytest

from connectors.contract import Message
from connectors.errors import RequestInvalid
from core.clock import HandClock
from models.measure import Measure
from models.reply import ReplyKind
from sandbox.admin_client import OrderRefused, SandboxAdmin, SandboxUnreachable
from sandbox.caf import allowance_cents
from tests.connectors.agencies import LINES, environment
from tests.connectors.doorstep import Scene, Server, playing
from tests.connectors.people import CAMILLE, SECRETS_OF_A_LIFE, slip
from tests.connectors.stage import DAWN, Stage, addresses, staged

CAF, MSA, HOUSING, CHILDCARE, WORK, TRAINING, PSY, JUSTICE = LINES


def test_nothing_is_lost_when_the_sandbox_restarts(
    secrets: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    state, clock = tmp_path / "state.sqlite3", HandClock(DAWN)
    about = slip(CAF.agency, CAF.measure)
    with Server(playing(Scene(503))) as closed, staged(state, closed, clock) as before:
        _point(monkeypatch, before)
        before.connector(CAF.agency).send(about, CAMILLE)
        closed.waits_for(1, CAF.agency)
        before.admin.order(CAF.agency, "refuse:other", times=1)

    with Server(playing(Scene(202))) as opened, staged(state, opened, clock) as after:
        _point(monkeypatch, after)
        connector = after.connector(CAF.agency)
        connector.send(about, CAMILLE)
        connector.send(slip(CAF.agency, CAF.measure, attempt=2), CAMILLE)
        after.lives(days=60)
        replies = after.replies(CAF, connector, 5)
        heard = after.heard(CAF.agency, "send")

    assert [entry.duplicate for entry in heard] == [False, True, False]
    kinds = [reply.kind for reply in replies if reply.request_key == about.key]
    assert kinds == [ReplyKind.RECEIVED, ReplyKind.ACCEPTED, ReplyKind.FULFILLED]
    assert [reply.kind for reply in replies].count(ReplyKind.REFUSED) == 1


def _point(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    for name, value in addresses(stage.url).items():
        monkeypatch.setenv(name, value)


def test_the_state_holds_nothing_of_a_person(
    secrets: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        Server(playing(Scene(202))) as door,
        staged(tmp_path / "state.sqlite3", door, HandClock(DAWN)) as stage,
    ):
        _point(monkeypatch, stage)
        for line in LINES:
            stage.connector(line.agency).send(slip(line.agency, line.measure), CAMILLE)

    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir()).decode("utf-8", "replace")
    assert "21-7KQF2M" in kept
    assert not [value for value in SECRETS_OF_A_LIFE if value in kept]


def test_an_order_for_one_measure_leaves_the_other_alone(stage: Stage) -> None:
    stage.admin.order(WORK.agency, "never", measure=Measure.TRAINING)
    connector = stage.connector(WORK.agency)
    connector.send(slip(WORK.agency, Measure.TRAINING), CAMILLE)
    connector.send(slip(WORK.agency, Measure.EMPLOYMENT), CAMILLE)
    stage.lives(days=60)

    measures = {reply.request_key.split(":")[1] for reply in connector.replies(DAWN)}
    assert measures == {"emploi"}


def test_queued_orders_are_used_in_turn_then_the_standing_one(stage: Stage) -> None:
    stage.admin.order(CAF.agency, "never")
    stage.admin.order(CAF.agency, "refuse:other", times=1)
    stage.admin.order(CAF.agency, "need_document", times=2)
    connector = stage.connector(CAF.agency)
    for attempt in range(1, 6):
        connector.send(slip(CAF.agency, CAF.measure, attempt), CAMILLE)

    behaviours = [entry.behaviour for entry in stage.heard(CAF.agency, "send")]
    assert behaviours == ["refuse:other", "need_document", "need_document", "never", "never"]


def test_a_standing_order_replaces_the_one_before(stage: Stage) -> None:
    stage.admin.order(CAF.agency, "error_500")
    stage.admin.order(CAF.agency, "accept")

    stage.connector(CAF.agency).send(slip(CAF.agency, CAF.measure), CAMILLE)

    assert [entry.status for entry in stage.heard(CAF.agency, "send")] == [202]


def test_a_duplicate_uses_no_order(stage: Stage) -> None:
    connector = stage.connector(CAF.agency)
    connector.send(slip(CAF.agency, CAF.measure), CAMILLE)
    stage.admin.order(CAF.agency, "never", times=1)
    connector.send(slip(CAF.agency, CAF.measure), CAMILLE)
    connector.send(slip(CAF.agency, CAF.measure, 2), CAMILLE)

    behaviours = [entry.behaviour for entry in stage.heard(CAF.agency, "send")]
    assert behaviours == ["accept", "accept", "never"]


@pytest.mark.parametrize(
    ("agency", "behaviour", "advice"),
    [
        ("inconnu-21", "accept", "organisme inconnu"),
        ("caf-21", "danse", "ordre inconnu"),
        ("caf-21", "refuse", "motif attendu"),
        ("caf-21", "refuse:parce_que", "motif attendu"),
        ("caf-21", "refuse:no_capacity", "ne peut pas répondre ainsi"),
        ("caf-21", "offer:6", "ne peut pas répondre ainsi"),
        ("siao-21", "need_document", "ne peut pas répondre ainsi"),
        ("siao-21", "offer:0", "nombre attendu"),
        ("caf-21", "answer_late:demain", "durée attendue"),
        ("caf-21", "accept:2", "ne prend pas de précision"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_answered_with_advice(
    stage: Stage, agency: str, behaviour: str, advice: str
) -> None:
    with pytest.raises(OrderRefused) as refused:
        stage.admin.order(agency, behaviour)
    assert advice in refused.value.advice


def test_a_call_without_a_key_is_refused_and_kept_in_the_ledger(stage: Stage) -> None:
    answer = _post(stage, {}, {"Authorization": f"Bearer {_token()}"})

    assert (answer.status_code, answer.json()["code"]) == (400, "cle_absente")
    assert [entry.status for entry in stage.heard(CAF.agency, "send")] == [400]


def test_a_body_outside_the_contract_is_refused_without_its_values(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {_token()}", "Idempotency-Key": "k"}
    answer = _post(stage, {"recit": "Inventée a dit"}, headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "hors_contrat")
    assert "Inventée" not in answer.text
    assert stage.admin.next_event() is None


def test_a_refused_body_can_be_corrected_under_the_same_key(stage: Stage) -> None:
    key = slip(CAF.agency, CAF.measure).key
    _post(stage, {}, {"Authorization": f"Bearer {_token()}", "Idempotency-Key": key})

    stage.connector(CAF.agency).send(slip(CAF.agency, CAF.measure), CAMILLE)

    heard = stage.heard(CAF.agency, "send")
    assert [(entry.status, entry.duplicate) for entry in heard] == [(422, False), (202, False)]


def test_an_offer_that_was_never_made_cannot_be_accepted(stage: Stage) -> None:
    connector = stage.connector(HOUSING.agency)
    connector.send(slip(HOUSING.agency, HOUSING.measure), CAMILLE)

    with pytest.raises(RequestInvalid, match="404"):
        connector.tell(slip(HOUSING.agency, HOUSING.measure), Message.ACCEPT_OFFER, "k", "SI-9-P1")


def test_a_sandbox_that_is_not_there_is_told() -> None:
    with SandboxAdmin("http://127.0.0.1:9") as admin, pytest.raises(SandboxUnreachable):
        admin.ledger()


@pytest.mark.parametrize(
    ("children", "band", "cents"),
    [
        # Published for April 2025 to March 2026.
        (0, "0_0.5", 64652),
        (0, "1.5_PLUS", 25861),
        (3, "0_0.5", 142235),
        (3, "1.5_PLUS", 56894),
        # One more share of 0.4 beyond three children (CASF R262-1).
        (4, "0_0.5", 168096),
    ],
)
def test_the_allowance_agrees_with_the_published_values(
    children: int, band: str, cents: int
) -> None:
    assert allowance_cents(children, band) == cents


def _token() -> str:
    return environment(CAF.agency)["PND_AGENCY_CAF_21_TOKEN"]


def _post(stage: Stage, body: object, headers: dict[str, str]) -> httpx.Response:
    url = f"{stage.url}/{CAF.agency}/demandes-auu"
    return httpx.post(url, content=json.dumps(body), headers=headers)
