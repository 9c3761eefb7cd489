"""`pnd sandbox`: run the invented agencies, read what they received, tell them how to behave."""

import json
import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sandbox.admin_client import OrderRefused, SandboxAdmin, SandboxUnreachable
from sandbox.ledger import Entry

TO_CORRECT, NO_ANSWER = 2, 3

sandbox_app = typer.Typer(
    help="Organismes simulés : les lancer, lire ce qu'ils ont reçu, ordonner leur conduite.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Écrire du JSON.")]


@sandbox_app.command("run")
def run_sandbox() -> None:
    """Lance les organismes simulés seuls, avec les variables PND_SANDBOX_*."""
    os.execv(sys.executable, [sys.executable, "-m", "sandbox"])  # noqa: S606 - our own module


@sandbox_app.command("ledger")
def print_ledger(as_json: AsJson = False) -> None:
    """Montre chaque appel reçu : sa clé, et s'il était un doublon."""
    try:
        with sandbox_admin() as admin:
            calls = admin.ledger()
    except SandboxUnreachable:
        raise typer.Exit(_silent()) from None
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in calls], ensure_ascii=False, indent=2))
    else:
        Console().print(ledger_table(calls))


@sandbox_app.command("order")
def give_order(
    agency: Annotated[str, typer.Argument(help="Code de l'organisme, comme siao-21.")],
    behaviour: Annotated[str, typer.Argument(help="Conduite, comme refuse:no_capacity.")],
    times: Annotated[int | None, typer.Option(help="Nombre de fois ; sinon, durablement.")] = None,
) -> None:
    """Ordonne une conduite : accept, refuse:motif, never, twice, error_500:3, offer:6…"""
    try:
        with sandbox_admin() as admin:
            admin.order(agency, behaviour, times=times)
    except OrderRefused as refused:
        typer.echo(refused.advice, err=True)
        raise typer.Exit(TO_CORRECT) from None
    except SandboxUnreachable:
        raise typer.Exit(_silent()) from None
    typer.echo(f"{agency} : {behaviour}")


def sandbox_admin() -> SandboxAdmin:
    """Return the back room of the sandbox of the world in which this command works."""
    return SandboxAdmin(os.environ.get("PND_SANDBOX_URL", "http://127.0.0.1:8022"))


def ledger_table(calls: list[Entry]) -> Table:
    """Return the calls as a table."""
    table = Table("Heure", "Organisme", "Acte", "Clé", "Réponse", "Doublon", title="Appels reçus")
    for one in calls:
        doubled = "oui" if one.duplicate else ""
        key = one.idempotency_key or "—"
        table.add_row(one.at[:16], one.agency, one.verb, key, str(one.status), doubled)
    return table


def _silent() -> int:
    typer.echo("Les organismes simulés ne répondent pas : « pnd up » tourne-t-il ?", err=True)
    return NO_ANSWER
