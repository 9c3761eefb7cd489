"""A door with a departure behind it, whose every agency was asked something."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from core.settings import ROOT, settings
from gateway.app import create_app
from models.agency import Channel
from models.measure import Measure
from models.request import RequestState
from models.step import MoveRequest, OpenRequest
from store.cases import find_case
from store.engine import session
from store.letterbox import link_token_for
from store.steps import apply_steps
from tests.fuzz.doorstep import FUZZ, HEARD, Doorstep, Silent, watch_every_table
from tests.serving import served

_ASKED = {
    "caf-21": Measure.AUU,
    "siao-21": Measure.HOUSING,
    "petite-enfance-21": Measure.CHILDCARE,
    "france-victimes-21": Measure.PSY,
}


@pytest.fixture(scope="session", autouse=True)
def tally() -> Iterator[None]:
    """Say in the end how many requests there were, and what the door answered."""
    yield
    said = ", ".join(f"{status} ×{count}" for status, count in sorted(HEARD.items()))
    print(f"\n{HEARD.total()} requêtes : {said}")  # noqa: T201 - what `make fuzz` is run for
    assert HEARD.total() >= FUZZ


@pytest.fixture
def doorstep(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doorstep]:
    """The door, over HTTP, on a store that counts what is written in it."""
    monkeypatch.setenv("PND_CALLBACKS_PER_MINUTE", "1000000")
    settings.cache_clear()
    app = create_app()
    url = store.replace("postgresql+psycopg://", "postgresql://")
    with (
        served(app) as address,
        httpx.Client(base_url=address, timeout=60) as door,
        psycopg.connect(url, autocommit=True) as witness,
    ):
        app.state.bells.close()
        app.state.bells = Silent()
        stands = Doorstep(door, witness, settings().door_token.get_secret_value())
        _opens(stands)
        watch_every_table(witness)
        yield stands


def _opens(stands: Doorstep) -> None:
    asked = {"Authorization": f"Bearer {stands.token}"}
    referral = (ROOT / "examples" / "mere-de-deux-enfants.json").read_bytes()
    farm = (ROOT / "examples" / "regime-agricole.json").read_bytes()
    reference = stands.door.post("/referrals", content=referral, headers=asked).json()["reference"]
    other = stands.door.post("/referrals", content=farm, headers=asked).json()["reference"]
    stands.keys = {
        agency: _requested(reference, measure, agency, Channel.API)
        for agency, measure in _ASKED.items()
    }
    box = _requested(other, Measure.AUU, "msa-47", Channel.LETTERBOX)
    stands.box = f"/boite/{link_token_for(box)}"


def _requested(reference: str, measure: Measure, agency: str, channel: Channel) -> str:
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [OpenRequest(measure, agency, 1, channel)])
        request = case.requests[-1]
        apply_steps(opened, case, [MoveRequest(request, RequestState.REQUESTED)])
        return request.key
