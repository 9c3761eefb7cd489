"""The variables that every process of an embedded world lives with."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cli.embedded_postgres import EmbeddedPostgres
from cli.keys import keys
from cli.referents import referents_of
from cli.state import State
from connectors.configuration import variable
from core.prefect_settings import PREFECT_SETTINGS
from core.settings import ROOT, settings
from models.agency import Channel
from models.territories import load_territory

_OURS = ("PND_", "PREFECT_")


class Place(Protocol):
    """What the variables are drawn from."""

    state: State
    territories: tuple[str, ...]
    postgres: EmbeddedPostgres
    ports: dict[str, int]

    @property
    def urls(self) -> dict[str, str]:
        """Where each server is, by the name of its process."""
        ...


def environment(place: Place) -> dict[str, str]:
    """Return every variable of a world's processes, secrets included."""
    # Danger: a variable left in the terminal could send invented people to a real agency, or our
    # runs to somebody else's Prefect. Nothing of ours is inherited.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return inherited | _of_the_machine() | _of_prefect(place) | _of_the_project(place)


def shared_with_other_commands(env: Mapping[str, str]) -> dict[str, str]:
    """Keep what `pnd`, in another terminal, needs to speak to this world."""
    return {name: value for name, value in env.items() if name.startswith(_OURS)}


def _of_the_machine() -> dict[str, str]:
    # The worker starts `python` from the PATH: it must be this one.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    return {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **direct}


def _of_prefect(place: Place) -> dict[str, str]:
    # Rule: no page of another site may speak to Prefect through the referent's browser.
    origins = ",".join((place.urls["prefect"], place.urls["door"]))
    return {
        **PREFECT_SETTINGS,
        "PREFECT_HOME": str(place.state.prefect_home),
        "PREFECT_API_URL": f"{place.urls['prefect']}/api",
        "PREFECT_API_DATABASE_CONNECTION_URL": place.postgres.prefect_url,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": origins,
    }


def _of_the_project(place: Place) -> dict[str, str]:
    agencies = list(_with_an_api(place.territories))
    sandbox = place.urls["sandbox"]
    drawn = keys(place.state.keys, agencies, referents_of(place.territories))
    return {
        **drawn,
        # Rule: Prefect has no users. Our processes show it this; people pass through the guard.
        "PREFECT_SERVER_API_AUTH_STRING": drawn["PREFECT_API_AUTH_STRING"],
        **{variable(code, "url"): f"{sandbox}/{code}" for code in agencies},
        "PND_ENV": "development",
        "PND_HOME": str(place.state.folder),
        "PND_DATABASE_URL": place.postgres.cases_url,
        "PND_DOOR_URL": place.urls["door"],
        "PND_DOOR_PORT": str(place.ports["door"]),
        "PND_GUARD_URL": place.urls["guard"],
        "PND_GUARD_PORT": str(place.ports["guard"]),
        "PND_SANDBOX_URL": sandbox,
        "PND_SANDBOX_PORT": str(place.ports["sandbox"]),
        "PND_SANDBOX_STATE": str(place.state.sandbox / "agencies.sqlite3"),
        "PND_TERRITORIES": str(settings().territories),
    }


def _with_an_api(territories: Sequence[str]) -> Iterable[str]:
    for code in territories:
        for agency in load_territory(settings().territories, code).agencies:
            if agency.channel is Channel.API:
                yield agency.code
