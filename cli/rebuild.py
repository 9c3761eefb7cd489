"""`pnd rebuild`: Prefect's database is gone; every open departure gets a run again, and nobody is
asked twice.
"""

import subprocess
import sys

import typer

from core.settings import ROOT
from flows.watch import heal_runs
from store.runs import runs_to_watch


def rebuild_runs() -> int:
    """Deploy the territories that have open departures, then start what has no run."""
    open_ones = runs_to_watch()
    for territory in sorted({run.territory for run in open_ones}):
        command = [sys.executable, "-m", "cli.main", "territory", "deploy", territory]
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - our own command
        if done.returncode:
            typer.echo(f"Territoire {territory} : le déploiement a échoué.", err=True)
            return done.returncode
    heal_runs()
    typer.echo(f"{len(open_ones)} départs ouverts ont leur passage.")
    return 0
