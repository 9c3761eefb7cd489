"""Where the worlds of these tests live, and how to look for what they leave behind."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cli.leftovers import MARK, Record


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for one world. Not pytest's own: each pytest that starts closes those to others."""
    with tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "pnd"


def lives(pid: int) -> bool:
    """Tell whether a process runs: one that ended and waits to be buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def marked(mark: str) -> list[int]:
    """Return the pids of the living processes of a world."""
    found = []
    for process in psutil.process_iter():
        try:
            if lives(process.pid) and process.environ().get(MARK) == mark:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def mark_of(home: Path) -> str:
    """Return the mark of the world whose record is in this folder."""
    record = Record.read(home / "processes.json")
    assert record is not None
    return record.mark


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Tell whether something becomes true soon enough."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()
