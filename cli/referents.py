"""The accounts of the embedded world's referents, so that somebody can come in.

``python -m cli.referents 21 974``, in the variables of a world. Never in production: there, an
admin makes each account, and whoever gets it chooses a password.
"""

import os
import sys
from collections.abc import Iterable

from cli.keys import password_variable
from core.settings import settings
from models.identity import Grant, Role
from models.territories import load_territory
from store.accounts import account_sheets, add_account
from store.login import change_password
from store.sessions import close_everywhere


class InProduction(Exception):
    """Somebody wants accounts whose passwords are in a file, on a platform that is real."""

    def __str__(self) -> str:
        return (
            "Des comptes d'essai, dont le mot de passe est dans un fichier : jamais en production. "
            "Voyez « pnd user add »."
        )


def referents_of(territories: Iterable[str]) -> dict[str, list[str]]:
    """Return the code of each referent of some territories, and where they are one."""
    found: dict[str, list[str]] = {}
    for code in territories:
        for referent in load_territory(settings().territories, code).referents:
            found.setdefault(referent.code, []).append(code)
    return found


def make_accounts(territories: Iterable[str]) -> None:
    """Make the accounts that are missing, each with its password. Raises `InProduction`."""
    if settings().env == "production":
        raise InProduction
    known = {sheet.account.code for sheet in account_sheets()}
    for code, places in referents_of(territories).items():
        # Rule: who has an account has perhaps chosen another password since.
        if code not in known:
            _make(code, [Grant(Role.REFERENT, place) for place in places])


def _make(code: str, grants: list[Grant]) -> None:
    first, own = add_account(code, grants) or "", os.environ[password_variable(code)]
    change_password(code, first, own, own, source="127.0.0.1")
    close_everywhere(code)


def main() -> None:
    """Make the accounts of the territories that are named."""
    try:
        make_accounts(sys.argv[1:])
    except InProduction as refused:
        raise SystemExit(str(refused)) from None


if __name__ == "__main__":
    main()
