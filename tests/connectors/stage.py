"""The sandbox, a door and a clock moved by hand, as the tests use them together."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.configuration import variable
from connectors.contract import AgencyConnector
from connectors.http import Patience
from connectors.registry import HeldConnector
from core.clock import HandClock
from models.reply import AgencyReply
from sandbox.admin_client import SandboxAdmin
from sandbox.credentials import read_secrets
from sandbox.ledger import Entry
from sandbox.server import SandboxServer, create_app
from tests.connectors.agencies import AGENCIES, Line, connect, environment
from tests.connectors.doorstep import WAIT_SECONDS, Scene, Server, playing

DAWN = datetime(2026, 11, 16, 8, tzinfo=UTC)
HOLD_SECONDS = 1.2


@dataclass
class Stage:
    """One sandbox and one door."""

    url: str
    admin: SandboxAdmin
    door: Server
    clock: HandClock
    waits: list[float] = field(default_factory=list)
    """What the connectors would have waited for between two tries."""
    connectors: list[HeldConnector] = field(default_factory=list)
    """Those to close when the test ends."""

    def connector(self, code: str, *, read_seconds: float = 10.0) -> AgencyConnector:
        """Return an agency's connector, which never really waits between two tries."""
        patience = Patience(read_seconds=read_seconds, sleep=self.waits.append)
        made = connect(AGENCIES[code], self.clock, patience)
        self.connectors.append(made)
        return made

    def closes(self) -> None:
        """Give back the connections of every connector made."""
        while self.connectors:
            self.connectors.pop().close()

    def heard(self, code: str, verb: str) -> list[Entry]:
        """Return what the agency heard of one verb."""
        return [entry for entry in self.admin.ledger(code) if entry.verb == verb]

    def lives(self, **duration: float) -> None:
        """Let the journey's time pass."""
        self.clock.instant += timedelta(**duration)

    def replies(self, line: Line, connector: AgencyConnector, count: int) -> list[AgencyReply]:
        """Return so many replies, however the agency gives them, oldest first."""
        if line.polled:
            found = connector.replies(DAWN)
            assert len(found) == count, [reply.kind for reply in found]
            return found
        letters = self.door.waits_for(count, line.agency)
        assert len(letters) == count
        return [connector.read_callback(letter.headers, letter.body) for letter in letters]

    def settles(self) -> None:
        """Wait until nothing that is due is left to deliver."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            coming = self.admin.next_event()
            if coming is None or coming > self.clock.instant:
                return
            time.sleep(0.02)
        raise AssertionError("the sandbox still has something to deliver")


@contextmanager
def staged(state_path: Path, door: Server, clock: HandClock, port: int = 0) -> Iterator[Stage]:
    """Run a sandbox whose callbacks go to a door."""
    variables = {name: value for code in AGENCIES for name, value in environment(code).items()}
    secrets = read_secrets(AGENCIES.values(), variables)
    app = create_app(
        state_path,
        clock,
        AGENCIES.values(),
        door.url,
        secrets,
        hold_seconds=HOLD_SECONDS,
        tick_seconds=0.04,
    )
    with SandboxServer(app, port) as server, server.admin as admin:
        stage = Stage(server.url, admin, door, clock)
        yield stage
        stage.closes()


@contextmanager
def a_door() -> Iterator[Server]:
    """Run a door that takes every callback."""
    with Server(playing(Scene(202))) as door:
        yield door


def addresses(url: str) -> Mapping[str, str]:
    """Return the variables that send every agency to a sandbox."""
    return {variable(code, "url"): f"{url}/{code}" for code in AGENCIES}
