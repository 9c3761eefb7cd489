"""What a forked pass does: it runs one flow run, as ``python -m prefect.engine`` would."""

import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from uuid import UUID

from prefect import flow_engine
from prefect.engine import handle_engine_signals
from prefect.events.worker import EventsWorker
from prefect.flow_engine import load_flow, load_flow_run, run_flow
from sqlalchemy.orm import configure_mappers

# What is imported here is ready in every pass.
import flows.departure
import flows.reconcile  # noqa: F401
from core.settings import settings

NAME = "nd-pass"
"""What the machine calls this process: ``pgrep nd-pass``."""

_LAST_WORDS_SECONDS = 5.0


def _unobserved(*_: object) -> nullcontext[None]:
    """Observe no suspension asked from elsewhere. Prefect would open a line to its server at each
    wake-up, and wait up to 0.2 s to close it; a pass lasts seconds, and sleeps by itself.
    """
    return nullcontext()


flow_engine.observe_flow_run_suspension = _unobserved  # type: ignore[assignment, attr-defined]

# Prepared once, for all passes: a third of a short pass went there. Danger: nothing is read here
# that may hold a mistake, a setting or a territory's file: no pass at all would be born.
configure_mappers()


def live(flow_run_id: UUID, environment: Mapping[str, str]) -> None:
    """Run one flow run in this process. Exits with 0 when it sleeps, is over, or has to stop; with
    1 when it broke.
    """
    with suppress(OSError):
        Path("/proc/self/comm").write_text(NAME, encoding="ascii")
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    try:
        with handle_engine_signals(flow_run_id):
            flow_run = load_flow_run(flow_run_id)
            run_flow(load_flow(flow_run), flow_run=flow_run)
    finally:
        # A forked process leaves without a word: the acts that the screen shows would be lost.
        EventsWorker.drain_all(timeout=_LAST_WORDS_SECONDS)
