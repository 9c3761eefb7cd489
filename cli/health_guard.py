"""Does the guard in front of Prefect answer, and is it the only way to Prefect?"""

import os

from cli.health_line import Line, tried
from cli.local_http import status_of
from core.settings import settings

_UP, _REFUSED = 200, 401


class NotAsItShould(Exception):
    """A server answers, and not what it must. Says what."""


def guard_lines() -> list[Line]:
    """Ask the guard by the address that referents have, and Prefect as somebody who has nothing."""
    return [
        tried("garde de l'écran", _guard, "PND_GUARD_URL est-elle son adresse, et tourne-t-il ?"),
        _access(),
    ]


def _guard() -> str:
    url = settings().guard_url
    if not url:
        raise NotAsItShould
    status = status_of(f"{url}/health")
    if status != _UP:
        raise NotAsItShould
    return "répond"


def _access() -> Line:
    # Danger: without a credential, whoever reaches the port reads and forces every departure.
    name = "accès au serveur Prefect"
    try:
        status = status_of(f"{os.environ['PREFECT_API_URL']}/admin/version")
    except Exception as trouble:
        return Line(name, ok=False, said=f"{type(trouble).__name__} : rien n'en est vu.")
    if status == _REFUSED:
        return Line(name, ok=True, said="refusé à qui n'a pas le mot de passe")
    if status != _UP:
        return Line(name, ok=False, said=f"a répondu {status} : rien n'en est vu.")
    cure = "définir PREFECT_SERVER_API_AUTH_STRING et PREFECT_API_AUTH_STRING, puis relancer"
    return Line(name, ok=False, said=f"ouvert à tous : {cure}.")
