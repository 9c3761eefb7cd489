"""`pnd person`: erase a person, hand them what is kept about them."""

import getpass
import json
import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from store.dossiers import dossier
from store.envelope import SealBroken
from store.erasure import ErasureRefused, erase
from store.master_keys import VaultKeyInvalid

TO_CORRECT = 2
_SEALED_BEFORE = (
    "Attention : elle n'avait pas encore de clé à elle. Dans les sauvegardes, la clé maîtresse de "
    "ce temps-là l'ouvre encore, jusqu'à leur destruction ou à la sienne. Pour les autres : "
    "« pnd keys rotate »."
)

person_app = typer.Typer(help="Droits de la personne : copie, effacement.", no_args_is_help=True)
_Reference = Annotated[str, typer.Argument(help="Référence du départ, comme 21-7KQF2M.")]


@person_app.command("erase")
def erase_person(
    reference: _Reference,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander confirmation.")] = False,
) -> None:
    """Efface la personne d'un départ clos, sans retour, jusque dans les sauvegardes."""
    if not yes:
        asked = f"Effacer la personne de {reference} ? Rien ne la fera revenir."
        typer.confirm(asked, abort=True)
    try:
        erased = erase(reference, _who())
    except ErasureRefused as refused:
        _tell(str(refused))
    for one in erased.references:
        typer.echo(f"{one} : personne effacée. Il reste le parcours, en codes.")
    typer.echo("pnd keys backup FICHIER : sa clé est encore dans la dernière copie, la remplacer.")
    if erased.sealed_before:
        typer.echo(_SEALED_BEFORE, err=True)
    for run in erased.flow_runs:
        typer.echo(f"prefect flow-run delete {run} : ce que l'écran de Prefect en montre.")


@person_app.command("export")
def export_person(
    reference: _Reference,
    file: Annotated[Path, typer.Argument(help="Fichier à écrire ; il ne doit pas exister.")],
) -> None:
    """Écrit dans un fichier tout ce qui est gardé d'une personne, en français."""
    try:
        # Danger: a file made first and closed to others afterwards can be read in between.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _tell(f"{file} existe déjà : rien n'est écrit. Donnez un autre nom.")
    except OSError as trouble:
        _tell(f"{file} ne peut pas être écrit ({type(trouble).__name__}).")
    is_whole = False
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            json.dump(_kept(reference), written, ensure_ascii=False, indent=2)
        is_whole = True
    finally:
        if not is_whole:
            file.unlink()
    typer.echo(f"{file} : tout ce qui est gardé sur cette personne, en clair. Le remettre en main")
    typer.echo("propre, puis le détruire.")


def _kept(reference: str) -> object:
    try:
        found = dossier(reference, _who())
    except SealBroken as broken:
        _tell(f"{broken.reference} : le coffre ne s'ouvre pas. Voyez « pnd keys list ».")
    except VaultKeyInvalid as invalid:
        _tell(str(invalid))
    if not found:
        _tell(f"{reference} : aucun départ de ce nom. Vérifiez la référence.")
    return found


def _tell(problem: str) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(TO_CORRECT)


def _who() -> str:
    return f"pnd:{getpass.getuser()}"
