"""The world on several servers, for the tests of this folder."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cli.stages import Stage
from cli.world import World
from core.clock import SystemClock
from store.clock import simulate
from store.engine import engine_for
from tests.living import Life, inside
from tests.ports import free_ports
from tests.scale.stage import PORTS, TERRITORY, SeveralServers

_IMPATIENT = {"PND_LEASE_SECONDS": "20", "PND_WATCH_SECONDS": "1"}


@pytest.fixture(scope="module")
def servers() -> Iterator[SeveralServers]:
    """Everything twice, on one machine."""
    built: list[SeveralServers] = []

    def stages(world: World) -> Sequence[Stage]:
        built.append(SeveralServers(world))
        return built[0].stages()

    with tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "pnd"
        with World(
            home, [TERRITORY], ports=free_ports(*PORTS), extra=_IMPATIENT, stages=stages
        ) as world:
            with inside(world):
                simulate(SystemClock().now(), speed=1)
                yield built[0]
            engine_for(world.postgres.cases_url).dispose()


@pytest.fixture
def life(servers: SeveralServers) -> Iterator[Life]:
    """What people do in it; whatever a test takes away is given back."""
    life = Life(servers.world)
    yield life
    servers.mend()
    life.quietens()
