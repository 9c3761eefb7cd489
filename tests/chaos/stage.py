"""A world whose processes reach each other only through links that can be cut."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from cli.embedded_postgres import EmbeddedPostgres
from cli.world import World
from connectors.configuration import variable
from core.settings import settings
from models.agency import Channel
from models.territories import load_territory
from store.engine import engine_for
from tests.chaos.network import Network
from tests.chaos.schedule import AGENCIES, API, CALLBACKS, CASES, PREFECT_DATABASE
from tests.living import inside
from tests.ports import free_ports

_SOCKET = ".s.PGSQL.5432"
_LINKED = {API: "prefect", AGENCIES: "sandbox", CALLBACKS: "door"}
"""Each link over TCP, and the server that it leads to."""

_WATCH_SECONDS = 2


@contextmanager
def stage(
    home: Path, territories: Sequence[str], weather: str, lease_seconds: float
) -> Iterator[tuple[World, Network]]:
    """Run a world under `home`, its links in place, and let this process read its store.

    A pass that stays silent for `lease_seconds` is taken up again by another.
    """
    ports = free_ports(*_LINKED.values(), *_LINKED, "guard")
    folder = home / "pnd"
    with ExitStack() as standing:
        network = standing.enter_context(Network())
        for link, server in _LINKED.items():
            network.opens_port(link, ports[link], towards=ports[server])
        real = EmbeddedPostgres(folder.resolve()).socket_folder / _SOCKET
        for link in (CASES, PREFECT_DATABASE):
            network.opens_socket(link, home / link / _SOCKET, towards=real)
        servers = {server: ports[server] for server in (*_LINKED.values(), "guard")}
        extra = _variables(home, territories, ports) | {
            "PND_SANDBOX_WEATHER": weather,
            "PND_LEASE_SECONDS": str(lease_seconds),
            "PND_WATCH_SECONDS": str(_WATCH_SECONDS),
        }
        world = standing.enter_context(World(folder, territories, ports=servers, extra=extra))
        # By no link: whoever watches is not cut off.
        direct = world.postgres.cases_url
        standing.enter_context(inside(world, PND_DATABASE_URL=direct))
        standing.callback(lambda: engine_for(direct).dispose())
        yield world, network


def _variables(home: Path, territories: Sequence[str], ports: dict[str, int]) -> dict[str, str]:
    reached = {link: f"http://127.0.0.1:{ports[link]}" for link in _LINKED}
    return {
        "PND_DATABASE_URL": _database("postgresql+psycopg", "cases", home / CASES),
        "PREFECT_API_DATABASE_CONNECTION_URL": _database(
            "postgresql+asyncpg", "prefect", home / PREFECT_DATABASE
        ),
        "PREFECT_API_URL": f"{reached[API]}/api",
        "PND_DOOR_URL": reached[CALLBACKS],
        **{variable(code, "url"): f"{reached[AGENCIES]}/{code}" for code in _played(territories)},
    }


def _played(territories: Sequence[str]) -> Iterator[str]:
    for code in territories:
        for agency in load_territory(settings().territories, code).agencies:
            if agency.channel is Channel.API:
                yield agency.code


def _database(driver: str, name: str, folder: Path) -> str:
    return f"{driver}://postgres@/{name}?host={quote(str(folder))}"
