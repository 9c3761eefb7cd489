"""The guard in front of the real Prefect of the clockwork, with two departures planted in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from cli.world import World
from models.identity import Role
from tests.conftest import own_database
from tests.credential import credential
from tests.guard.ground import Planted, plant
from tests.guard.standing import as_, guard_of, somebody

PEOPLE = {
    one.account: one
    for one in (
        somebody("ref-21-1", (Role.REFERENT, "21")),
        somebody("ref-21-2", (Role.REFERENT, "21")),
        somebody("ref-974-1", (Role.REFERENT, "974")),
        somebody("ref-both", (Role.REFERENT, "21"), (Role.REFERENT, "974")),
        somebody("coord-21", (Role.COORDINATOR, "21")),
        somebody("admin-21", (Role.TERRITORY_ADMIN, "21")),
        somebody("admin-974", (Role.TERRITORY_ADMIN, "974")),
        somebody("ref-21-admin-974", (Role.REFERENT, "21"), (Role.TERRITORY_ADMIN, "974")),
        somebody("prescriber-21", (Role.PRESCRIBER, "21")),
        somebody("agent-21", (Role.AGENCY_AGENT, "21")),
        somebody("auditor-21", (Role.AUDITOR, "21")),
    )
}


@dataclass(frozen=True)
class Guarded:
    """A guard, what is behind it, and Prefect itself."""

    url: str
    prefect: httpx.Client
    """Straight to Prefect, as our own processes."""
    here: Planted
    """Of the 21."""
    there: Planted
    """Of the 974."""

    def as_(self, who: str) -> httpx.Client:
        """A client that is somebody."""
        return as_(self.url, who)


@pytest.fixture(scope="module")
def guarded(database: World, clockwork: World) -> Iterator[Guarded]:
    """The guard; what is planted is taken away at the end."""
    prefect = httpx.Client(
        base_url=clockwork.urls["prefect"], auth=credential(), timeout=60.0, trust_env=False
    )
    with (
        pytest.MonkeyPatch.context() as variables,
        own_database(database, variables, template="cases"),
        prefect,
        guard_of(
            clockwork.urls["prefect"], PEOPLE.get, clockwork.env["PREFECT_API_AUTH_STRING"]
        ) as url,
    ):
        here, there = plant(prefect, "21", "ref-21-1"), plant(prefect, "974", "ref-974-1")
        yield Guarded(url, prefect, here, there)
        for planted in (here, there):
            prefect.delete(f"/api/flow_runs/{planted.run}")
            prefect.delete(f"/api/artifacts/{planted.artifact}")
