"""Which processes a world has started, on disk; how they are ended, even after it was killed."""

import json
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

MARK = "PND_WORLD"
"""Variable that all processes of a world inherit: it finds what a worker left behind."""

# Three layers (services, Prefect, PostgreSQL) have this long each: a world ends within 15 s.
GRACE_SECONDS = 4.0
_LAST_WORDS_SECONDS = 1.0


@dataclass(frozen=True)
class Trace:
    """One process we started. A pid alone proves nothing: the machine gives it to others later."""

    name: str
    pid: int
    started_at: float
    """As the machine tells it, in seconds since 1970."""
    layer: int
    """Higher layers stand on lower ones, and end first."""
    stop_signal: int

    def process(self) -> psutil.Process | None:
        """Return the process while it is alive and still the one we started."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < 0.01
            return process if same and _is_alive(process) else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True)
class Record:
    """The processes of one world and their mark, kept in `processes.json`."""

    mark: str
    traces: tuple[Trace, ...] = ()

    def write(self, file: Path) -> None:
        """Replace the file in one move: a reader sees the old record or the new one."""
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Record | None":
        """Return the record, or None when there is none that can be read."""
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            return cls(document["mark"], tuple(Trace(**trace) for trace in document["traces"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def end_all(record: Record) -> int:
    """End everything of a world, top layer first, and return how many processes were still alive.

    Each layer is asked, then killed. What the top layer started and left (the runs of a worker)
    ends with it, before Prefect and PostgreSQL do.
    """
    # PostgreSQL writes over its own environment: its record finds it, the mark does not.
    alive = {*_trees(record.traces), *_marked(record.mark)}
    for layer in sorted({trace.layer for trace in record.traces}, reverse=True):
        here = [trace for trace in record.traces if trace.layer == layer]
        doomed = _trees(here)
        _ask(here)
        below = _trees(trace for trace in record.traces if trace.layer < layer)
        _kill({*doomed, *_marked(record.mark)} - set(below))
    _kill(set(_marked(record.mark)))
    return len(alive)


def _ask(traces: Iterable[Trace]) -> None:
    asked = [(trace, process) for trace in traces if (process := trace.process())]
    for trace, process in asked:
        _send(process, signal.Signals(trace.stop_signal))
    _survivors({process for _, process in asked}, GRACE_SECONDS)


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if _is_alive(process) and process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            # Another account's process, or one that has just ended: not ours.
            continue
    return found


def _trees(traces: Iterable[Trace]) -> list[psutil.Process]:
    trees: list[psutil.Process] = []
    for trace in traces:
        process = trace.process()
        if process:
            trees += [process, *process.children(recursive=True)]
    return trees


def _kill(processes: set[psutil.Process]) -> None:
    for process in processes:
        _send(process, signal.SIGTERM)
    for process in (deaf := _survivors(processes, _LAST_WORDS_SECONDS)):
        _send(process, signal.SIGKILL)
    _survivors(deaf, _LAST_WORDS_SECONDS)


def _survivors(processes: set[psutil.Process], seconds: float) -> set[psutil.Process]:
    """Wait for processes to end, and return those that did not."""
    until = time.monotonic() + seconds
    while (alive := {one for one in processes if _is_alive(one)}) and time.monotonic() < until:
        time.sleep(0.05)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        # What has ended and has not been buried runs nothing; the first process of a container
        # may never bury it.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _send(process: psutil.Process, message: signal.Signals) -> None:
    try:
        process.send_signal(message)
    except psutil.NoSuchProcess:
        return
