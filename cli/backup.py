"""`pnd backup` and `pnd restore`: the case store in one file, and back into an empty one.

The vault's rows are sealed in the file as they are in the store; no key is in it, neither the
master key nor those of the departures (`pnd keys backup`).
"""

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

import typer

from cli.owner_files import whole
from cli.postgres_tools import ToolFailed, Tools, ToolsMissing, address, environment, tools
from store.master_keys import is_beside_the_keys
from store.migrate import upgrade
from store.restored import clearing, is_empty, mark_restored, taking_up
from store.rotation import without_key
from store.tables import METADATA, PASSING

DONE, TO_CORRECT = 0, 2

KEYS = "data_key"
"""The table of the departures' keys."""
_KEY_ELSEWHERE = (
    "Aucune clé n'est dans ce fichier, et sans elles l'identité est illisible à jamais : ni la clé "
    "du coffre (PND_VAULT_KEY), à garder sous séquestre ; ni celles des départs, que copie "
    "« pnd keys backup », à part."
)
_KEYS_NEXT = (
    "{count} identités n'ont pas leur clé ici : « pnd keys restore » avec la dernière copie, avant "
    "de relancer quoi que ce soit."
)
_AFTER = """Ce qui s'est passé depuis cette sauvegarde n'est plus dans la base. Dans l'ordre :
1. pnd reconcile : ce que les organismes ont dit depuis redevient une nouvelle ;
2. relancer porte, veille et workers, puis pnd rebuild : chaque départ reçoit un passage neuf ;
3. pnd reconcile à nouveau, une fois les envois repartis ;
4. prévenir les référents ci-dessous : ce qui a été répondu, retiré ou signalé depuis est à redire ;
5. prévenir les prescripteurs : une proposition déposée depuis est à redéposer, sous le même
   numéro ;
6. pnd user list : un compte désactivé, un rôle retiré ou un mot de passe changé depuis est revenu à
   son état d'avant ; chacun se reconnecte."""


def write_backup(file: Path) -> int:
    """Write the case store to a file that only its owner reads, verified before it has its name."""
    if file.exists():
        return _told(f"{file} existe déjà : rien n'est écrit. Donnez un autre nom.")
    if is_beside_the_keys(file):
        return _told(
            f"{file} serait à côté de la clé du coffre (PND_VAULT_KEY_FILE) : rien n'est écrit. "
            "Une sauvegarde et sa clé ne se gardent pas ensemble : donnez un autre dossier."
        )
    try:
        found = tools()
        with whole(file) as part:
            _dump(found, part)
            tables = _verify(found, part)
    except (ToolsMissing, ToolFailed) as trouble:
        return _told(str(trouble))
    except OSError as trouble:
        return _told(f"{file} ne peut pas être écrit ({type(trouble).__name__}).")
    typer.echo(f"{file} : {tables} tables, {file.stat().st_size} octets, relu en entier.")
    typer.echo(_KEY_ELSEWHERE)
    return DONE


def restore_backup(file: Path) -> int:
    """Restore a file into an empty store, all of it or nothing."""
    if not file.is_file():
        return _told(f"{file} : aucun fichier de ce nom.")
    if not is_empty():
        return _told(
            "La base des dossiers n'est pas vide : rien n'est restauré. Désignez une base vide par "
            "PND_DATABASE_URL."
        )
    try:
        found = tools()
        _verify(found, file)
        _pour(found, file)
    except (ToolsMissing, ToolFailed) as trouble:
        return _told(str(trouble))
    upgrade()
    _tell_restored(found, file)
    return DONE


def _dump(found: Tools, part: Path) -> None:
    # The format that pg_restore reads; who owned what there is not known here. Into a file, which
    # pg_dump itself pushes to the disk: on a pipe, it would write its contents list twice.
    plain = ("--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
    # Rule: a backup outlives the people in it; without their keys, erasing them reaches it too.
    # Danger: a session closed since, of a lost screen say, would be open again.
    left_out = (f"--exclude-table-data={name}" for name in (KEYS, *PASSING))
    found.run("pg_dump", *plain, *left_out, f"--dbname={address()}")


def _verify(found: Tools, file: Path) -> int:
    """Read a file to its end, and return how many tables it holds. Raises `ToolFailed`."""
    listed = found.run("pg_restore", "--list", str(file))
    held = {line.split()[-2] for line in listed.splitlines() if " TABLE DATA " in line}
    # Danger: a list alone says nothing of the rows: a file cut short has the whole of it.
    found.run("pg_restore", f"--file={os.devnull}", str(file))
    if "departure" not in held:
        raise ToolFailed("pg_restore", "ce fichier n'est pas une sauvegarde des dossiers")
    return len(held & set(METADATA.tables))


def _pour(found: Tools, file: Path) -> None:
    """Restore in one transaction, which also disowns the runs of before. Raises `ToolFailed`."""
    plain = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-")
    quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse")
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(  # noqa: S603 - PostgreSQL's own tool
            found.command("psql", *quiet, f"--dbname={address()}", "--file=-"),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as psql,
        subprocess.Popen(  # noqa: S603 - PostgreSQL's own tool
            found.command("pg_restore", *plain, str(file)),
            stdout=subprocess.PIPE,
            stderr=said,
        ) as reader,
    ):
        with suppress(BrokenPipeError):
            _send(psql.stdin, reader)
        status = psql.wait()
        if status or reader.wait():
            said.seek(0)
            raise ToolFailed("psql", said.read())


def _send(there: IO[bytes] | None, reader: "subprocess.Popen[bytes]") -> None:
    if there is None or reader.stdout is None:
        raise RuntimeError("pipe_missing")
    with there:
        there.write(f"BEGIN;\n{clearing()}".encode())
        while piece := reader.stdout.read(1 << 16):
            there.write(piece)
        # Danger: a file cut short ends here as well. Without this word nothing is kept.
        if reader.wait() == 0:
            there.write(f"{taking_up()}COMMIT;\n".encode())


def _tell_restored(found: Tools, file: Path) -> None:
    header = found.run("pg_restore", "--list", str(file)).splitlines()
    made = next((line for line in header if "created at" in line), "; date inconnue")
    alive = mark_restored()
    typer.echo(f"Restauré. {made.removeprefix(';').strip()}. {len(alive)} départs ouverts.")
    if sealed := len(without_key()):
        typer.echo(_KEYS_NEXT.format(count=sealed))
    typer.echo(_AFTER)
    for reference, referent in alive:
        typer.echo(f"   {referent} : {reference}")


def _told(problem: str) -> int:
    typer.echo(problem, err=True)
    return TO_CORRECT
