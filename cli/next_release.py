"""A checkout of the platform that is tried on copies: its migrations, its rehearsal, by its own
Python.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from core.settings import ROOT, settings
from models.rehearsal import FORMAT, Rehearsal
from store.migrate import shape_of

_NEEDED = ("store/migrate.py", "store/rehearsal.py", "territories")
_LAST_LINES = 8


class ReleaseUntried(Exception):
    """A release could not be tried. Says what to do, in French."""


@dataclass(frozen=True)
class Release:
    """One checkout, and the Python that runs it."""

    folder: Path
    python: Path

    @classmethod
    def running(cls) -> "Release":
        """Return this one."""
        return cls(ROOT, Path(sys.executable))

    @classmethod
    def at(cls, folder: Path, python: Path | None) -> "Release":
        """Return the one of a folder, run by its own virtual environment, else by ours."""
        folder = folder.resolve()
        missing = [name for name in _NEEDED if not (folder / name).exists()]
        if missing:
            raise ReleaseUntried(
                f"{folder} n'est pas une version qui peut être essayée : il y manque "
                f"{', '.join(missing)}. Indiquez le dossier où elle a été extraite."
            )
        own = folder / ".venv" / "bin" / "python"
        chosen = python or (own if own.exists() else Path(sys.executable))
        if not os.access(chosen, os.X_OK):
            raise ReleaseUntried(f"{chosen} : ce Python ne peut pas être lancé. Vérifiez --python.")
        return cls(folder, chosen)

    def migrate(self, url: str) -> None:
        """Bring a copy to this release's shape. Raises `ReleaseUntried`.

        A release that is older than the store leaves it as it is: migrations only add, and going
        back keeps the newer shape.
        """
        versions = self.folder / "store" / "migrations" / "versions"
        if not any(versions.glob(f"{shape_of(url)}_*.py")):
            return
        _ended(self.starts(url, "store.migrate"), f"la migration par {self.folder}")

    def starts(self, url: str, *command: str) -> "subprocess.Popen[str]":
        """Start one of its modules on a copy."""
        return subprocess.Popen(  # noqa: S603 - the interpreter that the operator named
            [str(self.python), "-m", *command],
            cwd=self.folder,
            env=os.environ | self._variables(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _variables(self, url: str) -> Mapping[str, str]:
        own = {"PND_DATABASE_URL": url, "PYTHONPATH": str(self.folder)}
        territories = settings().territories.resolve()
        if territories.is_relative_to(ROOT):
            # The files shipped with a release are those of that release.
            own["PND_TERRITORIES"] = str(self.folder / territories.relative_to(ROOT))
        return own


def rehearse_all(on: Mapping[str, Release], at: datetime) -> list[Rehearsal]:
    """Let each release rehearse on its copy, at the same time. Raises `ReleaseUntried`."""
    started: list[subprocess.Popen[str]] = []
    try:
        for url, release in on.items():
            started.append(release.starts(url, "store.rehearsal", at.isoformat()))
        told = [
            _ended(process, f"la répétition par {release.folder}")
            for process, release in zip(started, on.values(), strict=True)
        ]
    finally:
        for process in started:
            process.kill()
            process.wait()
    return [_read(text, release) for text, release in zip(told, on.values(), strict=True)]


def _read(text: str, release: Release) -> Rehearsal:
    try:
        rehearsal = Rehearsal.model_validate_json(text)
    except ValidationError:
        rehearsal = None
    if rehearsal is None or rehearsal.format != FORMAT:
        raise ReleaseUntried(
            f"{release.folder} répète sous une autre forme que cette version : "
            "comparez à la main, sur une copie, avant de livrer."
        )
    return rehearsal


def _ended(process: "subprocess.Popen[str]", what: str) -> str:
    told, problem = process.communicate()
    if process.returncode:
        lines = "\n".join(f"  {line}" for line in problem.splitlines()[-_LAST_LINES:])
        raise ReleaseUntried(f"Échec : {what}. Ce qui a été dit :\n{lines}")
    return told
