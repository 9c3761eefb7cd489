"""The runs of another time: after a restoration, what Prefect still shows and nobody carries."""

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
from prefect.states import Cancelled

from core.logs import log
from flows.start import FLOW
from store import runs

_PAGE = 200
_LIVING = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]


def end_leftover_runs() -> list[str]:
    """Cancel each living run that carries no departure of the store, and return the references
    that the store does not know: departures opened after the backup.

    Danger: the form of such a run would take an answer, and nobody would ever read it.
    """
    lost = []
    with get_client(sync_client=True) as client:
        for flow_run in list(_living(client)):
            run = runs.run_of(flow_run.name)
            if run is not None and run.flow_run in (None, flow_run.id):
                continue
            client.set_flow_run_state(
                flow_run.id, Cancelled(message="Ce passage ne porte plus de départ."), force=True
            )
            log().warning("run_disowned", flow_run=str(flow_run.id), reference=flow_run.name)
            if run is None:
                lost.append(flow_run.name)
    return sorted(set(lost))


def _living(client: SyncPrefectClient) -> Iterator[FlowRun]:
    of_departures = FlowFilter(name=FlowFilterName(any_=[FLOW]))
    living = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_LIVING)))
    )
    offset = 0
    while True:
        page = client.read_flow_runs(
            flow_filter=of_departures, flow_run_filter=living, limit=_PAGE, offset=offset
        )
        yield from page
        if len(page) < _PAGE:
            return
        offset += _PAGE
