"""`pnd territory`: list the territories, check their files, deploy their flow to Prefect.

Exit codes: 0 done, 2 something to correct in a file or in the command, 3 Prefect does not answer,
4 Prefect refused.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import get_current_settings

from core.settings import settings
from flows.deployments import (
    PREFECT_FILE,
    DeployRefused,
    deploy,
    deployed,
    deployment_name,
    names_of,
)
from models.labels import label
from models.territories import TerritoryInvalid, load_territories
from models.territory import Territory

TO_CORRECT = 2
NO_PREFECT = 3
REFUSED = 4

territory_app = typer.Typer(
    help="Territoires : les lister, vérifier leurs fichiers, les déployer.", no_args_is_help=True
)

Folder = Annotated[
    Path | None, typer.Argument(help="Dossier des territoires (par défaut, celui du projet).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Écrire du JSON.")]
PrefectFile = Annotated[Path, typer.Option(help="Définition des déploiements.")]


@territory_app.command("list")
def list_territories(as_json: AsJson = False) -> None:
    """Liste les territoires : leur nature, leur fuseau horaire, qui y est référent."""
    territories = _load(settings().territories).values()
    if as_json:
        _write([_summary(territory) for territory in territories])
        return
    for one in territories:
        kind = label(one.kind).lower()
        homes = ", ".join(pathway.home for pathway in one.pathways)
        typer.echo(f"{one.code:>3}  {one.name:<18} {kind:<12} {one.time_zone:<15} {homes}")


@territory_app.command("check")
def check_territories(folder: Folder = None, as_json: AsJson = False) -> None:
    """Vérifie tous les fichiers et dit tout ce qu'il faut y corriger (code de sortie 2)."""
    try:
        territories = load_territories(folder or settings().territories)
    except TerritoryInvalid as invalid:
        if as_json:
            _write([vars(problem) for problem in invalid.problems])
        else:
            typer.echo(str(invalid), err=True)
        raise typer.Exit(TO_CORRECT) from invalid
    if as_json:
        _write([])
    else:
        typer.echo(f"{len(territories)} territoires, rien à corriger.")


@territory_app.command("deploy")
def deploy_territories(
    code: Annotated[str | None, typer.Argument(help="Code du territoire, comme 21.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Tous les territoires.")] = False,
    prefect_file: PrefectFile = PREFECT_FILE,
    as_json: AsJson = False,
) -> None:
    """Crée ou met à jour la file de travail et les déploiements d'un territoire, ou de tous.

    Peut être répété sans risque : les départs en cours ne sont pas touchés, et suivent le code
    déployé à leur prochain réveil.
    """
    if (code is None) is not every:
        _stop(TO_CORRECT, "indiquer un code de territoire, ou --all.")
    codes = _codes_to_deploy(code, prefect_file)
    with _prefect() as client:
        try:
            deploy(client, codes, prefect_file)
        except DeployRefused as refused:
            _stop(REFUSED, str(refused))
        done = _deployed(client, codes)
    if as_json:
        _write(done)
        return
    for one in done:
        typer.echo(
            f"{one['deployment']} déployé, file {one['work_pool']}, identifiant {one['id']}."
        )


def _load(folder: Path) -> dict[str, Territory]:
    try:
        return load_territories(folder)
    except TerritoryInvalid as invalid:
        _stop(TO_CORRECT, str(invalid))


def _summary(territory: Territory) -> dict[str, Any]:
    return {
        "code": territory.code,
        "name": territory.name,
        "kind": territory.kind.value,
        "time_zone": territory.time_zone,
        "pathways": {pathway.code.value: pathway.home for pathway in territory.pathways},
        "referents": [referent.code for referent in territory.referents],
        "agencies": {agency.code: agency.channel.value for agency in territory.agencies},
        "deployment": deployment_name(territory.code),
    }


def _codes_to_deploy(code: str | None, prefect_file: Path) -> list[str]:
    # Rule: nothing is deployed from files that hold a mistake, even in another territory.
    territories = _load(settings().territories)
    if code is not None and code not in territories:
        _stop(TO_CORRECT, f"territoire {code} inconnu. Connus : {', '.join(territories)}.")
    codes = [one for one in territories if code in (None, one)]
    # Danger: Prefect deploys the names it finds and reports success for those it does not.
    named = _names_in(prefect_file)
    absent = sorted(name for one in codes for name in names_of(one) if name not in named)
    if absent:
        _stop(
            TO_CORRECT, f"{prefect_file} ne définit pas {', '.join(absent)} : y ajouter l'entrée."
        )
    return codes


def _names_in(prefect_file: Path) -> set[str]:
    try:
        content = yaml.safe_load(prefect_file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        _stop(TO_CORRECT, f"{prefect_file} ne se lit pas ({type(error).__name__}).")
    entries = content.get("deployments") if isinstance(content, dict) else None
    return {entry["name"] for entry in entries or [] if "name" in entry}


@contextmanager
def _prefect() -> Iterator[SyncPrefectClient]:
    # Danger: without an address Prefect would start a server of its own and deploy into it.
    if not get_current_settings().api.url:
        _stop(
            NO_PREFECT, "PREFECT_API_URL n'est pas défini : indiquer l'adresse du serveur Prefect."
        )
    with get_client(sync_client=True) as client:
        trouble = client.api_healthcheck()
        if trouble is not None:
            _stop(NO_PREFECT, f"le serveur Prefect ne répond pas ({type(trouble).__name__}).")
        yield client


def _deployed(client: SyncPrefectClient, codes: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"deployment": one.name, "work_pool": one.work_pool_name, "id": str(one.id)}
        for one in sorted(deployed(client, codes), key=lambda one: one.name)
    ]


def _write(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _stop(status: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status)
