"""`pnd user`: the accounts of people, by code.

Exit codes: 0 done, 2 something to correct, 3 the store does not answer.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.settings import settings
from models.account_rules import AccountRefused, GrantUnreadable, read_grant, written
from models.identity import Grant
from models.labels import label
from models.login import Means
from models.territories import TerritoryInvalid
from store.accounts import (
    AccountSheet,
    OidcLink,
    account_sheets,
    add_account,
    add_grants,
    disable_account,
    enable_account,
    end_sessions,
    problems_of,
    remove_grants,
    reset_password,
)
from store.away import StoreAway
from store.master_keys import VaultKeyInvalid

TO_CORRECT, NO_ANSWER = 2, 3

user_app = typer.Typer(
    help="Comptes : qui entre, avec quels rôles, dans quels territoires.", no_args_is_help=True
)

Code = Annotated[str, typer.Argument(help="Code du compte, comme ref-21-a ; ni nom, ni adresse.")]
Roles = Annotated[
    list[str], typer.Argument(help="Rôles : referent:21, agency_agent:21:caf-21…", metavar="RÔLE…")
]


@user_app.command("add")
def add(
    code: Code,
    role: Annotated[
        list[str] | None, typer.Option(help="Rôle, comme referent:21. Peut être répété.")
    ] = None,
    oidc_uid: Annotated[
        str, typer.Option(help="Identifiant de l'agent (« uid ») chez son fournisseur d'identité.")
    ] = "",
    siret: Annotated[
        str, typer.Option(help="SIRET de son organisation, parmi ceux du territoire.")
    ] = "",
) -> None:
    """Crée un compte et affiche, une seule fois, son premier mot de passe.

    Avec --oidc-uid et --siret, le compte entre par ProConnect et n'a pas de mot de passe.
    """
    with _told():
        unread, grants = _read(role or [])
        link, missing = _link(oidc_uid, siret)
        if unread or missing:
            raise AccountRefused([*unread, *missing, *problems_of(code, grants, siret or None)])
        first = add_account(code, grants, link)
    typer.echo(f"Compte {code} créé.")
    _show(first)


@user_app.command("list")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="Écrire du JSON.")] = False,
) -> None:
    """Liste les comptes : leurs rôles, leur état, leurs sessions ouvertes."""
    with _told():
        sheets = account_sheets()
    if as_json:
        told = [_as_json(sheet) for sheet in sheets]
        typer.echo(json.dumps({"accounts": told}, ensure_ascii=False, indent=2))
        return
    table = Table("Compte", "Entre par", "État", "Rôles", "Sessions")
    for sheet in sheets:
        roles = [
            written(grant) + ("" if grant in sheet.in_force else " (sans effet)")
            for grant in sheet.grants
        ]
        table.add_row(
            sheet.account.code,
            label(_means(sheet)),
            _state(sheet),
            "\n".join(roles) or "aucun",
            str(sheet.sessions),
        )
    Console(soft_wrap=True, highlight=False).print(table)


@user_app.command("disable")
def disable(code: Code) -> None:
    """Désactive un compte : personne n'entre plus, ses sessions sont fermées."""
    with _told():
        count = disable_account(code)
    typer.echo(f"Compte {code} désactivé. {_closed(count)}")


@user_app.command("enable")
def enable(code: Code) -> None:
    """Réactive un compte, et oublie ses essais manqués."""
    with _told():
        enable_account(code)
    typer.echo(f"Compte {code} actif.")


@user_app.command("close-sessions")
def close_sessions(code: Code) -> None:
    """Ferme toutes les sessions d'un compte."""
    with _told():
        count = end_sessions(code)
    typer.echo(_closed(count))


@user_app.command("reset-password")
def reset(code: Code) -> None:
    """Redonne un premier mot de passe, affiché une seule fois, et ferme les sessions.

    D'un compte ProConnect : oublie l'identité retenue ; la prochaine connexion la redira.
    """
    with _told():
        first = reset_password(code)
    typer.echo(f"Compte {code} : à reconnecter.")
    _show(first)


@user_app.command("grant")
def grant(code: Code, roles: Roles) -> None:
    """Donne des rôles ; les sessions du compte sont fermées."""
    with _told():
        add_grants(code, _grants(roles))
    typer.echo(f"Compte {code} : rôles donnés, sessions fermées.")


@user_app.command("revoke")
def revoke(code: Code, roles: Roles) -> None:
    """Retire des rôles, aussitôt ; les sessions du compte sont fermées."""
    with _told():
        remove_grants(code, _grants(roles))
    typer.echo(f"Compte {code} : rôles retirés, sessions fermées.")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (AccountRefused, TerritoryInvalid, VaultKeyInvalid) as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(TO_CORRECT) from None
    except StoreAway as away:
        typer.echo(str(away), err=True)
        raise typer.Exit(NO_ANSWER) from None


def _read(roles: Sequence[str]) -> tuple[list[str], list[Grant]]:
    problems, grants = [], []
    for role in roles:
        try:
            grants.append(read_grant(role))
        except GrantUnreadable as unreadable:
            problems.append(str(unreadable))
    return problems, grants


def _grants(roles: Sequence[str]) -> list[Grant]:
    problems, grants = _read(roles)
    if problems:
        raise AccountRefused(problems)
    return grants


def _link(uid: str, siret: str) -> tuple[OidcLink | None, list[str]]:
    if not uid and not siret:
        return None, []
    wanted = {
        "--oidc-uid": uid,
        "--siret": siret,
        "la variable PND_OIDC_ISSUER": settings().oidc_issuer,
    }
    missing = [f"Pour ProConnect, il manque {name}." for name, value in wanted.items() if not value]
    return OidcLink(settings().oidc_issuer, uid, siret), missing


def _show(first: str | None) -> None:
    if first is None:
        return
    typer.echo(f"Premier mot de passe : {first}")
    typer.echo(
        "Il n'est affiché qu'ici, vaut trois jours, et ne sert qu'à en choisir un autre. "
        "Remettez-le de vive voix."
    )


def _closed(count: int) -> str:
    return f"{count} session{'s' if count > 1 else ''} fermée{'s' if count > 1 else ''}."


def _means(sheet: AccountSheet) -> Means:
    return Means.PROVIDER if sheet.account.oidc_issuer else Means.PASSWORD


def _state(sheet: AccountSheet) -> str:
    if sheet.account.disabled_at:
        return "désactivé"
    return "premier mot de passe à changer" if sheet.account.must_change_password else "actif"


def _as_json(sheet: AccountSheet) -> dict[str, Any]:
    return {
        "code": sheet.account.code,
        "means": _means(sheet).value,
        "disabled": sheet.account.disabled_at is not None,
        "must_change_password": sheet.account.must_change_password,
        "roles": [written(grant) for grant in sheet.grants],
        "roles_in_force": sorted(written(grant) for grant in sheet.in_force),
        "open_sessions": sheet.sessions,
    }
