"""Agencies call back here. A 202 means the reply is stored; any other answer means nothing was."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse

from connectors.errors import (
    CallbackRefused,
    NotConfigured,
    NotSupported,
    ReplyNotUnderstood,
)
from core.logs import log
from flows.bell import ring
from gateway.bells import DoorBells
from gateway.body import Body
from gateway.refusals import tell_refusal
from models.audit import Refusal
from models.reply import AgencyReply
from store.news import receive_reply
from tasks.agencies import AgencyUnknown, connector

router = APIRouter()


@router.post("/agencies/{agency}/callbacks")
def take_callback(agency: str, request: Request, body: Body, bells: DoorBells) -> JSONResponse:
    """Verify, store, then ring: 202; 401 not signed by the agency, 404, 413, 422 not understood."""
    reply = _read(agency, request, body)
    received = receive_reply(agency, reply)
    if received.reference is None:
        log().warning("callback_unmatched", agency=agency)
        tell_refusal(Refusal.REQUEST, by=agency)
        raise HTTPException(404, "Demande inconnue.")
    log().info(
        "reply_received",
        agency=agency,
        reference=received.reference,
        kind=reply.kind.value,
        outcome="new" if received.is_new else "again",
    )
    bells.later(ring, received.reference)
    return JSONResponse({}, 202)


def _read(agency: str, request: Request, body: bytes) -> AgencyReply:
    # Rule: an agency is told what it can correct, and nothing of our reasons (`from None`).
    try:
        return connector(agency).read_callback(request.headers, body)
    except AgencyUnknown:
        # Danger: the name is whatever a stranger wrote: it is not kept.
        tell_refusal(Refusal.AGENCY, by="door:callbacks")
        raise HTTPException(404, "Organisme inconnu.") from None
    except CallbackRefused:
        log().warning("callback_refused", agency=agency)
        tell_refusal(Refusal.SIGNATURE, by=agency)
        raise HTTPException(401, "Signature absente, fausse ou périmée.") from None
    except ReplyNotUnderstood:
        log().warning("callback_not_understood", agency=agency)
        raise HTTPException(422, "Ce contenu n'est pas celui du contrat d'échange.") from None
    except NotSupported:
        raise HTTPException(404, "Cet organisme ne répond pas par ce canal.") from None
    except NotConfigured:
        log().error("callback_not_configured", agency=agency)
        raise HTTPException(503, "Cet organisme n'est pas configuré ici. Réessayez.") from None
