"""Copies of the case store, on the same server, to rehearse on: without the vault, and never left
behind.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url

from cli.embedded_postgres import BINARIES

COPY = "pnd_essai_"
"""How the name of a copy begins."""
_SEAT = 21_017_020
# A name holds 63 characters in PostgreSQL.
_LONGEST_OWN_NAME = 30
# Rule: who the person is stays where it is; no rule ever looks at it.
_LEFT_OUT = "vault_entry"


class CopyRefused(Exception):
    """The store cannot be copied. Says what to do, in French."""


@contextmanager
def copies(of: str, count: int) -> Iterator[list[str]]:
    """Make copies of a store, and yield their URLs; they are dropped whatever happens.

    Reads the store as a backup does: no row of it is held. Raises `CopyRefused`.
    """
    url = make_url(of)
    prefix = f"{COPY}{(url.database or '')[:_LONGEST_OWN_NAME]}_"
    names = [f"{prefix}{uuid4().hex[:8]}" for _ in range(count)]
    with _seat(url) as admin:
        # A copy whose owner was killed is still there; the seat says that nobody uses it.
        _drop_all(admin, prefix)
        try:
            _fill(admin, url, names[0])
            for other in names[1:]:
                _create(admin, other, template=names[0])
            yield [_named(url, name) for name in names]
        finally:
            _drop_all(admin, prefix)


@contextmanager
def _seat(url: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_conninfo(url), password=url.password, autocommit=True) as admin:
        taken = admin.execute("SELECT pg_try_advisory_lock(%s)", [_SEAT]).fetchone()
        if taken != (True,):
            raise CopyRefused("Un autre essai est en cours sur cette base : attendez sa fin.")
        yield admin


def _fill(admin: psycopg.Connection, url: URL, copy: str) -> None:
    """Pour the store into an empty database, through a pipe: nothing is written to a disk."""
    dump, restore = _programs(admin)
    _create(admin, copy, template="template0")
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    plain = ("--no-owner", "--no-acl")
    reading = (dump, "--format=custom", *plain, f"--exclude-table-data={_LEFT_OUT}")
    writing = (restore, "--exit-on-error", *plain)
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        [*reading, f"--dbname={_conninfo(url)}"], stdout=subprocess.PIPE, env=environment
    ) as source:
        poured = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [*writing, f"--dbname={_conninfo(url.set(database=copy))}"],
            stdin=source.stdout,
            env=environment,
            check=False,
        )
    if source.returncode or poured.returncode:
        raise CopyRefused("La copie de la base des dossiers a échoué : voir le message ci-dessus.")


def _programs(admin: psycopg.Connection) -> tuple[str, str]:
    """Return `pg_dump` and `pg_restore` of the server's own version."""
    wanted = admin.info.server_version // 10_000
    for folder in (BINARIES, *map(Path, os.get_exec_path())):
        dump, restore = folder / "pg_dump", folder / "pg_restore"
        if dump.is_file() and restore.is_file() and _version(dump) == wanted:
            return str(dump), str(restore)
    raise CopyRefused(
        f"pg_dump et pg_restore {wanted} sont introuvables : installez les outils clients de "
        f"PostgreSQL {wanted} (Debian : apt-get install postgresql-client-{wanted})."
    )


def _version(program: Path) -> int:
    told = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(program), "--version"], capture_output=True, text=True, check=False
    ).stdout
    return int(told.split()[2].partition(".")[0]) if told else 0


def _create(admin: psycopg.Connection, name: str, *, template: str) -> None:
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    try:
        admin.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
    except psycopg.errors.InsufficientPrivilege:
        raise CopyRefused(
            "Le compte de la base des dossiers ne peut pas créer de base d'essai : "
            "ALTER ROLE … CREATEDB, ou essayez sur une sauvegarde restaurée ailleurs."
        ) from None


def _drop_all(admin: psycopg.Connection, prefix: str) -> None:
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (name,) in admin.execute(query, [prefix]).fetchall():
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        admin.execute(drop.format(sql.Identifier(name)))


def _conninfo(url: URL) -> str:
    """Return how to reach a database, without its password: others can read a command line."""
    named = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    query = {key: v if isinstance(v, str) else ",".join(v) for key, v in url.query.items()}
    return make_conninfo("", **{key: value for key, value in (named | query).items() if value})


def _named(url: URL, database: str) -> str:
    return url.set(database=database).render_as_string(hide_password=False)
