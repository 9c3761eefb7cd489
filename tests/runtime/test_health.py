"""`pnd check` tells what would stop departures in silence: settings, pools, workers, the watch."""

from collections.abc import Iterator

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolUpdate

from cli import health_guard, health_settings
from cli.health_guard import guard_lines
from cli.health_line import Line
from cli.health_pools import pool_lines, watch_line
from cli.health_settings import settings_lines
from cli.world import World
from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS
from core.settings import settings
from store.leader import leadership
from tests.guard.standing import guard_of
from tests.runtime.conftest import eventually

POOL = "depart-47"


@pytest.fixture
def prefect(clockwork: World) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


def of_territory(client: SyncPrefectClient, code: str = "47") -> Line:
    return pool_lines(client, [code])[0]


def wrong(lines: list[Line]) -> list[str]:
    return [line.said for line in lines if not line.ok]


def test_the_server_that_runs_and_this_process_have_every_setting(
    prefect: SyncPrefectClient,
) -> None:
    lines = settings_lines(prefect)

    assert [line.ok for line in lines] == [True, True], lines


@pytest.mark.parametrize(
    ("name", "wanted", "where"),
    [
        ("PREFECT_SERVER_EVENTS_RETENTION_PERIOD", "P9D", "réglages du serveur Prefect"),
        ("PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "orphans", "réglages du serveur Prefect"),
        ("PREFECT_CLIENT_MAX_RETRIES", "9", "réglages de ce processus"),
        ("PREFECT_FLOWS", "{}", "réglages de ce processus"),
    ],
)
def test_a_setting_that_is_not_as_wanted_is_told_where_it_is_wrong_and_no_other(
    prefect: SyncPrefectClient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    wanted: str,
    where: str,
) -> None:
    monkeypatch.setattr(health_settings, "PREFECT_SETTINGS", {**PREFECT_SETTINGS, name: wanted})

    [line] = [line for line in settings_lines(prefect) if not line.ok]

    assert line.name == where
    assert line.said.startswith(f"{name} ")
    assert "pnd settings" in line.said


def test_a_server_that_shares_anything_must_share_everything(
    prefect: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "PREFECT_SERVER_EVENTS_MESSAGING_CACHE"
    memory = "prefect.server.utilities.messaging.memory"
    monkeypatch.setattr(health_settings, "SHARED_BY_REDIS", {name: memory})

    told = " ".join(wrong(settings_lines(prefect)))

    for missing in (*SEVERAL_SERVERS, "PREFECT_SERVER_DOCKET_URL"):
        assert missing in told


def test_a_territory_is_carried_only_with_a_worker_that_gives_a_sign_of_life(
    prefect: SyncPrefectClient,
) -> None:
    assert "aucun worker" in of_territory(prefect, "59").said

    prefect.send_worker_heartbeat("depart-59", "worker")

    assert of_territory(prefect, "59") == Line(
        "file depart-59", ok=True, said="déployée, workers en ligne : 1"
    )


def test_a_pool_or_a_deployment_that_is_paused_or_absent_is_told(
    prefect: SyncPrefectClient,
) -> None:
    deployment = prefect.read_deployment_by_name(f"Départ/{POOL}").id
    prefect.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
    prefect.pause_deployment(deployment)
    try:
        said = of_territory(prefect).said
    finally:
        prefect.update_work_pool(POOL, WorkPoolUpdate(is_paused=False))
        prefect.resume_deployment(deployment)

    assert "la file est en pause" in said
    assert "le déploiement est en pause" in said
    assert "en pause" not in of_territory(prefect).said
    assert of_territory(prefect, "2A").said == "la file n'existe pas : pnd territory deploy 2A."


def test_it_is_known_whether_a_watch_leads(store: str) -> None:
    assert not watch_line().ok

    with leadership():
        assert watch_line() == Line("veille", ok=True, said="une veille mène")

    # The server frees the seat when it sees that the line is gone.
    assert eventually(lambda: not watch_line().ok)


@pytest.fixture
def told(clockwork: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Where this process believes that the guard and Prefect are, to be changed."""
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


def test_a_prefect_that_answers_anybody_is_told_and_one_that_refuses_is_in_order(
    told: pytest.MonkeyPatch,
) -> None:
    _, access = guard_lines()
    assert access.ok, access

    def answer_anybody(url: str) -> int:
        return 200

    told.setattr(health_guard, "status_of", answer_anybody)
    _, access = guard_lines()
    assert not access.ok
    assert "ouvert à tous" in access.said


def test_it_is_told_whether_the_guard_answers_at_its_address(told: pytest.MonkeyPatch) -> None:
    with guard_of("http://127.0.0.1:1", lambda _: None) as url:
        told.setenv("PND_GUARD_URL", url)
        settings.cache_clear()
        assert guard_lines()[0] == Line("garde de l'écran", ok=True, said="répond")

    guard, _ = guard_lines()
    assert not guard.ok
    assert "PND_GUARD_URL" in guard.said
