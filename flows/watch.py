"""The watch: deadlines become news, lost bells are rung again, broken runs live again.

A process of its own, because a watchdog must not depend on what it watches.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Scheduled

from core.clock import SystemClock
from core.logs import log
from core.settings import settings
from flows.bell import ring
from flows.deployments import deploy, deployed, names_of
from flows.healing import Cure, Seen, cure
from flows.start import start_run
from flows.strays import end_strays
from store import runs
from store.audit import note_heads
from store.leader import leadership
from store.news import deadlines_become_news
from store.runs import Run
from tasks.inbox import collect_replies
from tasks.silences import tell_silent_agencies

_PAGE = 100
# Rule: what a human undid by mistake is put back, and what an admin must know is said, within a
# minute: looking reads much.
_LOOKS_FURTHER_EVERY_SECONDS = 60.0


def watch_for_ever() -> None:
    """Sweep every few seconds, if this process leads; the others stand by to take over."""
    while True:
        try:
            with leadership() as still_leads:
                if still_leads():
                    log().info("watch_leads")
                    _lead(still_leads)
        except Exception as error:
            # Danger: a watch that dies of an outage would not be there at the end of it.
            log().error("watch_interrupted", fault=type(error).__name__)
        time.sleep(settings().watch_seconds)


def _lead(still_leads: Callable[[], bool]) -> None:
    stopped = Event()
    # Danger: agencies that hold the line must not hold back the deadlines of all others.
    listener = Thread(target=_listens, args=(stopped,), name="listener", daemon=True)
    listener.start()
    looked_further = float("-inf")
    try:
        while still_leads():
            _attempt(deadlines_become_news, heal_runs, end_strays_under_way)
            if time.monotonic() - looked_further > _LOOKS_FURTHER_EVERY_SECONDS:
                _attempt(put_back_deployments, end_all_strays)
                _attempt(say_who_waits_for_a_worker, tell_silent_agencies, note_heads)
                looked_further = time.monotonic()
            time.sleep(settings().watch_seconds)
    finally:
        stopped.set()


def _listens(stopped: Event) -> None:
    while not stopped.wait(settings().watch_seconds):
        _attempt(collect_replies)


def sweep() -> None:
    """Do once what is done every few seconds."""
    _attempt(deadlines_become_news, collect_replies, heal_runs, end_strays_under_way)


def _attempt(*parts: Callable[[], object]) -> None:
    """Do each part. One that fails is told and does not keep the others from running."""
    for part in parts:
        try:
            part()
        except Exception as error:
            log().error("sweep_failed", kind=part.__name__, fault=type(error).__name__)


def heal_runs() -> None:
    """Bring every open departure back to a living run, and wake those that have news."""
    for run, found in _diagnoses():
        if found not in (Cure.NOTHING, Cure.SAY_THAT_NO_WORKER_COMES):
            _apply(found, run)


def say_who_waits_for_a_worker() -> None:
    """Tell the admin, territory by territory, how many runs no worker has taken for too long."""
    waiting = Counter(
        run.territory for run, found in _diagnoses() if found is Cure.SAY_THAT_NO_WORKER_COMES
    )
    for territory, count in sorted(waiting.items()):
        log().error("runs_wait_for_a_worker", territory=territory, count=count)


def put_back_deployments() -> None:
    """Deploy again what was deleted and an open departure needs."""
    needed = {run.territory for run in runs.runs_to_watch()}
    with get_client(sync_client=True) as client:
        standing = {one.name for one in deployed(client, needed)}
        missing = sorted(code for code in needed if not standing.issuperset(names_of(code)))
        if missing:
            deploy(client, missing)
    for territory in missing:
        log().warning("deployment_put_back", territory=territory)


def end_strays_under_way() -> None:
    """End the runs that work for no departure."""
    end_strays(asleep=False)


def end_all_strays() -> None:
    """End the runs that carry no departure, those whose form is shown too."""
    end_strays(asleep=True)


def _diagnoses() -> Iterator[tuple[Run, Cure]]:
    watched = runs.runs_to_watch()
    with get_client(sync_client=True) as client:
        seen = _what_prefect_says(client, watched)
    now, patience = SystemClock().now(), timedelta(seconds=settings().lease_seconds)
    for run in watched:
        yield run, cure(run, seen.get(run.flow_run) if run.flow_run else None, now, patience)


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
            runs.tell_a_human(run.reference)
            log().error("run_keeps_breaking", reference=run.reference)
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
        seen |= {run.id: _seen(run, run.state) for run in found if run.state is not None}
    return seen


def _seen(run: FlowRun, state: State) -> Seen:
    return Seen(
        state=StateType(state.type),
        # A pass that put itself off is waited for from the hour that it chose.
        since=max(state.timestamp, state.state_details.scheduled_time or state.timestamp),
        has_form=state.state_details.run_input_keyset is not None,
        is_queued=run.work_queue_id is not None,
    )


def _pages(numbers: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(numbers), _PAGE):
        yield numbers[start : start + _PAGE]
