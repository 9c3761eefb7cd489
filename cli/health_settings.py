"""The settings that long sleeps need: does the server that runs have them, and do we?

Danger: one that is missing shows nothing today, and deletes, fails or repeats something in months.
"""

import os
from collections.abc import Mapping
from typing import Any

import prefect.settings
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import get_current_settings

from cli.health_line import Line
from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS, SHARED_BY_REDIS

_SERVER, _OURS = "réglages du serveur Prefect", "réglages de ce processus"
_MEMORY = "memory://"


def settings_lines(client: SyncPrefectClient) -> list[Line]:
    """Compare the server's settings and our own with those wanted: a line for each difference.

    Behind a balancer, one server answers for all; the services' own settings cannot be asked for.
    """
    told: dict[str, Any] = client.request("GET", "/admin/settings").json()
    wanted = _wanted_of(told)
    return [
        *(_lines(_SERVER, _differences(wanted, told, of_server=True), len(wanted))),
        *(_lines(_OURS, [*_ours(), *_said_otherwise()], len(PREFECT_SETTINGS))),
    ]


def _wanted_of(told: dict[str, Any]) -> Mapping[str, str]:
    """What a server must have; one that shares anything by Redis must share everything."""
    shares = [name for name, value in SHARED_BY_REDIS.items() if _at(told, _path(name)) == value]
    if not shares and _at(told, "server.docket.url") == _MEMORY:
        return PREFECT_SETTINGS
    return {**PREFECT_SETTINGS, **SEVERAL_SERVERS}


def _differences(wanted: Mapping[str, str], told: dict[str, Any], *, of_server: bool) -> list[str]:
    """Each setting that is not as wanted, in a sentence; the rest of Prefect's own are not read."""
    known = {name: text for name, text in wanted.items() if _path(name)}
    updates = {getattr(prefect.settings, name): text for name, text in known.items()}
    ours = get_current_settings().copy_with_update(updates=updates).model_dump(mode="json")
    found = []
    for name in known:
        path = _path(name)
        has, should = _at(told, path), _at(ours, path)
        if path.startswith("server.") is of_server and _plain(has) != _plain(should):
            found.append(f"{name} vaut {_shown(has)}, il faut {_shown(should)}")
    if of_server and wanted is not PREFECT_SETTINGS and _at(told, "server.docket.url") == _MEMORY:
        found.append("PREFECT_SERVER_DOCKET_URL n'est pas l'adresse de Redis")
    return found


def _ours() -> list[str]:
    mine = get_current_settings().model_dump(mode="json")
    return _differences(PREFECT_SETTINGS, mine, of_server=False)


def _said_otherwise() -> list[str]:
    """Variables that are not one setting of Prefect: only their text can be compared."""
    return [
        f"{name} n'a pas la valeur voulue"
        for name, text in PREFECT_SETTINGS.items()
        if not _path(name) and os.environ.get(name) != text
    ]


def _lines(name: str, differences: list[str], count: int) -> list[Line]:
    cure = "refaire prefect.env par « pnd settings », puis relancer"
    lines = [Line(name, ok=False, said=f"{one} : {cure}.") for one in differences]
    return lines or [Line(name, ok=True, said=f"comme voulu ({count} réglages)")]


def _path(name: str) -> str:
    """Where Prefect keeps a setting, dotted; empty when the variable is not one setting of its."""
    found = getattr(prefect.settings, name, None)
    return str(found.accessor) if found is not None else ""


def _at(settings: dict[str, Any], path: str) -> Any:
    value: Any = settings
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return f"« {', '.join(_plain(value)) if isinstance(value, list) else value} »"
