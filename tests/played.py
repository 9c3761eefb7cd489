"""The agencies of a test, played over real HTTP in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.clock import Clock
from core.settings import settings
from models.territories import known_territories
from sandbox.admin_client import SandboxAdmin
from sandbox.credentials import read_secrets
from sandbox.server import SandboxServer, create_app

# Each round reads the hour in the store.
_POSTMAN_EVERY = 0.1


@contextmanager
def agencies_played(memory: Path, clock: Clock, door: str, port: int) -> Iterator[SandboxAdmin]:
    """Play the agencies of every territory, which call back at a door; yields their back room."""
    territories = known_territories(settings().territories).values()
    agencies = [agency for territory in territories for agency in territory.agencies]
    app = create_app(
        memory,
        clock,
        agencies,
        door,
        read_secrets(agencies, os.environ),
        hold_seconds=10.0,
        tick_seconds=_POSTMAN_EVERY,
    )
    with SandboxServer(app, port=port) as server, server.admin as admin:
        yield admin
