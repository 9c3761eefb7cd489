"""A pass that waited in vain for the store goes back in the queue by itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Scheduled

from core.clock import SystemClock
from core.logs import log
from core.settings import settings


def put_off() -> None:
    """Schedule this very run again once its lease has run out, answers kept.

    The watch counts no restart: nothing of ours is broken. If Prefect is away too, the run stays as
    it is, and the watch restarts it.
    """
    again_at = SystemClock().now() + timedelta(seconds=settings().lease_seconds)
    log().error("pass_put_off", flow_run=str(flow_run.id))
    try:
        mine = UUID(str(flow_run.id))
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(mine).state
            if state is None or not state.is_running():
                # Another attempt of this run has taken over meanwhile.
                return
            # Danger: only a forced change keeps the answers that were left in the form.
            again: State[Any] = Scheduled(name="AwaitingRetry", scheduled_time=again_at)
            client.set_flow_run_state(mine, again, force=True)
    except Exception as error:
        log().warning("pass_left", flow_run=str(flow_run.id), fault=type(error).__name__)
