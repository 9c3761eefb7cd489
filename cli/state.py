"""The state folder of an embedded world (`.pnd/`): what is where, and who holds it now."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli.leftovers import Record, end_all
from core.settings import ROOT


class WorldBusy(Exception):
    """Another process already runs a world in this folder."""

    def __init__(self, folder: Path, pid: str) -> None:
        super().__init__(folder, pid)
        self.folder = folder
        self.pid = pid

    def __str__(self) -> str:
        return (
            f"Un monde tourne déjà dans {self.folder} (processus {self.pid}) : "
            f"arrêtez-le d'abord par Ctrl+C dans son terminal, ou par « kill {self.pid} »."
        )


@dataclass(frozen=True)
class State:
    """The files of one world."""

    folder: Path

    @classmethod
    def usual(cls) -> "State":
        """Return the folder named by PND_HOME, else `.pnd` in the checkout."""
        named = os.environ.get("PND_HOME")
        return cls(Path(named).expanduser().resolve() if named else ROOT / ".pnd")

    @property
    def keys(self) -> Path:
        return self.folder / "secrets.env"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def prefect_home(self) -> Path:
        return self.folder / "prefect"

    @property
    def sandbox(self) -> Path:
        return self.folder / "sandbox"

    @property
    def record(self) -> Path:
        return self.folder / "processes.json"

    @property
    def environment(self) -> Path:
        return self.folder / "environment.json"

    def hold(self) -> IO[str]:
        """Take the folder for this process, until the returned file closes. Raises `WorldBusy`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._lock.open("a+", encoding="utf-8")
        if not _locked(lock, fcntl.LOCK_EX):
            lock.seek(0)
            holder = lock.read().strip() or "inconnu"
            lock.close()
            raise WorldBusy(self.folder, holder)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def end_leftovers(self) -> int:
        """End what a killed world left, and return how many processes. Hold the folder first."""
        record = Record.read(self.record)
        count = end_all(record) if record else 0
        self.record.unlink(missing_ok=True)
        return count

    def write_environment(self, environment: dict[str, str]) -> None:
        """Leave the variables of the running world for the other commands of `pnd`."""
        draft = self.environment.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(environment, indent=1), encoding="utf-8")
        draft.replace(self.environment)

    def running_environment(self) -> dict[str, str]:
        """Return the variables of the world that runs here, or nothing when none does."""
        try:
            with self._lock.open(encoding="utf-8") as lock:
                # Danger: a world that was killed leaves its variables; only the lock says it lives.
                if _locked(lock, fcntl.LOCK_SH, tries=1):
                    return {}
            document = json.loads(self.environment.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in document.items()}

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"


def _locked(lock: IO[str], kind: int, tries: int = 5) -> bool:
    """Lock a file; another command may hold it for the instant it takes to look."""
    for again in reversed(range(tries)):
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1 if again else 0)
        else:
            return True
    return False


def main() -> None:
    """Make a folder ready to be erased: end what was left running; refuse while a world runs."""
    state = State.usual()
    try:
        with state.hold():
            state.end_leftovers()
    except WorldBusy as busy:
        raise SystemExit(str(busy)) from None


if __name__ == "__main__":
    main()
