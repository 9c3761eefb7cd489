"""PostgreSQL's own tools for the case store: those of the server's age, and how they connect."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from cli.embedded_postgres import BINARIES
from core.settings import settings
from store.restored import server_major

_VERSION = re.compile(r"\b(\d+)(?:\.\d+)?")


class ToolsMissing(Exception):
    """No tool here is as recent as the server. A sentence in French says what to install."""

    def __init__(self, server: int, found: Iterable[int]) -> None:
        super().__init__(server, tuple(found))
        self.server = server
        self.found = tuple(found)

    def __str__(self) -> str:
        here = ", ".join(map(str, self.found)) or "aucun"
        return (
            f"pg_dump et pg_restore doivent avoir au moins la version du serveur, {self.server} ; "
            f"trouvés ici : {here}. Installez les outils clients de PostgreSQL {self.server}."
        )


class ToolFailed(Exception):
    """A tool refused. Shows what it said, which holds no row."""

    def __init__(self, tool: str, said: str) -> None:
        super().__init__(tool, said)
        self.tool = tool
        self.said = said

    def __str__(self) -> str:
        return f"{self.tool} a refusé : {self.said.strip() or 'sans un mot'}"


@dataclass(frozen=True)
class Tools:
    """The folder of the tools to use with the store."""

    folder: Path

    def command(self, tool: str, *arguments: str) -> list[str]:
        """Return a command line. No secret is in it: everybody may read it."""
        return [str(self.folder / tool), *arguments]

    def run(self, tool: str, *arguments: str) -> str:
        """Run a tool to its end, and return what it wrote. Raises `ToolFailed`."""
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools, our own arguments
            self.command(tool, *arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolFailed(tool, done.stderr)
        return done.stdout


def tools() -> Tools:
    """Return the tools that suit the server of the store. Raises `ToolsMissing`."""
    named = shutil.which("pg_dump")
    folders = [Path(named).parent] if named else []
    folders += [BINARIES] if (BINARIES / "pg_dump").exists() else []
    return Tools(fitting(server_major(), [(folder, _major(folder)) for folder in folders]))


def fitting(server: int, found: Sequence[tuple[Path, int]]) -> Path:
    """Return the folder of the tools closest to the server's version, and never older. Raises
    `ToolsMissing`.
    """
    # Rule: older tools refuse a newer server; much newer ones write what it does not understand.
    usable = [(major, folder) for folder, major in found if major >= server]
    if not usable:
        raise ToolsMissing(server, [major for _, major in found])
    return min(usable, key=lambda one: one[0])[1]


def address(database: str | None = None) -> str:
    """Return the store's address as PostgreSQL's tools read it, or that of a database beside it;
    without the password, for everybody may read a command line.
    """
    store = make_url(settings().database_url).set(drivername="postgresql")
    url = store.set(database=database) if database else store
    return url._replace(password=None).render_as_string(hide_password=False)


def environment() -> dict[str, str]:
    """Return the variables of a tool; the password of the store is among them, if there is one."""
    password = make_url(settings().database_url).password
    return os.environ | ({"PGPASSWORD": str(password)} if password else {})


def _major(folder: Path) -> int:
    said = subprocess.run(  # noqa: S603 - PostgreSQL's own tool
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = _VERSION.search(said)
    return int(found[1]) if found else 0
