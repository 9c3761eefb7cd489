"""Two releases on one store: this process is the running one, workers in processes are others."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from prefect.client.schemas.objects import StateType

from store.runs import Run
from tests.journey.driver import Journey
from tests.release.tree import Tree

_WORKER = Path(__file__).with_name("one_worker.py")


class Worker:
    """A worker of one release."""

    def __init__(self, tree: Tree) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_WORKER)],
            cwd=tree.folder,
            env=os.environ | tree.variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.dies()

    def begins(self, reference: str) -> None:
        """Begin a pass over a departure."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{reference}\n")
        self._process.stdin.flush()

    def ends(self) -> None:
        """Wait until the pass has ended."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "done\n", "the pass of another release failed"

    def freezes(self) -> None:
        """It stops in the midst of what it does, holding all that it holds."""
        self._process.send_signal(signal.SIGSTOP)

    def dies(self) -> None:
        """Its machine is switched off."""
        self._process.kill()
        self._process.communicate()


@dataclass
class SideBySide(Journey):
    """A departure beside others, each of which is carried by the worker of some release."""

    carried_by: dict[str, Worker] = field(default_factory=dict)
    """By reference; the others are carried by this process, hence by the running release."""

    def beside(self) -> "SideBySide":
        """Return another departure on the same store."""
        return SideBySide(self.sandbox, self.prefect, carried_by=self.carried_by)

    def goes_over_to(self, worker: Worker | None) -> None:
        """From now on the passes are done by another release; None: by the running one."""
        if worker is None:
            self.carried_by.pop(self.reference)
        else:
            self.carried_by[self.reference] = worker

    def _does_a_pass(self, run: Run) -> bool:
        worker = self.carried_by.get(run.reference)
        if worker is None or run.flow_run is None:
            return super()._does_a_pass(run)
        state = self.prefect.read_flow_run(run.flow_run).state
        assert state is not None
        if state.type is not StateType.SCHEDULED:
            return False
        worker.begins(run.reference)
        worker.ends()
        return True
