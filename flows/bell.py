"""The bell: an empty resume, which approves nothing and means "look again"."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import SetStateStatus

from core.logs import log
from flows.form import form_for
from store import runs
from store.cases import read_case
from tasks.brief import brief_client

_NO_SCHEMA = "schema"


def ring(reference: str) -> bool:
    """Wake a sleeping departure. Every outcome is fine: the news is in the table, `watch` rings
    again.
    """
    try:
        run = runs.run_of(reference)
        if run is None or run.flow_run in (None, runs.CARRIED_BY_NOBODY):
            return False
        return _resume(reference, run.flow_run)
    except Exception as error:
        log().warning("bell_lost", reference=reference, fault=type(error).__name__)
        return False


def _resume(reference: str, flow_run: UUID) -> bool:
    with brief_client() as client:
        # Danger: a refusal comes with HTTP 200; only the status tells.
        result = client.resume_flow_run(flow_run, run_input={})
    if result.status is SetStateStatus.REJECT:
        reason = getattr(result.details, "reason", None) or ""
        if _NO_SCHEMA in reason.lower():
            _post_schema_again(reference, flow_run)
    log().info("bell_rung", reference=reference, status=str(result.status))
    return result.status is SetStateStatus.ACCEPT


def _post_schema_again(reference: str, flow_run: UUID) -> None:
    """A run put to sleep by an older release, or in another way, may have no form."""
    case = read_case(reference)
    with get_client(sync_client=True) as client:
        paused = client.read_flow_run(flow_run)
        key = paused.state.state_details.pause_key if paused.state else None
    if case is None or not key:
        return
    form_for(case).keep(flow_run, key)
    log().warning("form_repaired", reference=reference)
