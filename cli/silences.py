"""`pnd silences`: the agencies that are silent for longer than they ever are, and what to do."""

import json
from datetime import timedelta

import typer
from rich.console import Console
from rich.table import Table

from core.settings import settings
from models.agency_silence import AgencySilence
from models.territories import known_territory
from models.wording import agency_name, local_hour
from store.silences import silent_now

NOBODY_SILENT, SOMEBODY_SILENT = 0, 3

_ADVICE = """\
Que faire :
  1. `pnd check` : si plusieurs organismes se taisent à la fois, la panne est sans doute chez nous
     (porte, certificat, réseau).
  2. Appeler l'organisme : reçoit-il encore nos demandes ? Ses rappels arrivent-ils à la porte ?
  3. S'il est arrêté pour longtemps, prévenir les référents : ils appelleront sans attendre
     l'échéance.
L'épisode finit de lui-même au premier mot de l'organisme."""


def show_silences(*, as_json: bool) -> int:
    """Print the silences that go on. Return 3 when there is one."""
    silent = silent_now()
    if as_json:
        told = [each.model_dump(mode="json") for each in silent]
        typer.echo(json.dumps({"silences": told}, ensure_ascii=False))
    elif silent:
        Console().print(_table(silent))
        typer.echo(_ADVICE)
    else:
        typer.echo("Aucun organisme ne se tait plus longtemps que d'habitude.")
    return SOMEBODY_SILENT if silent else NOBODY_SILENT


def _table(silent: list[AgencySilence]) -> Table:
    table = Table("Organisme", "Territoire", "Muet depuis", "D'habitude", "Demandes en attente")
    for each in silent:
        territory = known_territory(settings().territories, each.territory)
        table.add_row(
            agency_name(each.agency, territory),
            each.territory,
            local_hour(each.since, territory),
            f"répond en {_spoken(timedelta(seconds=each.usual_seconds))}",
            str(each.waiting),
        )
    return table


def _spoken(duration: timedelta) -> str:
    hours = max(1, round(duration / timedelta(hours=1)))
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} j"
