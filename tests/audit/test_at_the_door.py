"""The door tells who read, and whom it refused; a flood of refusals is counted, not written out."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from core.settings import ROOT, settings
from gateway import refusals
from gateway.app import create_app
from gateway.refusals import Pace
from models.agency import Channel
from models.audit import HOUSE, AuditLine, Refusal
from models.measure import Measure
from models.referral import Referral
from models.request import RequestState
from models.step import MoveRequest, OpenRequest, WithdrawConsent
from store.audit_check import verify
from store.cases import find_case
from store.engine import session
from store.letterbox import link_token_for
from store.referrals import open_departure
from store.steps import apply_steps
from tests.intake.invented import NOW

_FARM = ROOT / "examples" / "regime-agricole.json"


@pytest.fixture(autouse=True)
def fresh_pace(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_PACE", Pace())


def knock(method: str, path: str, **sent: Any) -> httpx.Response:
    """Send one request to a door of this process."""

    async def answered() -> httpx.Response:
        app = create_app()
        inside = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=inside, base_url="http://door.example") as client,
        ):
            return await client.request(method, path, **sent)

    return asyncio.run(answered())


def told(chain: str) -> list[tuple[Any, ...]]:
    with session() as opened:
        query = select(AuditLine).where(AuditLine.chain == chain).order_by("number")
        return [(one.event, one.by, one.code, one.about) for one in opened.exec(query).all()]


def test_an_agent_who_reads_and_one_who_no_longer_may_are_told() -> None:
    reference = open_departure(Referral.model_validate_json(_FARM.read_bytes()), NOW).reference
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [OpenRequest(Measure.AUU, "msa-47", 1, Channel.LETTERBOX)])
        request = case.requests[-1]
        apply_steps(opened, case, [MoveRequest(request, RequestState.REQUESTED)])
    path = f"/boite/{link_token_for(request.key)}"

    knock("GET", path)
    assert told(reference) == []
    knock("POST", path, data={"acte": "lire"})
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [WithdrawConsent(Measure.AUU)])
    knock("POST", path, data={"acte": "lire"})

    assert told(reference) == [
        ("vault_opened", "msa-47", "agent_reads", request.key),
        ("access_refused", "msa-47", "nothing_to_read", None),
    ]
    assert verify().breaks == []


def test_whoever_is_refused_is_told_without_a_word_of_what_they_sent() -> None:
    knock("POST", "/referrals", json={}, headers={"Authorization": "Bearer jetonsecret"})
    knock("GET", "/boite/liensecret")
    knock("POST", "/agencies/caf-21/callbacks", content=b"{}")
    knock("POST", "/agencies/organismesecret/callbacks", content=b"{}")

    assert told(HOUSE) == [
        ("access_refused", "door:referrals", "token", None),
        ("access_refused", "door:letterbox", "link", None),
        ("access_refused", "caf-21", "signature", None),
        ("access_refused", "door:callbacks", "agency", None),
    ]


def test_the_right_token_leaves_no_refusal() -> None:
    right = {"Authorization": f"Bearer {settings().door_token.get_secret_value()}"}

    assert (
        knock("POST", "/referrals", json={"number": str(uuid4())}, headers=right).status_code == 422
    )
    assert told(HOUSE) == []


def test_a_flood_writes_few_lines_and_says_how_many_it_was() -> None:
    pace, stranger = Pace(per_minute=2), (Refusal.TOKEN, "door:referrals", HOUSE)

    in_a_minute = [pace.count(stranger, 100.0 + second) for second in range(10)]
    after = pace.count(stranger, 161.0)

    assert in_a_minute == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert after == 1 + 8
