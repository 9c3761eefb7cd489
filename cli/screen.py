"""The referents' screen, as a referent who logged in uses it: for the demonstration."""

import json
import os
import re
from uuid import UUID

from cli.keys import password_variable
from cli.local_http import LocalServerSilent, Visit
from core.settings import settings

_TOKEN = re.compile(r'name="jeton" value="(\w+)"')
_LOGGED_IN, _ANSWERED = 303, {200, 201}
_TO_TRY_AGAIN = {409, 503}
"""The form is no longer that of the departure, or Prefect does not answer for now."""


class Screen:
    """One referent in front of the guard."""

    def __init__(self, account: str) -> None:
        """Log in by the page of the door. Raises `LocalServerSilent`."""
        self._visit = Visit()
        page = f"{settings().door_url}/connexion"
        _, text = self._visit.ask("GET", page)
        found = _TOKEN.search(text)
        form = {
            "jeton": found.group(1) if found else "",
            "compte": account,
            "mot-de-passe": os.environ[password_variable(account)],
        }
        status, _ = self._visit.ask("POST", page, form=form)
        if status != _LOGGED_IN:
            raise LocalServerSilent(f"{page} a répondu {status} : {account} n'a pas pu entrer.")

    def sends(self, run: UUID, fields: dict[str, str]) -> bool:
        """Send a form by its « Resume »; tell whether it was taken. Raises `LocalServerSilent`."""
        address = f"{settings().guard_url}/api/flow_runs/{run}/resume"
        status, text = self._visit.ask("POST", address, body={"run_input": fields})
        if status in _TO_TRY_AGAIN:
            return False
        if status not in _ANSWERED:
            raise LocalServerSilent(f"{address} a répondu {status}.")
        return bool(json.loads(text)["status"] == "ACCEPT")


def page_of(run: UUID) -> str:
    """Return the address of a departure's page."""
    return f"{settings().guard_url}/runs/flow-run/{run}"
