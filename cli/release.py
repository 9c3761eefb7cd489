"""`pnd release`: try a release on copies of the store before it reaches anybody.

Exit codes: 0 nothing stands in its way, 2 it would change what is not safe or it cannot be tried,
3 the store does not answer.
"""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import psycopg
import typer
from sqlalchemy.exc import OperationalError

from cli.next_release import Release, ReleaseUntried, rehearse_all
from cli.postgres_tools import ToolsMissing
from cli.store_copies import CopyRefused, copies
from models.rehearsal import Rehearsal
from models.release import Difference, Verdict, by_difference, compare
from models.release_words import departures, sentence
from store.away import StoreAway
from store.cases import draw_missing_facts
from store.clock import journey_clock
from store.envelope import SealBroken
from store.master_keys import VaultKeyInvalid
from store.rehearsal import rehearse

DONE, TO_CORRECT, NO_ANSWER = 0, 2, 3

_SHOWN = 12
"""How many departures are named on a line."""

release_app = typer.Typer(
    help="Livraison : l'essayer sur une copie avant qu'elle n'atteigne un départ.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Écrire du JSON.")]
At = Annotated[
    str | None,
    typer.Option(help="Instant de la répétition, comme 2026-11-23T08:00+01:00 ; sinon maintenant."),
]


@release_app.command("plan")
def plan(at: At = None, as_json: AsJson = False) -> None:
    """Répète un passage de chaque départ ouvert : la base est lue, rien n'est envoyé ni gardé."""
    with _refusals():
        instant = _instant(at)
        draw_missing_facts()
        rehearsal = rehearse(instant)
    typer.echo(rehearsal.model_dump_json(indent=2) if as_json else _summary(rehearsal))


@release_app.command("check")
def check(
    new: Annotated[Path, typer.Option(help="Dossier de la nouvelle version.")],
    python: Annotated[Path | None, typer.Option(help="Son Python, si ce n'est .venv.")] = None,
    at: At = None,
    accept: Annotated[bool, typer.Option("--accept", help="Admettre ce qui est dit.")] = False,
    as_json: AsJson = False,
) -> None:
    """Dit ce qu'une nouvelle version changerait pour chaque départ ouvert, sans rien faire.

    Refuse (code de sortie 2) ce qui n'est ni identique ni sans danger, sauf --accept.
    """
    with _refusals():
        running, other = _rehearsals(Release.at(new, python), _instant(at))
    verdicts = compare(running, other)
    _print_json(running, verdicts) if as_json else _print(running, verdicts, accept=accept)
    raise typer.Exit(DONE if accept or all(v.is_safe for v in verdicts) else TO_CORRECT)


def _rehearsals(coming: Release, at: datetime) -> list[Rehearsal]:
    """Return what the running release would do, then what the coming one would."""
    draw_missing_facts()
    with _ended_by_sigterm(), copies(2) as (old, new):
        coming.migrate(new)
        return rehearse_all({old: Release.running(), new: coming}, at)


def _instant(at: str | None) -> datetime:
    if at is None:
        return journey_clock().now()
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ReleaseUntried("--at : un instant avec son fuseau, comme 2026-11-23T08:00+01:00.")
    return instant


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (CopyRefused, ToolsMissing, ReleaseUntried, VaultKeyInvalid) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(TO_CORRECT) from None
    except SealBroken as broken:
        advice = "ses faits ne peuvent être tirés du coffre ; voyez « pnd check » et PND_VAULT_KEY."
        typer.echo(f"{broken.reference} : {advice}", err=True)
        raise typer.Exit(TO_CORRECT) from None
    except (StoreAway, OperationalError, psycopg.OperationalError):
        advice = "vérifiez PND_DATABASE_URL, et que PostgreSQL tourne."
        typer.echo(f"La base des dossiers ne répond pas : {advice}", err=True)
        raise typer.Exit(NO_ANSWER) from None


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let the copies be dropped, too, when somebody ends this command."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _summary(rehearsal: Rehearsal) -> str:
    plans = [one.plans[0] for one in rehearsal.departures]
    broken = [one.reference for one in rehearsal.departures if one.plans[0].broken]
    lines = [
        f"{departures(len(plans))}, au {rehearsal.at:%d/%m/%Y %H:%M} UTC.",
        f"Au prochain passage : {sum(len(plan.acts) for plan in plans)} actes, "
        f"{sum(len(plan.questions) for plan in plans)} questions ouvertes, "
        f"{sum(len(plan.deadlines) for plan in plans)} échéances.",
    ]
    if broken:
        lines.append(f"Arrêtés par un défaut : {', '.join(broken)}.")
    return "\n".join(lines)


def _print(running: Rehearsal, verdicts: list[Verdict], *, accept: bool) -> None:
    identical = [v for v in verdicts if v.is_identical]
    safe = [v for v in verdicts if v.is_safe and not v.is_identical]
    grave = [v for v in verdicts if not v.is_safe]
    typer.echo(
        f"{departures(len(verdicts))} répétés sous les deux versions, "
        f"au {running.at:%d/%m/%Y %H:%M} UTC."
    )
    typer.echo(f"{departures(len(identical))} : identique.")
    typer.echo(f"{departures(len(safe))} : changement sans danger.")
    typer.echo(f"{departures(len(grave))} : changement à juger.")
    for difference, reach in by_difference(verdicts).items():
        mark = "  " if difference.is_safe else "! "
        where = f"{departures(len(reach.departures))} : {_shortened(reach.departures)}"
        typer.echo(f"{mark}{sentence(difference, reach.occasions)}, pour {where}")
    if grave and not accept:
        typer.echo(
            "Refusé : corrigez la nouvelle version, ou relancez avec --accept si c'est voulu.",
            err=True,
        )


def _shortened(references: list[str]) -> str:
    shown = ", ".join(references[:_SHOWN])
    return f"{shown}, … (tous : --json)" if len(references) > _SHOWN else shown


def _difference(difference: Difference) -> dict[str, Any]:
    codes = ("change", "noun", "code", "measure", "agency", "about", "is_safe")
    return {code: getattr(difference, code) for code in codes}


def _print_json(running: Rehearsal, verdicts: list[Verdict]) -> None:
    document = {
        "at": running.at.isoformat(),
        "identical": [v.reference for v in verdicts if v.is_identical],
        "safe": [v.reference for v in verdicts if v.is_safe and not v.is_identical],
        "to_judge": [v.reference for v in verdicts if not v.is_safe],
        "differences": [
            _difference(difference) | asdict(reach)
            for difference, reach in by_difference(verdicts).items()
        ],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
