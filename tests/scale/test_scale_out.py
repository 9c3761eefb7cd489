"""Everything twice, and one of each is lost: departures go on, and nobody is asked twice."""

import json

import httpx
import pytest

from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS
from models.question import QuestionKind
from tests.living import Life, eventually
from tests.scale.stage import SeveralServers

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(400)

_SECONDS_TO_LEAD = 10.0
_FORGET_OLD_RUNS = """
import asyncio
from prefect.server.database import provide_database_interface
from prefect.server.services.db_vacuum import vacuum_old_flow_runs
asyncio.run(vacuum_old_flow_runs(db=provide_database_interface()))
"""


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
    for name in lost:
        world.start(name)
    eventually(lambda: servers.is_connected(first), "the lost watch stands by")

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
    eventually(lambda: servers.hears("worker-1"), "the worker that was cut off is back")
    world.kill("api-2")
    held.ends()

    for departure in (held, meanwhile):
        sent, *again = departure.ledger("send")
        assert not sent.duplicate
        assert all(call.duplicate for call in again)
        assert {call.idempotency_key for call in again} <= {sent.idempotency_key}
    assert world.alive("worker-1")


def test_prefect_forgets_old_runs_and_never_one_that_sleeps(
    servers: SeveralServers, life: Life
) -> None:
    asleep = life.files_in_danger()
    asleep.asks(QuestionKind.FIRST_CONTACT, seconds=120)
    flow = asleep.flow_run["flow_id"]
    over = {"flow_id": flow, "state": {"type": "COMPLETED"}}
    ended = httpx.post(f"{life.api}/flow_runs/", json=over).json()["id"]
    with servers.database("prefect") as connection:
        connection.execute(
            "UPDATE flow_run SET created = now() - interval '400 days',"
            " start_time = now() - interval '400 days', end_time = now() - interval '400 days'"
        )
    form = asleep.form()

    servers.as_server(_FORGET_OLD_RUNS)

    assert httpx.get(f"{life.api}/flow_runs/{ended}").status_code == 404
    assert asleep.form() == form != {}
    assert asleep.submits({}) == "ACCEPT"


def test_everything_is_said_to_be_in_order(servers: SeveralServers, life: Life) -> None:
    leads(servers, seconds=60)

    lines = json.loads(life.pnd("check", "--territory", "21", "--json"))

    assert [line for line in lines if not line["ok"]] == []
    count = len(PREFECT_SETTINGS) + len(SEVERAL_SERVERS)
    said = {line["name"]: line["said"] for line in lines}
    assert said["réglages du serveur Prefect"] == f"comme voulu ({count} réglages)"
    assert said["veille"] == "une veille mène"
    assert "workers en ligne" in said["file depart-21"]
