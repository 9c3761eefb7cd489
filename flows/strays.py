"""Runs that carry no departure: a second run for one, a run left by a restored store. They are
ended, so that nobody answers a form that nobody will read.
"""

from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled

from core.logs import log
from flows.start import FLOW
from store import runs

_PAGE = 200
_UNDER_WAY = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)
_ASLEEP = (StateType.PAUSED,)


def end_strays(*, asleep: bool) -> None:
    """End the runs under way that carry nothing, those asleep too when asked to look so far."""
    states = (*_UNDER_WAY, *_ASLEEP) if asleep else _UNDER_WAY
    with get_client(sync_client=True) as client:
        for page in _pages(client, states):
            for stray in strays(page):
                # Danger: unforced, a rule of Prefect's may keep it alive.
                client.set_flow_run_state(stray.id, Cancelled(), force=True)
                log().warning(
                    "stray_run_ended", reference=_reference(stray), flow_run=str(stray.id)
                )


def strays(found: list[FlowRun]) -> list[FlowRun]:
    """Return those that carry no departure.

    The store is read after Prefect: a departure that is being given a new run is left alone.
    """
    carriers = runs.carriers({_reference(run) for run in found})
    return [
        run
        for run in found
        if (reference := _reference(run)) not in carriers
        or carriers[reference] not in (None, run.id)
    ]


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
