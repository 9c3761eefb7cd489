"""Everything twice, and one of each is lost: departures go on, and nobody is asked twice."""

import json

import pytest

from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS
from core.settings import ROOT
from models.act import ActState, Verb
from models.question import QuestionKind
from tests.live.test_canary import planted
from tests.living import Life, eventually
from tests.scale.stage import TERRITORY, SeveralServers

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(600)

_SECONDS_TO_LEAD = 15.0
_EXAMPLE = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_text())
_PERSON = {name: value for name, value in _EXAMPLE["person"].items() if name != "evidence"}


def leads(servers: SeveralServers, but: str = "", *, seconds: float = _SECONDS_TO_LEAD) -> str:
    """Wait until a watch leads, another than `but`, and return its name."""

    def other() -> str | None:
        found = servers.leader()
        return found if found != but else None

    return eventually(other, "a watch leads", seconds)


def test_one_of_each_is_lost_then_redis_then_the_network_and_nobody_is_asked_twice(
    servers: SeveralServers, life: Life
) -> None:
    world = servers.world
    first = leads(servers, seconds=60)
    life.orders("timeout:1")
    lost = ("api-1", "services", "worker-2", first)
    for name in lost:
        world.kill(name)

    held = life.files_in_danger()
    second = leads(servers, but=first)
    eventually(lambda: held.ledger("send"), "the shelter holds the call of the other worker")
    servers.cut("worker-1")
    servers.cut(first)
    servers.heal(first)
    for name in lost:
        world.start(name)
    eventually(lambda: servers.travels(first), "the lost watch stands by")

    world.kill("redis")
    meanwhile = life.files_in_danger()
    servers.cut(second)
    assert leads(servers, but=second) == first
    assert not meanwhile.flow_run, "Prefect starts nothing without Redis"
    world.start("redis")
    servers.heal(second)

    meanwhile.asks(QuestionKind.FIRST_CONTACT, seconds=120)
    held.asks(QuestionKind.FIRST_CONTACT, seconds=120)
    servers.heal("worker-1")
    to_prefect = servers.roads["worker-1-to-prefect"]
    eventually(lambda: to_prefect.travelled, "the worker that was cut off is back")
    assert world.alive("worker-1")

    for departure in (held, meanwhile):
        sent, *again = departure.ledger("send")
        assert not sent.duplicate
        assert all(call.duplicate for call in again)
        assert {call.idempotency_key for call in again} <= {sent.idempotency_key}
        [sending] = [act for act in departure.case.acts if act.verb is Verb.SEND]
        assert sending.state is ActState.DONE


def test_redis_carries_a_departure_by_its_reference_alone(
    servers: SeveralServers, life: Life
) -> None:
    departure = life.files_in_danger()
    # What was heard by all is soon dropped: it is read while the departure lives.
    kept: list[str] = []

    def is_carried() -> bool:
        kept.append(servers.kept_in_redis())
        return departure.reference in kept[-1]

    eventually(is_carried, "the search sees what it should", seconds=120)
    departure.asks(QuestionKind.FIRST_CONTACT, seconds=120)
    kept.append(servers.kept_in_redis())
    assert not [value for value in planted(_PERSON) if value in "".join(kept)]


def test_everything_is_said_to_be_in_order(servers: SeveralServers, life: Life) -> None:
    leads(servers, seconds=60)

    lines = json.loads(servers.once("nd-check", "--territory", TERRITORY))

    assert [line for line in lines if not line["ok"]] == []
    count = len(PREFECT_SETTINGS) + len(SEVERAL_SERVERS)
    said = {line["name"]: line["said"] for line in lines}
    assert said["réglages du serveur Prefect"] == f"comme voulu ({count} réglages)"
    assert said["veille"] == "une veille mène"
    assert "workers en ligne" in said["file depart-21"]
