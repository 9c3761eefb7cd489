"""The embedded world: PostgreSQL, Prefect, workers, the watch, the door, the guard, the sandbox."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from types import MappingProxyType, TracebackType
from typing import IO, Self
from uuid import uuid4

from cli.embedded_postgres import EmbeddedPostgres
from cli.environment import environment, shared_with_other_commands
from cli.keys import kept_keys
from cli.leftovers import MARK
from cli.ports import free_port
from cli.processes import Program, Supervisor
from cli.stages import Stage, embedded_stages
from cli.state import State
from core.settings import ROOT

USUAL_PORTS = {"prefect": 4200, "door": 8021, "sandbox": 8022, "guard": 8031}
_STEP_SECONDS = 180


class StepFailed(Exception):
    """A preparation of the world failed. Shows the end of what it said."""

    def __init__(self, what: str, told: str) -> None:
        super().__init__(what, told)
        self.what = what
        self.told = told

    def __str__(self) -> str:
        lines = "\n".join(f"  {line}" for line in self.told.splitlines()[-12:])
        return f"{self.what} : échec. Ce qui a été dit :\n{lines}"


class WorldNotStarted(Exception):
    """A world does nothing outside its `with`."""


class World:
    """Everything that one checkout runs, until the `with` ends; then nothing of it is left running.

    Raises `WorldBusy`, `NoFreePort`, `ProcessUnready` or `StepFailed`, each a sentence in French.
    """

    def __init__(
        self,
        home: Path,
        territories: Sequence[str],
        *,
        fresh: bool = False,
        ports: Mapping[str, int] = USUAL_PORTS,
        say: Callable[[str], None] = lambda sentence: None,
        stages: "Callable[[World], Sequence[Stage]]" = embedded_stages,
        extra: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Describe a world. With `fresh`, all that the last one held is lost but its secrets.

        `extra` are variables set on top of the world's own, such as a shorter PND_LEASE_SECONDS.
        """
        self.state = State(home.resolve())
        self.territories = tuple(territories)
        self.fresh = fresh
        self.postgres = EmbeddedPostgres(self.state.folder)
        self.ports: dict[str, int] = {}
        self.env: dict[str, str] = {}
        self.drawn: frozenset[str] = frozenset()
        """The variables that this very start drew or chose: what was kept is not among them."""
        self._usual_ports = ports
        self._say = say
        self._stages = stages
        self._extra = extra
        self._programs: dict[str, Program] = {}
        self._lock: IO[str] | None = None
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        self._lock = self.state.hold()
        try:
            self._open()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        """Where each server is, by the name of its process."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    @property
    def processes(self) -> dict[str, int]:
        """The pid of each process that runs now, by name."""
        return self._running.pids()

    def start(self, name: str) -> None:
        """Start again a process that was killed. Does nothing while it is alive."""
        self._running.start(self._programs[name])

    def kill(self, name: str, message: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; the process stays dead until `start`. Killed otherwise, it restarts."""
        self._running.kill(name, message)

    def alive(self, name: str) -> bool:
        """Tell whether a process runs now."""
        return self._running.alive(name)

    def wait_ready(self, *names: str, seconds: float = 120.0) -> None:
        """Wait until these processes (or all) do their work. Raises `ProcessUnready`."""
        self._running.wait_ready(*names, seconds=seconds)

    def run(self, what: str, *arguments: str) -> None:
        """Run a Python module to its end in this world. Raises `StepFailed` with what it said."""
        try:
            ended = subprocess.run(  # noqa: S603 - our own interpreter, our own modules
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_STEP_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepFailed(what, f"rien après {_STEP_SECONDS} secondes") from None
        if ended.returncode:
            raise StepFailed(what, ended.stdout)

    def stop(self) -> None:
        """End every process in reverse, within 15 seconds, and give the folder back."""
        if self._supervisor:
            self._supervisor.close()
        self.state.environment.unlink(missing_ok=True)
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise WorldNotStarted
        return self._supervisor

    def _open(self) -> None:
        if count := self.state.end_leftovers():
            self._say(f"{count} processus d'une exécution interrompue ont été arrêtés.")
        if self.fresh:
            for folder in (self.state.prefect_home, self.state.sandbox):
                rmtree(folder, ignore_errors=True)
        for folder in (self.state.prefect_home, self.state.sandbox):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._choose_ports()
        mark, kept = uuid4().hex, kept_keys(self.state.keys)
        self.env = {**environment(self), **self._extra, MARK: mark}
        self.drawn = frozenset(self.env.keys() - kept.keys())
        self._supervisor = Supervisor(
            folder=ROOT,
            logs=self.state.logs,
            record_file=self.state.record,
            environment=self.env,
            mark=mark,
            on_give_up=lambda name: self._say(
                f"« {name} » s'arrête sans cesse : lisez {self.state.logs / name}.log."
            ),
        )
        self._supervisor.open()
        self.state.write_environment(shared_with_other_commands(self.env))
        for stage in self._stages(self):
            for program in stage.start:
                self._programs[program.name] = program
                self._supervisor.start(program)
            if stage.wait_for:
                self._supervisor.wait_ready(*stage.wait_for)
            for step in stage.then:
                step()

    def _choose_ports(self) -> None:
        for name, usual in self._usual_ports.items():
            port = self.ports[name] = free_port(usual, besides=self.ports.values())
            if port != usual:
                self._say(f"Le port {usual} est pris : « {name} » écoute sur le port {port}.")
