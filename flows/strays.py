"""Runs that carry no departure: a second run for one, a run left by a restored store, one whose
departure is over. They are ended, so that nobody answers a form that nobody will read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Completed

from core.clock import SystemClock
from core.logs import log
from core.settings import settings
from flows.start import FLOW
from store import runs
from store.runs import Carrier

_PAGE = 200
_UNDER_WAY = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)
_ASLEEP = (StateType.PAUSED,)


def end_strays(*, asleep: bool) -> list[str]:
    """End the runs under way that carry nothing, those asleep too when asked to look so far.

    Return the references that the store does not know, as after a restoration.
    """
    unknown: set[str] = set()
    states = (*_UNDER_WAY, *_ASLEEP) if asleep else _UNDER_WAY
    now, patience = SystemClock().now(), timedelta(seconds=settings().lease_seconds)
    with get_client(sync_client=True) as client:
        for page in _pages(client, states):
            references = {_reference(run) for run in page}
            carriers = runs.carriers(references)
            unknown |= references - set(carriers)
            for run in page:
                end = _end_of(run, carriers.get(_reference(run)), now - patience)
                if end is not None:
                    # Danger: unforced, a rule of Prefect's may keep it alive.
                    client.set_flow_run_state(run.id, end, force=True)
                    log().warning(
                        "stray_run_ended", reference=_reference(run), flow_run=str(run.id)
                    )
    return sorted(unknown)


def _end_of(run: FlowRun, carrier: Carrier | None, silent_before: datetime) -> State | None:
    """Return how to end a run; None when it is to be left alone.

    The store is read after Prefect: a departure that is being given a new run is left alone.
    """
    if carrier is None or carrier.flow_run not in (None, run.id):
        return Cancelled()
    # Danger: killed between its last commit and Prefect's, it would hold a worker's place for ever.
    if carrier.is_over and run.state is not None and run.state.timestamp < silent_before:
        return Completed()
    return None


def _pages(client: SyncPrefectClient, states: tuple[StateType, ...]) -> Iterator[list[FlowRun]]:
    ours = FlowFilter(name=FlowFilterName(any_=[FLOW]))
    alive = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))))
    offset = 0
    while page := client.read_flow_runs(
        flow_filter=ours,
        flow_run_filter=alive,
        sort=FlowRunSort.ID_DESC,
        limit=_PAGE,
        offset=offset,
    ):
        yield page
        # What was ended meanwhile has left the list: a run may be passed over, until next time.
        offset += _PAGE


def _reference(run: FlowRun) -> str:
    return str(run.parameters.get("reference", ""))
