"""Coming in by ProConnect. An identity opens the account that an admin linked to it, or nothing."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from core.logs import log
from core.settings import settings
from gateway.claims import ProviderNotTrusted
from gateway.forms import new_secret
from gateway.login import AT_LOGIN, go, safe_path
from gateway.oidc import (
    RETURN,
    Agent,
    ProviderAway,
    come_back,
    is_configured,
    leave,
)
from gateway.pages import page
from gateway.refusals import tell_refusal
from gateway.sessions import browser_cookie, keep_browser, keep_session, session_cookie
from models.audit import Refusal
from store.provider import AgentRefused, log_in_agent, note_leaving, take_return

router = APIRouter()

_AWAY = "ProConnect ne répond pas. Réessayez dans quelques minutes."
_NOT_TRUSTED = "ProConnect n'a pas confirmé votre identité. Reprenez depuis la page de connexion."
_OLD = "Cette connexion a expiré, ou a commencé ailleurs. Reprenez depuis la page de connexion."


@router.get("/connexion/proconnect")
def show_the_way(request: Request, suite: str = "") -> Response:
    """Send the browser to the provider. A link, and not a form: our pages send forms to us only."""
    if not is_configured():
        raise HTTPException(404, "ProConnect n'est pas en service ici.")
    try:
        leaving = leave()
    except ProviderAway as away:
        raise _told(503, "provider_missed", away, _AWAY) from None
    except ProviderNotTrusted as doubt:
        raise _told(502, "provider_refused", doubt, _AWAY) from None
    browser = browser_cookie(request) or new_secret()
    note_leaving(
        leaving.state,
        browser,
        nonce=leaving.nonce,
        verifier=leaving.verifier,
        goes_to=safe_path(suite),
    )
    answer = go(leaving.url)
    keep_browser(answer, browser)
    return answer


@router.get(RETURN)
def take_agent(
    request: Request, code: str = "", state: str = "", iss: str | None = None
) -> Response:
    """Open a session for the agent who comes back: 303; 400, 403, 502, 503."""
    visit = take_return(state, browser_cookie(request) or "")
    if visit is None:
        raise HTTPException(400, _OLD)
    # Law: RFC 9207: an answer that names another issuer comes from another issuer.
    if not code or iss not in (None, settings().oidc_issuer):
        raise HTTPException(400, _NOT_TRUSTED)
    agent = _named(code, visit.nonce, visit.verifier)
    try:
        token = log_in_agent(
            agent.issuer,
            agent.subject,
            agent.uid,
            agent.siret,
            agent.id_token,
            replaces=session_cookie(request),
        )
    except AgentRefused as refused:
        tell_refusal(Refusal.LOGIN, by=refused.account or AT_LOGIN)
        return page("agent_refused.html", 403, uid=agent.uid, siret=agent.siret)
    answer = go(visit.goes_to)
    keep_session(answer, token)
    return answer


def _named(code: str, nonce: str, verifier: str) -> Agent:
    try:
        return come_back(code, nonce, verifier)
    except ProviderAway as away:
        raise _told(503, "provider_missed", away, _AWAY) from None
    except ProviderNotTrusted as doubt:
        tell_refusal(Refusal.LOGIN, by=AT_LOGIN)
        raise _told(403, "provider_refused", doubt, _NOT_TRUSTED) from None


def _told(status: int, event: str, trouble: Exception, words: str) -> HTTPException:
    log().error(event, fault=str(trouble))
    return HTTPException(status, words)
