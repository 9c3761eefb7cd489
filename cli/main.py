"""`pnd`: the command line. Exit codes: 0 done, 2 something to correct, 3 something does not
answer.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.place import enter_running_world

# Danger: Prefect reads its address when it is imported; every command is imported after this line.
enter_running_world()

from cli.audit import audit_app  # noqa: E402
from cli.backup import restore_backup, write_backup  # noqa: E402
from cli.cases import answer_question, open_file, show_departure  # noqa: E402
from cli.demo import play  # noqa: E402
from cli.health import check_everything  # noqa: E402
from cli.person import person_app  # noqa: E402
from cli.prefect_env import prefect_environment  # noqa: E402
from cli.rebuild import rebuild_runs  # noqa: E402
from cli.reconcile import reconcile_territories  # noqa: E402
from cli.release import release_app  # noqa: E402
from cli.sandbox import sandbox_app  # noqa: E402
from cli.silences import show_silences  # noqa: E402
from cli.territory import territory_app  # noqa: E402
from cli.up import up as run_world  # noqa: E402
from cli.user import user_app  # noqa: E402
from cli.vault_keys import keys_app  # noqa: E402
from core.logs import configure_logs  # noqa: E402
from flows.watch import watch_for_ever  # noqa: E402
from gateway.contract import door_contract  # noqa: E402
from models.referral_schema import referral_schema  # noqa: E402

app = typer.Typer(
    help="Nouveau départ : tout déclencher d'un seul geste, et ne rien oublier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(territory_app, name="territory")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(release_app, name="release")
app.add_typer(audit_app, name="audit")
app.add_typer(keys_app, name="keys")
app.add_typer(person_app, name="person")
app.add_typer(user_app, name="user")

AsJson = Annotated[bool, typer.Option("--json", help="Écrire du JSON.")]
Reference = Annotated[str, typer.Argument(help="Référence du départ, comme 21-7KQF2M.")]


@app.command()
def up(
    territory: Annotated[list[str], typer.Option(help="Code d'un territoire.")] = ["21"],  # noqa: B006
) -> None:
    """Lance tout sur cette machine : bases, Prefect, workers, veille, porte, organismes simulés."""
    configure_logs(logging.WARNING)
    run_world(territory, typer.echo)


@app.command()
def demo(
    territory: Annotated[str, typer.Option(help="Code du territoire.")] = "21",
    hands_on: Annotated[bool, typer.Option("--hands-on", help="Répondre soi-même.")] = False,
    once: Annotated[bool, typer.Option("--once", help="S'arrêter à la clôture.")] = False,
) -> None:
    """Montre un départ inventé, de la proposition à la clôture, sur les vrais services."""
    raise typer.Exit(play(territory, hands_on=hands_on, once=once))


@app.command("open")
def open_referral(
    file: Annotated[Path, typer.Argument(help="Proposition, en JSON.")], as_json: AsJson = False
) -> None:
    """Dépose une proposition de départ et affiche sa référence."""
    raise typer.Exit(open_file(file, as_json=as_json))


@app.command()
def schema(
    door: Annotated[
        bool, typer.Option("--door", help="Le contrat de la porte, à la place.")
    ] = False,
) -> None:
    """Écrit le schéma JSON d'une proposition, tel que publié dans docs/referral.schema.json.

    Avec --door, le contrat OpenAPI de la porte, tel que dans docs/contracts/door.openapi.json.
    """
    document = door_contract() if door else referral_schema()
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


@app.command()
def show(reference: Reference, as_json: AsJson = False) -> None:
    """Montre un départ : chronologie, questions ouvertes, échéances. Des codes seulement."""
    raise typer.Exit(show_departure(reference, as_json=as_json))


@app.command()
def answer(
    reference: Reference,
    question: Annotated[str, typer.Argument(help="Numéro de la question, comme q17.")],
    choice: Annotated[str, typer.Argument(help="Réponse : son code ou son libellé.")],
) -> None:
    """Répond à une question, comme dans le formulaire. La première réponse l'emporte."""
    raise typer.Exit(answer_question(reference, question, choice))


@app.command()
def watch() -> None:
    """Veille : les échéances deviennent des nouvelles, les départs cassés repartent."""
    configure_logs()
    watch_for_ever()


@app.command()
def rebuild() -> None:
    """Après la perte de la base de Prefect : redonne un passage à chaque départ ouvert."""
    raise typer.Exit(rebuild_runs())


@app.command("settings")
def prefect_settings(
    several: Annotated[
        bool, typer.Option("--several", help="Pour plusieurs serveurs Prefect, avec Redis.")
    ] = False,
) -> None:
    """Écrit les réglages de Prefect, une variable par ligne, à donner à chaque processus."""
    typer.echo(prefect_environment(several=several))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Fichier à écrire.")]) -> None:
    """Sauvegarde la base des dossiers dans un fichier, relu avant de prendre son nom."""
    raise typer.Exit(write_backup(file))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="Fichier écrit par pnd backup.")]) -> None:
    """Restaure une sauvegarde dans une base vide, et dit ce qui reste à faire."""
    raise typer.Exit(restore_backup(file))


@app.command()
def reconcile(
    territory: Annotated[list[str] | None, typer.Option(help="Code d'un territoire.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rapproche : demande à chaque organisme ce qu'il tient ; ce qui nous manquait devient une
    nouvelle.
    """
    raise typer.Exit(reconcile_territories(territory or [], as_json=as_json))


@app.command()
def check(
    territory: Annotated[list[str] | None, typer.Option(help="Code d'un territoire.")] = None,
    as_json: AsJson = False,
) -> None:
    """Dit de chaque organisme : configuré ? joignable ? autorisé ? Et l'état de ce qui nous
    porte.
    """
    raise typer.Exit(check_everything(territory or [], as_json=as_json))


@app.command()
def silences(as_json: AsJson = False) -> None:
    """Dit quels organismes se taisent plus longtemps que d'habitude. Sortie 3 s'il y en a un."""
    raise typer.Exit(show_silences(as_json=as_json))


if __name__ == "__main__":
    sys.exit(app())
