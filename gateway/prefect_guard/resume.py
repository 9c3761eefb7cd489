"""Resume: the one thing that a person does here. By whom it may be done, and who did it."""

from collections.abc import Mapping
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from gateway.prefect_guard.bodies import Body, form_fields
from gateway.prefect_guard.refusals import Refused
from gateway.prefect_guard.upstream import Answer, PrefectAway, Upstream
from models.answering import may_answer
from models.identity import Identity
from models.sending import SendingOutcome
from store import sendings
from store.runs import departure_of


async def resume(upstream: Upstream, identity: Identity, flow_run: str, body: Body) -> Answer:
    """Pass a form on, once who sends it is remembered. Raises `Refused`, `BodyRefused`,
    `PrefectAway`.
    """
    fields = form_fields(body)
    run = UUID(flow_run)
    departure = await run_in_threadpool(departure_of, run)
    if departure is None:
        # A run that another has replaced, or one of the nightly comparison.
        raise Refused(409, "run_carries_nobody")
    if not may_answer(identity, departure.territory, departure.referent):
        raise Refused(403, "not_their_departure")
    # Rule: who answers is committed before the answer exists. After a crash in between, nobody has
    # answered, and nothing is attributed.
    sending = await run_in_threadpool(sendings.remember, run, identity.account, fields)
    answer = await upstream.ask("POST", f"/flow_runs/{run}/resume", {"run_input": fields})
    # Danger: a server that breaks may have taken the form all the same; it stays unknown.
    if answer.status >= 500:
        raise PrefectAway
    await run_in_threadpool(sendings.ended, sending, _outcome(answer))
    return answer


def _outcome(answer: Answer) -> SendingOutcome:
    # Danger: a refusal comes with HTTP 200; only the status in the body tells.
    said = answer.json() if answer.is_success else {}
    accepted = isinstance(said, Mapping) and said.get("status") == "ACCEPT"
    return SendingOutcome.ACCEPTED if accepted else SendingOutcome.REFUSED
