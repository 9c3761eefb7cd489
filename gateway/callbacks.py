"""Agencies call back here. A 202 means the reply is stored; any other answer means nothing was."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from connectors.contract import AgencyConnector
from connectors.errors import (
    CallbackRefused,
    NotConfigured,
    NotSupported,
    ReplyNotUnderstood,
)
from connectors.signature import may_be_sealed
from core.clock import SystemClock
from core.logs import log
from core.settings import settings
from flows.bell import ring
from gateway.bells import DoorBells
from gateway.body import Body
from gateway.refusals import tell_refusal
from models.audit import Refusal
from models.reply import AgencyReply
from store.clock import journey_clock
from store.news import receive_reply
from store.pace import TooFast
from tasks.agencies import AgencyUnknown, connector

router = APIRouter()

_NOT_SIGNED = HTTPException(401, "Signature absente, fausse ou périmée.")
_NOT_UNDERSTOOD = HTTPException(422, "Ce contenu n'est pas celui du contrat d'échange.")
_COME_BACK = {"Retry-After": "30"}
"""Seconds."""


def caller(agency: str, request: Request) -> AgencyConnector:
    """Return the connector of the agency that seems to call, before any body is read.

    Raises a 401 for what nobody could have signed now, 404, 503.
    """
    try:
        speaks = connector(agency)
    except AgencyUnknown:
        # Danger: the name is whatever a stranger wrote: it is not kept.
        tell_refusal(Refusal.AGENCY, by="door:callbacks")
        raise HTTPException(404, "Organisme inconnu.") from None
    except NotSupported:
        raise HTTPException(404, "Cet organisme ne répond pas par ce canal.") from None
    except NotConfigured:
        log().error("callback_not_configured", agency=agency)
        words = "Cet organisme n'est pas configuré ici. Réessayez."
        raise HTTPException(503, words, _COME_BACK) from None
    if not may_be_sealed(request.headers, SystemClock().now()):
        log().warning("callback_refused", agency=agency)
        tell_refusal(Refusal.SIGNATURE, by=agency)
        raise _NOT_SIGNED
    return speaks


@router.post("/agencies/{agency}/callbacks")
def take_callback(
    agency: str,
    request: Request,
    speaks: Annotated[AgencyConnector, Depends(caller)],
    body: Body,
    bells: DoorBells,
) -> JSONResponse:
    """Verify, store, then ring: 202; 401 not signed by the agency, 404, 409 its number has served,
    413, 422 not understood, 429 too fast.
    """
    reply = _read(speaks, request, body)
    try:
        received = receive_reply(agency, reply, settings().callbacks_per_minute)
    except TooFast:
        log().warning("callback_too_fast", agency=agency)
        words = "Trop de rappels en peu de temps : celui-ci n'est pas pris. Renvoyez-le."
        raise HTTPException(429, words, _COME_BACK) from None
    if received.reference is None:
        log().warning("callback_unmatched", agency=agency)
        tell_refusal(Refusal.REQUEST, by=agency)
        raise HTTPException(404, "Demande inconnue.")
    if received.contradicts:
        log().error("callback_contradicted", agency=agency, reference=received.reference)
        words = "Ce numéro d'événement a déjà servi pour un autre contenu : prenez-en un nouveau."
        raise HTTPException(409, words)
    log().info(
        "reply_received",
        agency=agency,
        reference=received.reference,
        kind=reply.kind.value,
        outcome="new" if received.is_new else "again",
    )
    bells.later(ring, received.reference)
    return JSONResponse({}, 202)


def _read(speaks: AgencyConnector, request: Request, body: bytes) -> AgencyReply:
    # Rule: an agency is told what it can correct, and nothing of our reasons (`from None`).
    try:
        reply = speaks.read_callback(request.headers, body)
    except CallbackRefused:
        log().warning("callback_refused", agency=speaks.agency)
        tell_refusal(Refusal.SIGNATURE, by=speaks.agency)
        raise _NOT_SIGNED from None
    except ReplyNotUnderstood:
        log().warning("callback_not_understood", agency=speaks.agency)
        raise _NOT_UNDERSTOOD from None
    if reply.is_absurd(journey_clock().now()):
        log().warning("callback_not_understood", agency=speaks.agency)
        raise _NOT_UNDERSTOOD
    return reply
