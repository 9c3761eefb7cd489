"""`pnd sandbox`: run the invented agencies, read what they received, tell them how to behave."""

import json
import os
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.local_http import LocalServerSilent, call

NO_ANSWER = 3

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
    calls = _tried(ledger)
    if as_json:
        typer.echo(json.dumps(calls, ensure_ascii=False, indent=2))
    else:
        Console().print(ledger_table(calls))


@sandbox_app.command("order")
def give_order(
    agency: Annotated[str, typer.Argument(help="Code de l'organisme, comme siao-21.")],
    behaviour: Annotated[str, typer.Argument(help="Conduite, comme refuse:no_capacity.")],
) -> None:
    """Ordonne une conduite : accept, refuse:motif, never, twice, error_500:3, offer:6…"""
    _tried(lambda: order(agency, behaviour))
    typer.echo(f"{agency} : {behaviour}")


def ledger() -> list[dict[str, Any]]:
    """Return every call that the agencies received, oldest first."""
    calls: list[dict[str, Any]] = call("GET", f"{_admin()}/ledger")["calls"]
    return calls


def order(agency: str, behaviour: str) -> None:
    """Tell an agency how to behave."""
    call("POST", f"{_admin()}/orders", body={"agency": agency, "behaviour": behaviour})


def next_event() -> datetime | None:
    """Return when an agency will next say something, in the journey's time."""
    instant = call("GET", f"{_admin()}/next")["next"]
    return datetime.fromisoformat(instant) if instant else None


def ledger_table(calls: list[dict[str, Any]]) -> Table:
    """Return the calls as a table."""
    table = Table("Heure", "Organisme", "Acte", "Clé", "Réponse", "Doublon", title="Appels reçus")
    for one in calls:
        doubled = "oui" if one["duplicate"] else ""
        key = one["idempotency_key"] or "—"
        table.add_row(
            str(one["at"])[:16], one["agency"], one["verb"], key, str(one["status"]), doubled
        )
    return table


def _admin() -> str:
    return f"{os.environ.get('PND_SANDBOX_URL', 'http://127.0.0.1:8022')}/_sandbox"


def _tried(action: Any) -> Any:
    try:
        return action()
    except LocalServerSilent as silent:
        typer.echo(str(silent), err=True)
        raise typer.Exit(NO_ANSWER) from None
