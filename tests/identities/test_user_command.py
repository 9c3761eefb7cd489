"""`pnd user`, as an admin types it."""

import json

import pytest
from sqlmodel import SQLModel, select
from typer.testing import CliRunner, Result

from cli.user import user_app
from core.clock import SystemClock
from core.settings import settings
from models.account import Account, AccountGrant
from models.login import Means
from store.engine import session
from store.login import LoginRefused, log_in
from store.sessions import identity_of, open_session
from tests.identities.browser import PASSWORD

pytestmark = pytest.mark.usefixtures("store", "quick_digests")


def pnd_user(*words: str) -> Result:
    return CliRunner().invoke(user_app, list(words))


def kept(table: type[SQLModel]) -> int:
    with session() as opened:
        return len(opened.exec(select(table)).all())


def first_password(told: Result) -> str:
    assert told.exit_code == 0, told.output
    return told.stdout.partition("Premier mot de passe : ")[2].split()[0]


def entered(code: str) -> str:
    with session() as opened:
        account = opened.get_one(Account, code)
        return open_session(opened, account, Means.PASSWORD, SystemClock().now())


def test_an_account_is_made_with_a_first_password_shown_once() -> None:
    told = pnd_user("add", "ref-21-a", "--role", "referent:21", "--role", "coordinator:47")

    assert log_in("ref-21-a", first_password(told), "", replaces=None)
    listed = pnd_user("list", "--json").stdout
    assert first_password(told) not in listed
    (account,) = json.loads(listed)["accounts"]
    assert account == {
        "code": "ref-21-a",
        "means": "password",
        "disabled": False,
        "must_change_password": True,
        "roles": ["coordinator:47", "referent:21"],
        "roles_in_force": ["coordinator:47", "referent:21"],
        "open_sessions": 1,
    }
    assert "premier mot de" in pnd_user("list").stdout


def test_all_the_problems_are_told_at_once_and_nothing_is_made() -> None:
    told = pnd_user(
        "add",
        "Camille.Inventee@exemple.example",
        *("--role", "referent:21", "--role", "agency_agent:21", "--role", "auditor:99"),
        *("--role", "auditor:21:caf-21"),
    )

    assert told.exit_code == 2
    for problem in (
        "Code de compte",
        "n'est pas référent dans le fichier",
        "agency_agent:21 : nommer un organisme",
        "auditor:99 : aucun territoire",
        "seul un agent d'organisme",
    ):
        assert problem in told.stderr
    assert kept(Account) == kept(AccountGrant) == 0


def test_a_role_that_cannot_be_read_is_told_with_how_to_write_it() -> None:
    told = pnd_user("add", "ref-21-a", "--role", "chef:21", "--role", "referent")

    assert told.exit_code == 2
    assert told.stderr.count("écrire RÔLE:TERRITOIRE") == 2


def test_an_account_that_comes_in_by_proconnect_has_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PND_OIDC_ISSUER", "https://fournisseur.example")
    settings.cache_clear()

    told = pnd_user(
        *("add", "ref-21-a", "--role", "referent:21"),
        *("--oidc-uid", "agent-invente", "--siret", "00000021000013"),
    )

    assert told.exit_code == 0, told.output
    listed = pnd_user("list", "--json").stdout
    assert json.loads(listed)["accounts"][0]["means"] == "provider"
    assert "ProConnect" in pnd_user("list").stdout
    again = pnd_user("reset-password", "ref-21-a")
    assert again.exit_code == 0
    for shown in (told.stdout, again.stdout, listed):
        assert "mot de passe" not in shown
        assert "agent-invente" not in shown


def test_what_is_missing_for_proconnect_is_told_with_the_rest() -> None:
    told = pnd_user("add", "Ref", "--role", "auditor:99", "--siret", "00000021000013")

    assert told.exit_code == 2
    for problem in (
        "il manque --oidc-uid",
        "il manque la variable PND_OIDC_ISSUER",
        "Code de compte",
        "auditor:99 : aucun territoire",
    ):
        assert problem in told.stderr
    assert kept(Account) == 0


