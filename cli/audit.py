"""`pnd audit`: whether the trace of accesses is whole, and that of one departure. Codes only."""

import json
import os
import re
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from models.audit_check import Break
from models.labels import label
from store.audit_check import Verdict, is_told_of, lines_about, verify
from store.master_keys import VaultKeyInvalid

INTACT, BROKEN, TO_CORRECT = 0, 1, 2
_MOST_SHOWN = 50
_WITNESS = re.compile(r"([1-9]\d{0,8}):([0-9a-f]{64})")

audit_app = typer.Typer(
    help="Trace des accès : vérifier qu'elle est entière, en extraire celle d'un départ.",
    no_args_is_help=True,
)


@audit_app.command("verify")
def verify_audit(
    witness: Annotated[
        str, typer.Option(help="Témoin noté lors d'une vérification passée, comme 12:9f3a….")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Écrire du JSON.")] = False,
) -> None:
    """Relit toute la trace. Sortie 0 : entière ; 1 : rompue, et où."""
    told = _WITNESS.fullmatch(witness)
    if witness and told is None:
        raise typer.Exit(
            _told("Un témoin s'écrit numéro:empreinte, tel que pnd audit verify l'a donné.")
        )
    try:
        found = verify((int(told[1]), bytes.fromhex(told[2])) if told else None)
    except VaultKeyInvalid as invalid:
        raise typer.Exit(_told(str(invalid))) from None
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        _print(found)
    raise typer.Exit(BROKEN if found.breaks else INTACT)


@audit_app.command("export")
def export_audit(
    reference: Annotated[str, typer.Argument(help="Référence du départ, comme 21-7KQF2M.")],
    to: Annotated[Path, typer.Option("--to", help="Fichier à écrire ; il ne doit pas exister.")],
) -> None:
    """Écrit la trace d'un départ, une ligne JSON par ligne, dans un fichier à son seul lecteur."""
    if not is_told_of(reference):
        raise typer.Exit(_told(f"{reference} : aucune trace sous ce nom. Vérifiez la référence."))
    try:
        # Never in the place of another, and for its owner alone from the start.
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise typer.Exit(
            _told(f"{to} existe déjà : rien n'est écrit. Donnez un autre nom.")
        ) from None
    except OSError as trouble:
        name = type(trouble).__name__
        raise typer.Exit(_told(f"{to} ne peut pas être écrit ({name}).")) from None
    try:
        with (
            os.fdopen(handle, "w", encoding="utf-8") as file,
            closing(lines_about(reference)) as told,
        ):
            for line in told:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except BaseException:
        # What is cut short would be taken for the whole.
        to.unlink(missing_ok=True)
        raise
    typer.echo(f"{to} : écrit en entier.")


def _as_json(found: Verdict) -> dict[str, object]:
    return {
        "intact": not found.breaks,
        "lines": found.lines,
        "chains": found.chains,
        "not_noted": found.not_noted,
        "witness": found.witness,
        "breaks": [asdict(one) for one in found.breaks],
    }


def _print(found: Verdict) -> None:
    for one in found.breaks[:_MOST_SHOWN]:
        typer.echo(_sentence(one), err=True)
    if len(found.breaks) > _MOST_SHOWN:
        typer.echo(f"… et {len(found.breaks) - _MOST_SHOWN} autres : voir --json.", err=True)
    typer.echo(f"{found.lines} lignes, {found.chains} chaînes : {_state(found)}.")
    if found.not_noted:
        typer.echo(
            f"{found.not_noted} fin(s) de chaîne que celle de la maison n'a pas encore notée(s)."
        )
    if found.witness:
        typer.echo(f"Témoin, à noter hors de la base : {found.witness}")


def _state(found: Verdict) -> str:
    if not found.breaks:
        return "trace entière"
    return f"TRACE ROMPUE ({len(found.breaks)}) : docs/audit.md dit quoi faire"


def _sentence(one: Break) -> str:
    return f"{one.chain}, ligne {one.line} : {label(one.kind)}"


def _told(problem: str) -> int:
    typer.echo(problem, err=True)
    return TO_CORRECT
