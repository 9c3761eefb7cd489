"""Prescribers file referrals here. A referral is stored whole, or not at all."""

from secrets import compare_digest

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from core.logs import log
from core.settings import settings
from flows.start import start_run
from gateway.bells import DoorBells
from gateway.body import Body
from gateway.pages import problems
from gateway.refusals import tell_refusal
from models.audit import Refusal
from models.referral_problems import ReferralInvalid, parse_document, read_referral
from models.referral_rules import Problem
from models.territories import known_territories
from store.assignment import NoReferent
from store.clock import journey_clock
from store.referrals import ReferralConflict, open_departure

router = APIRouter()


def require_door_token(request: Request) -> None:
    """Let in whoever shows the door's token. Raises a 401 otherwise, before any body is read."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    expected = settings().door_token.get_secret_value()
    # Danger: an empty setting would let an empty token in.
    right = bool(expected) and compare_digest(shown.encode(), expected.encode())
    if scheme.lower() != "bearer" or not right:
        tell_refusal(Refusal.TOKEN, by="door:referrals")
        raise HTTPException(401, "Jeton absent ou inconnu.", {"WWW-Authenticate": "Bearer"})


@router.post("/referrals", dependencies=[Depends(require_door_token)])
def file_referral(body: Body, bells: DoorBells) -> JSONResponse:
    """Open a departure: 201 when new, 200 when this very referral was filed before, 409, 422."""
    now = journey_clock().now()
    try:
        referral = read_referral(
            parse_document(body), known_territories(settings().territories), now
        )
        opened = open_departure(referral, now)
    except ReferralInvalid as invalid:
        log().info("referral_refused", count=len(invalid.problems))
        return problems(422, invalid.problems)
    except ReferralConflict:
        words = "Cet identifiant a déjà servi pour un autre contenu : choisissez-en un nouveau."
        return problems(409, [Problem("referral_id", words)])
    except NoReferent:
        log().error("referral_unassignable", territory=referral.territory)
        words = "Aucun référent formé n'est disponible dans ce territoire : appelez le dispositif."
        return problems(503, [Problem("territory", words)])
    log().info(
        "referral_received",
        reference=opened.reference,
        territory=referral.territory,
        outcome="new" if opened.is_new else "again",
    )
    if opened.is_new:
        bells.later(_start, opened.reference)
    return JSONResponse({"reference": opened.reference}, 201 if opened.is_new else 200)


def _start(reference: str) -> None:
    # Rule: the departure is stored; if Prefect is away, the watch starts its run.
    try:
        start_run(reference)
    except Exception as trouble:
        log().warning("run_start_postponed", reference=reference, error=type(trouble).__name__)
