"""A world small enough for quick tests: a database and a worker that starts a run of its own."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from cli.processes import Program
from cli.stages import Stage, Stageable, postgres
from cli.up import Stopped, stopping_cleanly
from cli.world import World
from core.logs import configure_logs

# Like Prefect's worker: the run has a session of its own, so it survives its parent.
_WORKER = (
    "import subprocess, sys, time\n"
    "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
    "subprocess.Popen(sleep, start_new_session=True)\n"
    "time.sleep(600)"
)
_DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def python(name: str, code: str, layer: int = 2) -> Program:
    """Return a program that runs these lines."""
    return Program(name, (sys.executable, "-c", code), layer)


WORKER = python("worker-21", _WORKER)
DEAF = python("deaf", _DEAF)


def database(world: Stageable) -> Sequence[Stage]:
    """PostgreSQL alone."""
    return [
        Stage(then=(world.postgres.prepare,)),
        Stage(start=(postgres(world.postgres),), wait_for=("postgres",)),
    ]


def with_database(world: Stageable) -> Sequence[Stage]:
    """PostgreSQL, then a worker."""
    return [*database(world), Stage(start=(WORKER,))]


def only(*programs: Program) -> "StagesOf":
    """Return a world's stages: these programs, at once."""
    return StagesOf(programs)


class StagesOf:
    """Stages without a database."""

    def __init__(self, programs: tuple[Program, ...]) -> None:
        self._programs = programs

    def __call__(self, world: Stageable) -> Sequence[Stage]:
        return [Stage(start=self._programs)]


def main(home: Path) -> None:
    """Run a small world until a signal, and say `ready` when it stands."""
    configure_logs()
    with stopping_cleanly():
        try:
            with World(home, ["21"], stages=with_database):
                sys.stdout.write("ready\n")
                sys.stdout.flush()
                threading.Event().wait()
        except Stopped:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
