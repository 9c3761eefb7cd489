"""`pnd check`: configured, reachable, allowed? Every agency, and all that carries us."""

import json
from collections.abc import Callable
from dataclasses import asdict

import typer
from prefect.client.orchestration import get_client
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from cli.health_guard import guard_lines
from cli.health_keys import keys_line, seals_line
from cli.health_line import Line, tried
from cli.health_pools import away_line, broken_line, pool_lines, watch_line
from cli.health_settings import settings_lines
from core.settings import settings
from gateway.oidc import check_provider
from models.agency import Channel
from models.labels import label
from models.territories import TerritoryInvalid, load_territories
from models.territory import Agency
from store.clock import journey_clock
from store.engine import session
from tasks.agencies import check_agencies

DONE, TO_CORRECT, NO_ANSWER = 0, 2, 3


def check_everything(codes: list[str], *, as_json: bool) -> int:
    """Check the ground, then every agency of the territories asked (all, when none is named)."""
    try:
        territories = load_territories(settings().territories)
    except TerritoryInvalid as invalid:
        typer.echo(str(invalid), err=True)
        return TO_CORRECT
    unknown = [code for code in codes if code not in territories]
    if unknown:
        typer.echo(f"Territoire inconnu : {', '.join(unknown)}.", err=True)
        return TO_CORRECT
    agencies = [
        agency
        for code, territory in territories.items()
        if code in codes or not codes
        for agency in territory.agencies
    ]
    asked = [code for code in territories if code in codes or not codes]
    lines = [*_ground(), *_clockwork(asked), *_agencies(agencies)]
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=2))
    else:
        _print(lines)
    return DONE if all(line.ok for line in lines) else NO_ANSWER


def _ground() -> list[Line]:
    return [
        tried("base des dossiers", _database, "PND_DATABASE_URL désigne-t-elle une base lancée ?"),
        keys_line(),
        *_looked(
            lambda: [seals_line()],
            "coffre",
            "les clés des départs ne peuvent pas être lues : voir la base des dossiers.",
        ),
        tried("Prefect", _prefect, "PREFECT_API_URL désigne-t-elle un serveur lancé ?"),
        *guard_lines(),
        tried("horloge", _clock, "L'horloge ne peut pas être lue."),
        tried(
            "ProConnect",
            check_provider,
            "PND_OIDC_ISSUER est-il le nom exact du fournisseur, joignable d'ici ?",
        ),
        *_looked(
            lambda: [watch_line(), broken_line(), away_line()],
            "veille, départs, organismes absents",
            "rien n'en est vu : la base des dossiers ne répond pas.",
        ),
    ]


def _clockwork(codes: list[str]) -> list[Line]:
    """What only a server that answers can tell; its absence is already a line."""

    def look() -> list[Line]:
        with get_client(sync_client=True) as client:
            return [*settings_lines(client), *pool_lines(client, codes)]

    return _looked(look, "réglages et files", "le serveur Prefect ne répond pas.")


def _looked(look: Callable[[], list[Line]], name: str, advice: str) -> list[Line]:
    try:
        return look()
    except Exception as trouble:
        return [Line(name, ok=False, said=f"{type(trouble).__name__} : {advice}")]


def _database() -> str:
    with session() as opened:
        version = opened.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return f"forme {version}"


def _prefect() -> str:
    with get_client(sync_client=True) as client:
        return f"version {client.api_version()}"


def _clock() -> str:
    kind = "réelle" if settings().env == "production" else "peut être simulée"
    return f"{kind}, {journey_clock().now():%d/%m/%Y %H:%M} UTC"


def _agencies(agencies: list[Agency]) -> list[Line]:
    by_code = check_agencies(agencies)
    lines = []
    for agency in agencies:
        channel = label(agency.channel)
        if agency.channel is Channel.CALL:
            lines.append(Line(agency.code, ok=True, said=f"{channel} : {agency.phone}"))
            continue
        health = by_code[agency.code]
        ok = health.configured and health.reachable and health.allowed
        said = (
            f"{channel} : configuré {_yes(health.configured)}, joignable {_yes(health.reachable)}, "
            f"autorisé {_yes(health.allowed)}. {health.problem}"
        )
        lines.append(Line(agency.code, ok=ok, said=said.strip()))
    return lines


def _yes(answer: bool) -> str:
    return "oui" if answer else "NON"


def _print(lines: list[Line]) -> None:
    table = Table("", "Quoi", "Ce qu'il en est")
    for line in lines:
        table.add_row("✓" if line.ok else "✗", line.name, line.said)
    Console().print(table)
