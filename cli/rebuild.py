"""`pnd rebuild`: Prefect's database is gone; every open departure gets a run again, and nobody is
asked twice.
"""

import typer
from prefect.client.orchestration import get_client

from flows.deployments import DeployRefused, deploy
from flows.strays import end_strays
from flows.watch import heal_runs
from store.runs import runs_to_watch

TO_CORRECT, REFUSED = 2, 4


def rebuild_runs() -> int:
    """Deploy the territories that have open departures, then start what has no run."""
    open_ones = runs_to_watch()
    territories = sorted({run.territory for run in open_ones})
    try:
        with get_client(sync_client=True) as client:
            deploy(client, territories)
    except DeployRefused as refused:
        typer.echo(str(refused), err=True)
        return REFUSED
    heal_runs()
    typer.echo(f"{len(open_ones)} départs ouverts ont leur passage.")
    return _tell_lost(end_strays(asleep=True))


def _tell_lost(references: list[str]) -> int:
    """Tell which departures Prefect shows and the store does not have; their pages can be read."""
    for reference in references:
        typer.echo(
            f"{reference} : Prefect le montre, la base ne le connaît pas (ouvert après la "
            "sauvegarde). Faire redéposer la proposition sous le même numéro.",
            err=True,
        )
    return TO_CORRECT if references else 0
