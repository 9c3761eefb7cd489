"""The letterbox: an agency without an API reads its own request here, and answers."""

from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from core.logs import log
from core.settings import settings
from flows.bell import ring
from gateway.bells import DoorBells
from gateway.body import Body
from gateway.letterbox_form import FormIncomplete, form_for, read_fields, read_reply
from gateway.letterbox_view import Line, fields_for
from gateway.pages import page
from gateway.refusals import tell_refusal
from models.audit import Purpose, Refusal
from models.case import Case
from models.journey.approach import may_be_read
from models.request import AgencyRequest, RequestState
from store.cases import read_case
from store.letterbox import request_for
from store.news import receive_reply
from store.pace import TooFast
from store.reading import Reader, read_person
from store.vault import VaultEntryMissing

router = APIRouter()

_TOO_FAST = HTTPException(
    429, "Trop de réponses en peu de temps : celle-ci n'est pas prise.", {"Retry-After": "30"}
)
# Rule: whoever goes back and answers otherwise is told that the first answer stands, and can say
# the other one at once: this page has a number of its own.
_SAID_OTHERWISE = (
    "Une autre réponse a déjà été enregistrée depuis la page précédente ; celle que vous venez "
    "de donner ne l'est pas. Si elle la remplace, donnez-la de nouveau ci-dessous."
)
_GONE = HTTPException(404, "Cette page n'existe pas, ou n'existe plus.")


@router.get("/boite/{token}")
def show_cover(token: str) -> HTMLResponse:
    """Show a page that says nothing. The request is read by a click."""
    # Danger: mail filters follow links. A machine that only follows one must read nobody's data.
    _find(token)
    return page("cover.html")


@router.post("/boite/{token}")
def read_or_answer(token: str, body: Body, bells: DoorBells) -> HTMLResponse:
    """Show the request (`acte=lire`), or take the agent's answer (`acte=repondre`)."""
    request, case = _find(token)
    try:
        fields = read_fields(body)
        if fields.get("acte") != "repondre":
            return _show(request, case)
        reply = read_reply(fields, request, case.now)
        received = receive_reply(request.agency, reply, settings().callbacks_per_minute)
    except FormIncomplete as incomplete:
        return _show(request, case, incomplete.advice)
    except TooFast:
        log().warning("callback_too_fast", agency=request.agency)
        raise _TOO_FAST from None
    if received.contradicts:
        return _show(request, case, _SAID_OTHERWISE)
    log().info(
        "reply_received",
        agency=request.agency,
        reference=request.reference,
        channel=request.channel.value,
        outcome="new" if received.is_new else "again",
    )
    bells.later(ring, request.reference)
    return page("thanks.html", is_new=received.is_new)


def _find(token: str) -> tuple[AgencyRequest, Case]:
    found = request_for(token)
    case = read_case(found[1]) if found else None
    if found is None or case is None:
        tell_refusal(Refusal.LINK, by="door:letterbox")
        raise _GONE
    return case.request(found[0].id), case


def _show(request: AgencyRequest, case: Case, advice: str = "") -> HTMLResponse:
    lines = _readable(request, case)
    log().info(
        "letterbox_read",
        agency=request.agency,
        reference=request.reference,
        measure=request.measure.value,
        outcome="shown" if lines else "withheld",
    )
    return page(
        "request.html",
        status=422 if advice else 200,
        request=request,
        lines=lines,
        is_withdrawn=request.state is RequestState.WITHDRAWN,
        form=form_for(request.measure),
        number=uuid4(),
        advice=advice,
    )


def _readable(request: AgencyRequest, case: Case) -> list[Line]:
    if not may_be_read(case, request):
        tell_refusal(Refusal.NOTHING_TO_READ, by=request.agency, reference=request.reference)
        return []
    try:
        person = read_person(
            request.reference, Reader(request.agency, Purpose.AGENT_READS, about=request.key)
        )
    except VaultEntryMissing:
        return []
    today = case.now.astimezone(ZoneInfo(case.territory.time_zone)).date()
    return fields_for(request.measure, person, case.departure.danger, today)
