"""Copies of the case store, on the same server, to rehearse on: without the vault, and never left
behind.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from cli.postgres_tools import address, environment, tools
from core.settings import settings

COPY = "pnd_essai_"
"""How the name of a copy begins."""
_SEAT = 21_017_020
# A name holds 63 characters in PostgreSQL.
_LONGEST_OWN_NAME = 30
# Rule: who the person is stays where it is; no rule ever looks at it.
_LEFT_OUT = ("vault_entry", "data_key")


class CopyRefused(Exception):
    """The store cannot be copied. Says what to do, in French."""


@contextmanager
def copies(count: int) -> Iterator[list[str]]:
    """Make copies of the store, and yield their URLs; they are dropped whatever happens.

    Reads the store as a backup does: no row of it is held. Raises `CopyRefused` or `ToolsMissing`.
    """
    url = make_url(settings().database_url)
    prefix = f"{COPY}{(url.database or '')[:_LONGEST_OWN_NAME]}_"
    names = [f"{prefix}{uuid4().hex[:8]}" for _ in range(count)]
    with _seat(url) as admin:
        # A copy whose owner was killed is still there; the seat says that nobody uses it.
        _drop_all(admin, prefix)
        try:
            _fill(admin, names[0])
            for other in names[1:]:
                _create(admin, other, template=names[0])
            yield [_named(url, name) for name in names]
        finally:
            _drop_all(admin, prefix)


@contextmanager
def _seat(url: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address(), password=url.password, autocommit=True) as admin:
        taken = admin.execute("SELECT pg_try_advisory_lock(%s)", [_SEAT]).fetchone()
        if taken != (True,):
            raise CopyRefused("Un autre essai est en cours sur cette base : attendez sa fin.")
        yield admin


def _fill(admin: psycopg.Connection, copy: str) -> None:
    """Pour the store into an empty database, through a pipe: nothing is written to a disk."""
    found = tools()
    _create(admin, copy, template="template0")
    plain = ("--no-owner", "--no-acl")
    reading = ("--format=custom", *plain, *(f"--exclude-table-data={one}" for one in _LEFT_OUT))
    writing = ("--exit-on-error", *plain)
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own tool
        found.command("pg_dump", *reading, f"--dbname={address()}"),
        stdout=subprocess.PIPE,
        env=environment(),
    ) as source:
        poured = subprocess.run(  # noqa: S603 - PostgreSQL's own tool
            found.command("pg_restore", *writing, f"--dbname={address(copy)}"),
            stdin=source.stdout,
            env=environment(),
            check=False,
        )
    if source.returncode or poured.returncode:
        raise CopyRefused("La copie de la base des dossiers a échoué : voir le message ci-dessus.")


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


def _named(url: URL, database: str) -> str:
    return url.set(database=database).render_as_string(hide_password=False)
