"""The watch: deadlines become news, lost bells are rung again, broken runs live again.

A process of its own, because a watchdog must not depend on what it watches.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import StateType
from prefect.states import Scheduled

from core.clock import SystemClock
from core.logs import log
from core.settings import settings
from flows.bell import ring
from flows.healing import Cure, Seen, cure
from flows.start import start_run
from store import runs
from store.acts import note_defect
from store.leader import leadership
from store.news import deadlines_become_news
from store.runs import Run
from tasks.inbox import collect_replies

_PAGE = 100


def watch_for_ever() -> None:
    """Sweep every few seconds, if this process leads; the others stand by to take over."""
    while True:
        with leadership() as still_leads:
            while still_leads():
                sweep()
                time.sleep(settings().watch_seconds)
        time.sleep(settings().watch_seconds)


def sweep() -> None:
    """Look at everything once. A part that fails is told and does not keep the others from
    running.
    """
    for part in (deadlines_become_news, collect_replies, heal_runs):
        try:
            part()
        except Exception as error:
            log().error("sweep_failed", kind=part.__name__, fault=type(error).__name__)


def heal_runs() -> None:
    """Bring every open departure back to a living run, and wake those that have news."""
    watched = runs.runs_to_watch()
    with get_client(sync_client=True) as client:
        seen = _what_prefect_says(client, watched)
    now, patience = SystemClock().now(), timedelta(seconds=settings().lease_seconds)
    for run in watched:
        found = cure(run, seen.get(run.flow_run) if run.flow_run else None, now, patience)
        if found is not Cure.NOTHING:
            _apply(found, run)


def _apply(found: Cure, run: Run) -> None:
    try:
        if found is Cure.RING:
            ring(run.reference)
        elif found is Cure.START:
            start_run(run.reference)
        elif found is Cure.REPLACE:
            start_run(run.reference, instead_of=run.flow_run)
        elif found is Cure.RESCHEDULE and run.flow_run is not None:
            _reschedule(run.reference, run.flow_run)
        elif found is Cure.TELL_A_HUMAN:
            runs.count_restart(run.reference)
            note_defect(run.reference, "run_keeps_breaking")
    except Exception as error:
        log().error("cure_failed", reference=run.reference, fault=type(error).__name__)


def _reschedule(reference: str, flow_run: UUID) -> None:
    restarts = runs.count_restart(reference)
    with get_client(sync_client=True) as client:
        # Danger: only a forced change keeps the answers that were left in the form.
        client.set_flow_run_state(flow_run, Scheduled(name="AwaitingRetry"), force=True)
    log().warning("run_rescheduled", reference=reference, attempt=restarts)


def _what_prefect_says(client: SyncPrefectClient, watched: list[Run]) -> dict[UUID, Seen]:
    seen: dict[UUID, Seen] = {}
    for page in _pages([run.flow_run for run in watched if run.flow_run is not None]):
        found = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=page)))
        for flow_run in found:
            if flow_run.state is not None:
                since: datetime = flow_run.state.timestamp
                seen[flow_run.id] = Seen(StateType(flow_run.state.type), since)
    return seen


def _pages(numbers: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(numbers), _PAGE):
        yield numbers[start : start + _PAGE]
