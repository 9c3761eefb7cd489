"""The back room: orders to the agencies, the ledger, and when something will be said next."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from core.clock import Clock
from models.measure import Measure
from sandbox.behaviour import OrderNotUnderstood, parse
from sandbox.dialect import Dialect
from sandbox.ledger import entries
from sandbox.orders import give
from sandbox.state import State, written

_TRIES_WAITED_FOR = 5


class OrderIn(BaseModel):
    """An order to one agency, for a number of times or until another."""

    model_config = ConfigDict(extra="forbid")

    agency: str
    behaviour: str
    measure: Measure | None = None
    times: int | None = None


def back_room(state: State, clock: Clock, dialects: Mapping[str, Dialect]) -> APIRouter:
    """Return the addresses under ``/_sandbox``."""
    router = APIRouter(prefix="/_sandbox")

    @router.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "agencies": sorted(dialects)}

    @router.get("/ledger")
    def ledger(agency: str | None = None) -> dict[str, list[dict[str, Any]]]:
        return {"calls": [asdict(entry) for entry in entries(state, agency)]}

    @router.post("/orders")
    def order(wanted: OrderIn) -> JSONResponse:
        advice = _advice(wanted, dialects)
        if advice:
            return JSONResponse({"advice": advice}, 422)
        with state.transaction() as db:
            give(db, wanted.agency, wanted.behaviour, measure=wanted.measure, times=wanted.times)
        return JSONResponse({"status": "ok"}, 201)

    @router.get("/next")
    def next_event() -> dict[str, str | None]:
        # Rule: what nobody has taken after a few tries is still tried, but time no longer waits.
        with state.transaction() as db:
            found = db.execute(
                "SELECT min(due_at) FROM event WHERE cancelled = 0"
                " AND ((polled = 0 AND delivered = 0 AND tries < ?) OR due_at > ?)",
                (_TRIES_WAITED_FOR, written(clock.now())),
            ).fetchone()
        return {"next": found[0]}

    @router.delete("/all", status_code=204)
    def forget() -> None:
        state.forget()

    return router


def _advice(wanted: OrderIn, dialects: Mapping[str, Dialect]) -> str:
    dialect = dialects.get(wanted.agency)
    if dialect is None:
        return f"organisme inconnu ; au choix : {', '.join(sorted(dialects))}"
    if wanted.times is not None and wanted.times < 1:
        return "times : au moins 1"
    try:
        taken = dialect.takes(parse(wanted.behaviour, wanted.times))
    except OrderNotUnderstood as trouble:
        return trouble.advice
    return "" if taken else f"« {wanted.agency} » ne peut pas répondre ainsi"
