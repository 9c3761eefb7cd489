"""What a mortal process does: one thing that a process of ours does, under instruments.

It is forked from a server that has imported everything and opened nothing: no connection, no
thread and no client is inherited, and each child is ready at once.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Pending

from core.settings import settings
from flows.departure import departure
from flows.watch import sweep
from gateway.app import create_app
from tests.crashes.points import Points


@dataclass(frozen=True)
class Letter:
    """What somebody posts to the door."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """One thing to do, in one environment, until its end or until a point."""

    environment: Mapping[str, str]
    points: Path
    flow_run: UUID | None = None
    """The worker's: a pass of this run."""
    letter: Letter | None = None
    """The door's: this is posted to it. With neither: the watch's, one sweep."""


def does(work: Work, dies_at: str | None) -> None:
    """Do it, then leave without a word: the exit handlers of Prefect would take a second."""
    os.environ.update(work.environment)
    settings.cache_clear()
    Points(work.points, dies_at).watch_everything()
    if work.flow_run is not None:
        _pass(work.flow_run)
    elif work.letter is not None:
        asyncio.run(_door(work.letter))
    else:
        sweep()
    os._exit(0)


def _pass(number: UUID) -> None:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(number, Pending())
        claimed = client.read_flow_run(number)
    try:
        run_flow(departure, flow_run=claimed, parameters=claimed.parameters)
    except Pause:
        return


async def _door(letter: Letter) -> None:
    app = create_app()
    inside = httpx.ASGITransport(app)
    # What the door does after it has answered is done when its life ends.
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=inside, base_url=settings().door_url) as client,
    ):
        await client.post(letter.path, content=letter.body, headers=dict(letter.headers))
