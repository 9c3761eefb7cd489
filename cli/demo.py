"""`pnd demo`: the embedded world, and one invented departure that lives in it."""

import logging
import subprocess
import sys
import threading

import typer

from cli.ports import NoFreePort
from cli.processes import ProcessUnready
from cli.state import State, WorldBusy
from cli.up import Stopped, addresses, stopping_cleanly
from cli.world import StepFailed, World
from core.logs import configure_logs
from core.settings import ROOT

# Simulated days go by in seconds: the watch looks more often than it needs to in real life.
_BRISK = {"PND_WATCH_SECONDS": "0.5"}
TO_CORRECT, INTERRUPTED = 2, 130


def play(territory: str, *, hands_on: bool, once: bool) -> int:
    """Start the world, play the departure in it, stop everything. Return the exit code."""
    configure_logs(logging.WARNING)
    typer.echo("Démarrage : PostgreSQL, Prefect, worker, veille, porte, organismes simulés…")
    with stopping_cleanly():
        try:
            with World(
                State.usual().folder, [territory], fresh=True, extra=_BRISK, say=typer.echo
            ) as world:
                for line in addresses(world):
                    typer.echo(line)
                code = _story(world, territory, hands_on=hands_on)
                if not once and not code:
                    typer.echo("Le départ est clos ; tout reste ouvert. Ctrl+C arrête tout.")
                    threading.Event().wait()
                return code
        except Stopped:
            typer.echo("Interrompu : tout est arrêté.")
            return INTERRUPTED if once else 0
        except (WorldBusy, NoFreePort, ProcessUnready, StepFailed) as trouble:
            typer.echo(str(trouble), err=True)
            return TO_CORRECT


def _story(world: World, territory: str, *, hands_on: bool) -> int:
    # A process of its own: Prefect reads the world's address when it is imported.
    command = [sys.executable, "-m", "cli.player", territory, *(["--hands-on"] if hands_on else [])]
    player = subprocess.Popen(command, cwd=ROOT, env=world.env)  # noqa: S603 - our own module
    try:
        return player.wait()
    finally:
        player.terminate()
        player.wait()
