"""A worker whose passes are born ready: each is forked from a process that has imported everything.

``prefect worker start --pool depart-21 --type depart``. Prefect's own process worker serves the
same pools; there, each pass starts an interpreter.
"""

import os
import signal
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from typing import TYPE_CHECKING
from uuid import UUID

import anyio
import psutil
from anyio.abc import TaskStatus
from prefect.exceptions import InfrastructureNotFound
from prefect.workers.base import BaseWorker, BaseWorkerResult
from prefect.workers.process import ProcessJobConfiguration, ProcessVariables

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

# `__main__` too, or each pass would import it anew.
_IMPORTED_BEFORE = ["__main__", "flows.warm_pass"]
# Rule: a pass lasts seconds, and a night's comparison minutes. What hangs for an hour is ended: its
# lease went to another long ago.
_LONGEST_SECONDS = 3600.0
_LOOKS_EVERY_SECONDS = 0.2
# What multiprocessing says of a process whose fork server is no more.
_UNSEEN = 255


class WarmResult(BaseWorkerResult):
    """How a pass ended: the exit code of its process."""


class WarmWorker(BaseWorker[ProcessJobConfiguration, ProcessVariables, WarmResult]):
    """Gives each pass a process of its own: one that hangs, leaks or dies takes no other with it.

    The process that they are forked from opens nothing, so that nothing open is inherited. A
    release reaches the passes when the worker is started again.
    """

    type = "depart"
    job_configuration = ProcessJobConfiguration
    job_configuration_variables = ProcessVariables
    _display_name = "Départ"
    _description = "Une passe par processus, né d'un processus qui a déjà tout importé."

    async def setup(self) -> None:
        """Prepare to run: the first pass does not wait for the imports."""
        self._nursery = get_context("forkserver")
        self._nursery.set_forkserver_preload(_IMPORTED_BEFORE)
        await super().setup()

    async def run(
        self,
        flow_run: "FlowRun",
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> WarmResult:
        """Let one pass live to its end. Returns a negative code for one that was killed."""
        environment = {name: text for name, text in configuration.env.items() if text is not None}
        child = self._nursery.Process(target=_lives, args=(flow_run.id, environment))
        await anyio.to_thread.run_sync(child.start)
        pid = child.pid or 0
        if task_status is not None:
            task_status.started(pid)
        return WarmResult(status_code=await _end_of(child), identifier=str(pid))

    async def kill_infrastructure(
        self,
        infrastructure_pid: str,
        configuration: ProcessJobConfiguration,
        grace_seconds: int = 30,
    ) -> None:
        """End a pass that was cancelled. Raises `InfrastructureNotFound` when it is over."""
        try:
            os.kill(int(infrastructure_pid), signal.SIGTERM)
        except (ProcessLookupError, ValueError):
            raise InfrastructureNotFound(infrastructure_pid) from None

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Write nothing: each wake-up would change the run to say what nobody reads."""

    async def _propose_submitting_state(self, flow_run: "FlowRun") -> None:
        """Change nothing: it lasts as long as a fork, and costs as much as the sleep."""


def _lives(flow_run: UUID, environment: Mapping[str, str]) -> None:
    # Rule: every Prefect command loads this module; what a pass needs is for passes alone.
    from flows.warm_pass import live

    live(flow_run, environment)


async def _end_of(child: ForkServerProcess) -> int:
    """Return the exit code of a pass; 0 when nobody saw its end: what it left is then the watch's.

    Danger: when the process it was forked from dies, a pass that goes on looks like a dead one.
    """
    itself = _process(child.pid or 0)
    with anyio.move_on_after(_LONGEST_SECONDS):
        await anyio.wait_readable(child.sentinel)
        while _is_alive(itself):
            await anyio.sleep(_LOOKS_EVERY_SECONDS)
    if itself is not None and _is_alive(itself):
        itself.kill()
    await anyio.to_thread.run_sync(child.join)
    code = child.exitcode or 0
    child.close()
    return 0 if code == _UNSEEN else code


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _is_alive(process: psutil.Process | None) -> bool:
    """Whether a process still runs: one that has ended and was not buried does not."""
    try:
        return (
            process is not None
            and process.is_running()
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