def test_an_account_is_made_once() -> None:
    pnd_user("add", "ref-21-a", "--role", "referent:21")

    again = pnd_user("add", "ref-21-a")

    assert again.exit_code == 2
    assert "existe déjà" in again.stderr
    assert kept(AccountGrant) == 1


def test_a_password_is_never_a_word_of_the_command() -> None:
    for command in ("add", "reset-password"):
        assert pnd_user(command, "ref-21-a", PASSWORD).exit_code == 2
        assert pnd_user(command, "ref-21-a", "--password", PASSWORD).exit_code == 2
    assert kept(Account) == 0


def test_a_disabled_account_is_out_until_it_is_enabled() -> None:
    first = first_password(pnd_user("add", "ref-21-a", "--role", "referent:21"))

    assert "0 session fermée." in pnd_user("disable", "ref-21-a").stdout
    with pytest.raises(LoginRefused):
        log_in("ref-21-a", first, "", replaces=None)
    assert "désactivé" in pnd_user("list").stdout
    pnd_user("enable", "ref-21-a")
    assert log_in("ref-21-a", first, "", replaces=None)


@pytest.mark.parametrize("command", ["disable", "close-sessions", "reset-password"])
def test_sessions_are_closed(command: str) -> None:
    pnd_user("add", "ref-21-a")
    entered("ref-21-a")
    entered("ref-21-a")

    told = pnd_user(command, "ref-21-a")

    assert told.exit_code == 0
    assert json.loads(pnd_user("list", "--json").stdout)["accounts"][0]["open_sessions"] == 0
    if command != "reset-password":
        assert "2 sessions fermées." in told.stdout


def test_a_new_first_password_takes_the_place_of_the_one_that_was_lost() -> None:
    lost = first_password(pnd_user("add", "ref-21-a"))
    first = first_password(pnd_user("reset-password", "ref-21-a"))

    with pytest.raises(LoginRefused):
        log_in("ref-21-a", lost, "", replaces=None)
    token = log_in("ref-21-a", first, "", replaces=None)
    assert identity_of(token) is None


def test_roles_are_given_and_taken_away() -> None:
    pnd_user("add", "agent-caf-21")

    pnd_user("grant", "agent-caf-21", "agency_agent:21:caf-21", "prescriber:21")
    pnd_user("grant", "agent-caf-21", "prescriber:21")
    pnd_user("revoke", "agent-caf-21", "agency_agent:21:caf-21")

    (account,) = json.loads(pnd_user("list", "--json").stdout)["accounts"]
    assert account["roles"] == ["prescriber:21"]
    missing = pnd_user("revoke", "agent-caf-21", "auditor:21", "prescriber:21", "auditor:13")
    assert (missing.exit_code, missing.stderr.count("n'a pas ce rôle")) == (2, 2)
    assert kept(AccountGrant) == 1


def test_a_role_that_the_territory_does_not_bear_out_is_not_given() -> None:
    pnd_user("add", "ref-21-a", "--role", "referent:21")

    told = pnd_user("grant", "ref-21-a", "referent:47", "auditor:47")

    assert told.exit_code == 2
    assert kept(AccountGrant) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("disable",),
        ("enable",),
        ("close-sessions",),
        ("reset-password",),
        ("grant", "auditor:21"),
        ("revoke", "auditor:21"),
    ],
)
def test_an_unknown_account_is_told(words: tuple[str, ...]) -> None:
    told = pnd_user(words[0], "ref-21-zz", *words[1:])

    assert told.exit_code == 2
    assert "aucun compte de ce code" in told.stderr


@pytest.mark.parametrize(
    ("variable", "value", "status", "told"),
    [
        ("PND_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none", 3, "ne répond pas"),
        ("PND_VAULT_KEY", "", 2, "PND_VAULT_KEY est absente"),
    ],
)
def test_what_keeps_a_command_from_working_is_told(
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    status: int,
    told: str,
) -> None:
    pnd_user("add", "ref-21-a")
    with monkeypatch.context() as changed:
        changed.setenv(variable, value)
        settings.cache_clear()
        ended = pnd_user("enable", "ref-21-a")
    settings.cache_clear()

    assert ended.exit_code == status
    assert told in ended.stderr
    assert isinstance(ended.exception, SystemExit)
