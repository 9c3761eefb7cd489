"""Can a departure be carried in each territory: pool, deployment, workers? Does a watch lead?"""

from datetime import datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import Worker, WorkerStatus
from prefect.exceptions import ObjectNotFound

from cli.health_line import Line
from core.clock import SystemClock
from flows.deployments import deployment_name
from flows.start import FLOW
from store.breakers import open_breakers
from store.leader import seat_is_held
from store.runs import broken_runs

# As Prefect's own services count: three silent beats, and the worker is lost.
_BEATS = 3
_USUAL_BEAT_SECONDS = 30
# Those services look every 15 s: a lost worker still said to be there after this shows they do not.
_SERVICES_PATIENCE = timedelta(minutes=2)


def pool_lines(client: SyncPrefectClient, codes: list[str]) -> list[Line]:
    """Return a line for each territory, and one when Prefect's services do not do their work."""
    now = SystemClock().now()
    lines, forgotten = [], False
    for code in codes:
        line, workers = _territory(client, code, now)
        lines.append(line)
        forgotten |= any(_is_forgotten(worker, now) for worker in workers)
    if forgotten:
        said = (
            "un worker perdu est encore dit présent : relancer nd-prefect-services,"
            " ou « prefect server services start »."
        )
        lines.append(Line("services de Prefect", ok=False, said=said))
    return lines


def watch_line() -> Line:
    """Say whether a watch leads."""
    if seat_is_held():
        return Line("veille", ok=True, said="une veille mène")
    said = "aucune veille ne mène : plus d'échéance ni de réveil rattrapé. Lancer « pnd watch »."
    return Line("veille", ok=False, said=said)


def broken_line() -> Line:
    """Say which departures no pass of theirs can advance."""
    broken = broken_runs()
    if not broken:
        return Line("départs", ok=True, said="aucun dont les passes se cassent")
    said = (
        f"les passes de {', '.join(broken)} se cassent : lire « Un départ ne bouge plus » dans"
        " docs/operations.md, et appeler leurs référents."
    )
    return Line("départs", ok=False, said=said)


def away_line() -> Line:
    """Say which agencies are away for every process, and since when."""
    away = open_breakers()
    if not away:
        return Line("organismes absents", ok=True, said="aucun")
    told = ", ".join(f"{one.agency} depuis {one.away_since:%d/%m %H:%M} UTC" for one in away)
    return Line("organismes absents", ok=False, said=f"{told} ; leurs actes mènent au téléphone.")


def _territory(client: SyncPrefectClient, code: str, now: datetime) -> tuple[Line, list[Worker]]:
    pool = deployment_name(code)
    name = f"file {pool}"
    again = f"pnd territory deploy {code}"
    try:
        found = client.read_work_pool(pool)
        queues = client.read_work_queues(work_pool_name=pool)
        workers = client.read_workers_for_work_pool(pool)
    except ObjectNotFound:
        return Line(name, ok=False, said=f"la file n'existe pas : {again}."), []
    troubles = []
    if found.is_paused:
        troubles.append(f"la file est en pause : prefect work-pool resume {pool}")
    troubles += [
        f"sa queue {queue.name} est en pause : prefect work-queue resume {queue.name} --pool {pool}"
        for queue in queues
        if queue.is_paused and not found.is_paused
    ]
    troubles += _of_deployment(client, code, again)
    alive = [worker for worker in workers if not _is_silent(worker, now)]
    if not alive:
        troubles.append(f"aucun worker ne donne signe de vie : relancer nd-worker@{code}")
    if troubles:
        return Line(name, ok=False, said="; ".join(troubles) + "."), workers
    return Line(name, ok=True, said=f"déployée, workers en ligne : {len(alive)}"), workers


def _of_deployment(client: SyncPrefectClient, code: str, again: str) -> list[str]:
    try:
        deployment = client.read_deployment_by_name(f"{FLOW}/{deployment_name(code)}")
    except ObjectNotFound:
        return [f"aucun déploiement : {again}"]
    if deployment.work_pool_name != deployment_name(code):
        return [f"le déploiement est sur la file {deployment.work_pool_name} : {again}"]
    return ["le déploiement est en pause : le reprendre dans l'écran"] if deployment.paused else []


def _is_silent(worker: Worker, now: datetime) -> bool:
    beat = timedelta(seconds=worker.heartbeat_interval_seconds or _USUAL_BEAT_SECONDS)
    heard = worker.last_heartbeat_time
    return heard is None or now - heard > _BEATS * beat


def _is_forgotten(worker: Worker, now: datetime) -> bool:
    heard = worker.last_heartbeat_time
    long_ago = heard is not None and now - heard > _SERVICES_PATIENCE
    return worker.status is WorkerStatus.ONLINE and long_ago and _is_silent(worker, now)
