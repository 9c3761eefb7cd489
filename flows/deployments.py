"""Each territory's work pool and its deployments, as prefect.yaml defines them."""

import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from core.settings import ROOT
from flows.warm_worker import WarmWorker

PREFECT_FILE = ROOT / "prefect.yaml"

# A pool made before ours had a type of its own keeps Prefect's: either worker serves it.
_TYPES = (WarmWorker.type, ProcessWorker.type)

_PASSES_AT_ONCE = 4
"""How many departures of a territory are advanced at the same time: a pass is a process."""


class DeployRefused(Exception):
    """Prefect refused a work pool or a deployment. Shows what it said."""


def deployment_name(territory: str) -> str:
    """Return the name of a territory's deployment, which is also that of its work pool."""
    return f"depart-{territory}"


def reconciliation_name(territory: str) -> str:
    """Return the name of the deployment that compares a territory with its agencies each night."""
    return f"rapprochement-{territory}"


def names_of(territory: str) -> tuple[str, str]:
    """Return all that is deployed for a territory."""
    return deployment_name(territory), reconciliation_name(territory)


def deploy(
    client: SyncPrefectClient, territories: Collection[str], prefect_file: Path = PREFECT_FILE
) -> None:
    """Create or update what these territories need; may be repeated. Raises `DeployRefused`."""
    for code in territories:
        _ensure_pool(client, deployment_name(code))
    _run_prefect_deploy([name for code in territories for name in names_of(code)], prefect_file)


def deployed(client: SyncPrefectClient, territories: Collection[str]) -> list[DeploymentResponse]:
    """Return the deployments of these territories that stand and have a work pool."""
    names = [name for code in territories for name in names_of(code)]
    wanted = DeploymentFilter(name=DeploymentFilterName(any_=names))
    found = client.read_deployments(deployment_filter=wanted)
    return [one for one in found if one.work_pool_name]


def _ensure_pool(client: SyncPrefectClient, name: str) -> None:
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        # The same template as Prefect's process worker's: either serves the pool.
        template = WarmWorker.get_default_base_job_template()
        try:
            pool = client.create_work_pool(
                WorkPoolCreate(name=name, type=WarmWorker.type, base_job_template=template)
            )
        except ObjectAlreadyExists:
            # A worker that starts at the same time makes the same pool.
            pool = client.read_work_pool(name)
    if pool.concurrency_limit is None:
        # Suspended runs do not count. A limit that an admin has set is left alone.
        client.update_work_pool(name, WorkPoolUpdate(concurrency_limit=_PASSES_AT_ONCE))
    if pool.type not in _TYPES:
        raise DeployRefused(
            f"la file {name} existe avec le type {pool.type} : ni {' ni '.join(_TYPES)}."
        )


def _run_prefect_deploy(names: Sequence[str], prefect_file: Path) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy"]
    command += ["--prefect-file", str(prefect_file.resolve())]
    command += [part for name in names for part in ("--name", name)]
    # The command is made of our own names only; it runs beside the flows, so that they import.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()
        raise DeployRefused(f"Prefect a refusé le déploiement. Ce qu'il a dit :\n{said}")
