"""Processes that are watched: started, restarted when they die, given up when they keep dying."""

import pwd
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from cli.leftovers import Record, Trace, end_all
from core.logs import log

_LOOK_EVERY_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
_MOST_RESTARTS = 6
# A process that has lived this long was well: its earlier deaths are forgotten.
_WELL_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class Program:
    """One process to run, and how to know that it does its work."""

    name: str
    command: tuple[str, ...]
    layer: int
    """Higher layers stand on lower ones, and end first."""
    ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    account: pwd.struct_passwd | None = None
    """Who runs it, when it is not us."""


class ProcessUnready(Exception):
    """A process did not get ready. Says in French which one, and shows the end of its log."""

    def __init__(self, name: str, log_file: Path) -> None:
        super().__init__(name, log_file)
        self.name = name
        self.log_file = log_file

    def __str__(self) -> str:
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        told = "\n".join(f"  {line}" for line in text.splitlines()[-12:]) or "  (vide)"
        return f"« {self.name} » ne démarre pas. Fin de son journal, {self.log_file} :\n{told}"


@dataclass
class _Life:
    """What the supervisor knows of one program."""

    program: Program
    process: subprocess.Popen[bytes]
    born: float
    deaths: int = 0
    restart_at: float | None = None
    held: bool = False
    """Killed on purpose: it stays dead until it is started again."""
    given_up: bool = False


@dataclass
class Supervisor:
    """Runs programs with one environment. Its record on disk survives it, and names what to end."""

    folder: Path
    """Where processes run."""
    logs: Path
    record_file: Path
    environment: Mapping[str, str]
    mark: str
    on_give_up: Callable[[str], None] = lambda name: None
    _lives: dict[str, _Life] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    def open(self) -> None:
        """Begin to watch. The mark is written before anything starts: nothing is unrecorded."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        Record(self.mark).write(self.record_file)
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def start(self, program: Program) -> None:
        """Start a program, or start it again after `kill`. Does nothing while it is alive."""
        with self._lock:
            if self._ended.is_set() or self.alive(program.name):
                return
            process = self._spawn(program, keep_log=program.name in self._lives)
            self._lives[program.name] = _Life(program, process, time.monotonic())
            self._write_record()

    def kill(self, name: str, message: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal. Unless it only pauses, the process stays dead until `start`."""
        with self._lock:
            life = self._lives[name]
            life.held = message not in (signal.SIGSTOP, signal.SIGCONT)
            life.process.send_signal(message)
        if life.held:
            with suppress(subprocess.TimeoutExpired):
                life.process.wait(timeout=10)

    def alive(self, name: str) -> bool:
        """Tell whether a process runs now."""
        with self._lock:
            life = self._lives.get(name)
            return life is not None and life.process.poll() is None

    def pids(self) -> dict[str, int]:
        """Return the pid of each process that runs now."""
        with self._lock:
            return {n: life.process.pid for n, life in self._lives.items() if self.alive(n)}

    def wait_ready(self, *names: str, seconds: float = 120.0) -> None:
        """Wait until these programs (or all) do their work. Raises `ProcessUnready`."""
        until = time.monotonic() + seconds
        for name in names or tuple(self._lives):
            while not self._is_ready(name):
                if self._lives[name].given_up or time.monotonic() > until or self._ended.is_set():
                    raise ProcessUnready(name, self._log_file(name))
                time.sleep(0.05)

    def close(self) -> None:
        """End everything, in reverse, within 15 seconds. May be called twice."""
        self._ended.set()
        if self._watcher:
            self._watcher.join()
        with self._lock:
            end_all(Record(self.mark, self._traces()))
            for life in self._lives.values():
                with suppress(subprocess.TimeoutExpired):
                    life.process.wait(timeout=1)
            self.record_file.unlink(missing_ok=True)

    def _is_ready(self, name: str) -> bool:
        return self.alive(name) and self._lives[name].program.ready()

    def _spawn(self, program: Program, *, keep_log: bool) -> subprocess.Popen[bytes]:
        account = program.account
        with self._log_file(program.name).open("ab" if keep_log else "wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                program.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl+C in the terminal is for us: we then end the children in order.
                start_new_session=True,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        log().info("process_started", process=program.name, pid=process.pid)
        return process

    def _log_file(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _traces(self) -> tuple[Trace, ...]:
        traces = []
        for name, life in self._lives.items():
            with suppress(psutil.NoSuchProcess):
                born = psutil.Process(life.process.pid).create_time()
                program = life.program
                traces.append(
                    Trace(name, life.process.pid, born, program.layer, int(program.stop_signal))
                )
        return tuple(traces)

    def _write_record(self) -> None:
        Record(self.mark, self._traces()).write(self.record_file)

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_EVERY_SECONDS):
            with self._lock:
                for name, life in self._lives.items():
                    if not (life.held or life.given_up or self.alive(name)):
                        self._mourn(life)

    def _mourn(self, life: _Life) -> None:
        """Restart a dead process after a pause that grows, or give it up."""
        name, now = life.program.name, time.monotonic()
        if life.restart_at is None:
            life.deaths = 1 if now - life.born > _WELL_AFTER_SECONDS else life.deaths + 1
            pause = min(_FIRST_PAUSE_SECONDS * 2 ** (life.deaths - 1), _LONGEST_PAUSE_SECONDS)
            life.restart_at = now + pause
            log().warning("process_died", process=name, status=life.process.returncode)
        if life.deaths > _MOST_RESTARTS:
            life.given_up = True
            log().error("process_given_up", process=name, count=life.deaths)
            self.on_give_up(name)
        elif now >= life.restart_at:
            life.process = self._spawn(life.program, keep_log=True)
            life.born, life.restart_at = now, None
            self._write_record()


def listens(port: int) -> bool:
    """Tell whether somebody listens on this port of the loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


# Danger: a proxy of the machine would answer for the loopback.
_loopback = build_opener(ProxyHandler({}))


def responds(url: str) -> bool:
    """Tell whether a GET of this loopback address says 200."""
    try:
        with _loopback.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
