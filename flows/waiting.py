"""The only code that suspends. Between two events a departure is a row: no process, no memory."""

from typing import NoReturn
from uuid import UUID

from prefect import suspend_flow_run
from prefect.client.orchestration import get_client
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.form import form_for
from models.case import Case
from store.leases import Turn
from tasks.page import publish
from tasks.turn import end, look, number_form


def this_run() -> UUID:
    """Return the number of the flow run that is under way."""
    return UUID(str(flow_run.id))


def finish(turn: Turn, case: Case) -> None:
    """Publish the page for the last time, tell Prefect that the run is over, give the departure
    back.

    Danger: once given back, a closed departure is watched no more. A crash before Prefect knew
    would leave a run "Running" for ever.
    """
    publish(case, this_run())
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(this_run(), Completed(), force=True)
    end(turn)


def sleep(turn: Turn) -> NoReturn:
    """Publish the page, show one form for all that is open, give the departure back, and stop here.

    News that comes between the last look and the sleep loses its bell; `watch` rings it again.
    """
    case = look(turn)
    publish(case, this_run())
    key = str(number_form(turn, this_run()))
    form = form_for(case)
    form.keep(this_run(), key)
    end(turn)
    try:
        suspend_flow_run(wait_for_input=form, key=key)
    except RuntimeError:
        # Another attempt of this run is at work: this one must not touch its state.
        raise Abort(f"{turn.reference}: une autre tentative est en cours") from None
    raise Abort(f"{turn.reference}: le formulaire {key} a déjà servi")
