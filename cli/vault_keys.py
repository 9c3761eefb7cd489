"""`pnd keys`: which master keys open what, their rotation, and the copies of the departures' keys.

No key is ever shown.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from cli.owner_files import whole
from store.away import StoreAway
from store.key_copies import KeyCopy, copy_keys, lost_since, put_back
from store.master_keys import VaultKeyInvalid, holds_a_backup, is_beside_the_keys
from store.rotation import remaining, rotate, wrapped

TO_CORRECT, NOT_ALL = 2, 3

keys_app = typer.Typer(help="Clés du coffre : état, rotation, copies.", no_args_is_help=True)
_File = Annotated[Path, typer.Argument(help="Fichier des clés, hors des sauvegardes.")]

_AFTER_ROTATION = """La clé courante ouvre tout. Dans l'ordre :
1. pnd keys backup FICHIER : une copie d'avant ne s'ouvre qu'avec l'ancienne clé ;
2. quand plus aucune copie d'avant n'est gardée, retirer l'ancienne clé de chaque machine, puis la
   détruire : une sauvegarde scellée par elle ne se relira plus."""
_KEEP_SHORT = (
    "N'en garder que la dernière : elle suffit à ouvrir toute sauvegarde, et une personne effacée "
    "n'est oubliée qu'avec la dernière copie de sa clé."
)


@keys_app.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Écrire du JSON.")] = False,
) -> None:
    """Montre chaque clé du coffre par son nom, et combien de départs en dépendent."""
    with _refusals():
        found = wrapped()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
    else:
        table = Table("Clé", "État", "Clés de départ", "Scellés d'avant")
        for one in found:
            known = "connue" if one.is_known else "inconnue ici"
            state = "courante" if one.is_current else known
            table.add_row(one.key_id, state, str(one.keys), str(one.directly))
        Console().print(table)
    needed = [one.key_id for one in found if not one.is_known]
    if needed:
        typer.echo(f"Il manque la clé {', '.join(needed)} : PND_VAULT_KEYS_OTHER.", err=True)
        raise typer.Exit(NOT_ALL)


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Remet sous la clé courante la clé de chaque départ. Interrompue, elle se relance."""
    done, broken = 0, list[str]()
    with _refusals():
        for batch in rotate():
            done += batch.done
            broken += batch.broken
            typer.echo(f"{done} départs remis sous la clé courante.")
        left = remaining()
    for reference in broken:
        typer.echo(f"{reference} : aucune clé connue ici ne l'ouvre ; laissé tel quel.", err=True)
    if left:
        again = "voir « pnd keys list », puis relancer « pnd keys rotate »"
        typer.echo(f"Il reste {left} départs sous une autre clé : {again}.", err=True)
        raise typer.Exit(TO_CORRECT if broken else NOT_ALL)
    typer.echo(_AFTER_ROTATION)


@keys_app.command("backup")
def backup_keys(file: _File) -> None:
    """Copie les clés des départs dans un fichier, à la place de la copie d'avant."""
    with _refusals():
        if is_beside_the_keys(file) or holds_a_backup(file.resolve().parent):
            # Danger: whoever archives the folder keeps, for years, what erases nobody any more.
            raise _Refused(
                f"{file} serait à côté de la clé maîtresse ou d'une sauvegarde : rien n'est écrit. "
                "Donnez un dossier à part, que rien n'archive longtemps."
            )
        before = _read(file) if file.exists() else None
        copy = copy_keys(before)
        if before and (lost := lost_since(before, copy)):
            raise _Refused(
                f"{file} tient la clé de {len(lost)} départs que cette base n'a plus "
                f"({', '.join(lost[:5])}…) sans que personne les ait effacés : rien n'est écrit. "
                "Restaurez d'abord, ou donnez un autre nom."
            )
        _write(file, copy)
    typer.echo(f"{file} : {len(copy.keys)} clés, scellées. {_KEEP_SHORT}")


@keys_app.command("restore")
def restore_keys(file: _File) -> None:
    """Après pnd restore : remet leur clé aux départs, sauf à qui a été effacé depuis."""
    with _refusals():
        result = put_back(_read(file))
    typer.echo(f"{result.added} clés remises.")
    for reference in result.came_back:
        advice = f"revenu avec la sauvegarde, sans sa clé : pnd person erase {reference}"
        typer.echo(f"{reference} : effacé depuis, {advice}.", err=True)
    missing = [one for one in result.without_key if one not in result.came_back]
    for reference in missing:
        typer.echo(f"{reference} : sans clé, l'identité ne se lit pas.", err=True)
    if missing or result.came_back:
        raise typer.Exit(NOT_ALL)


class _Refused(Exception):
    """A sentence in French: nothing was changed."""


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (VaultKeyInvalid, _Refused) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(TO_CORRECT) from None
    except StoreAway:
        typer.echo("La base des dossiers ne répond pas : relancez la commande ensuite.", err=True)
        raise typer.Exit(NOT_ALL) from None


def _write(file: Path, copy: KeyCopy) -> None:
    try:
        with whole(file) as draft:
            draft.write_text(copy.model_dump_json(), encoding="ascii")
    except OSError as trouble:
        raise _Refused(f"{file} ne peut pas être écrit ({type(trouble).__name__}).") from None


def _read(file: Path) -> KeyCopy:
    try:
        return KeyCopy.model_validate_json(file.read_bytes())
    except OSError:
        raise _Refused(f"{file} : fichier illisible. Vérifiez son chemin.") from None
    except ValidationError:
        raise _Refused(f"{file} n'est pas une copie de « pnd keys backup ».") from None
