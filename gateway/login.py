"""Coming in and going out."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from core.logs import log
from gateway.body import Body
from gateway.claims import ProviderNotTrusted
from gateway.forms import form_token, is_ours, new_secret, read_form, require_ours
from gateway.oidc import ProviderAway, farewell, is_configured
from gateway.pages import page
from gateway.refusals import tell_refusal
from gateway.sessions import (
    browser_cookie,
    drop_session,
    keep_browser,
    keep_session,
    session_cookie,
    visit_at,
    visit_or_login,
)
from models.audit import Refusal
from store.login import LoginRefused, LoginSlowedDown, log_in
from store.sessions import close_session

router = APIRouter()

HOME, PASSWORD = "/compte", "/compte/mot-de-passe"
AT_LOGIN = "door:login"
"""Who was refused, for the audit, when no account is known. What was typed is never written."""
_REFUSED = "Le code ou le mot de passe n'est pas le bon, ou ce compte est fermé."
_OLD_PAGE = "Cette page avait expiré. Recommencez."


@router.get("/connexion")
def show_login(request: Request, suite: str = "") -> Response:
    """Show the page of logins, or what was asked for to somebody who is in already."""
    visit = visit_at(request)
    if visit is not None:
        return go(PASSWORD if visit.must_change_password else safe_path(suite))
    return login_page(request, suite)


@router.post("/connexion")
def take_login(request: Request, body: Body) -> Response:
    """Open a session: 303; 401 not right, 403 a form from elsewhere, 429 too many tries."""
    fields = read_form(body)
    if not is_ours(request, fields, browser_cookie(request)):
        return login_page(request, fields.get("suite", ""), _OLD_PAGE, 403)
    try:
        token = log_in(
            fields.get("compte", "").strip().lower(),
            fields.get("mot-de-passe", ""),
            source_of(request),
            replaces=session_cookie(request),
        )
    except LoginRefused as refused:
        tell_refusal(Refusal.LOGIN, by=refused.account or AT_LOGIN)
        return login_page(request, fields.get("suite", ""), _REFUSED, 401)
    except LoginSlowedDown as slowed:
        tell_refusal(Refusal.LOGIN_SLOWED, by=slowed.account or AT_LOGIN)
        return login_page(request, fields.get("suite", ""), slowed_down(slowed), 429)
    answer = go(safe_path(fields.get("suite", "")))
    keep_session(answer, token)
    return answer


@router.post("/deconnexion")
def take_logout(request: Request, body: Body) -> Response:
    """Close this session."""
    visit, token = visit_or_login(request)
    require_ours(request, read_form(body), token)
    log().info("session_closed", account=visit.account, count=1)
    return logged_out(close_session(token))


def login_page(request: Request, suite: str, problem: str = "", status: int = 200) -> Response:
    """Return the page of logins, whose form is tied to this browser."""
    secret = browser_cookie(request) or new_secret()
    answer = page(
        "login.html",
        status,
        token=form_token(secret),
        suite=safe_path(suite),
        problem=problem,
        by_provider=is_configured(),
    )
    keep_browser(answer, secret)
    return answer


def logged_out(id_token: str | None) -> Response:
    """Take the session back from the browser, and lead it to close the one at the provider."""
    answer = page(
        "logged_out.html", farewell=_farewell(id_token), came_by_provider=id_token is not None
    )
    drop_session(answer)
    return answer


def slowed_down(slowed: LoginSlowedDown) -> str:
    """Return how long to wait, in words."""
    minutes = -(-slowed.wait.total_seconds() // 60)
    return f"Trop d'essais. Attendez {minutes:.0f} minute{'s' if minutes > 1 else ''}."


def source_of(request: Request) -> str:
    """Return where a request comes from, as the server before the door says it."""
    return request.client.host if request.client else ""


def safe_path(path: str) -> str:
    """Return a page of ours to go on to: what was asked for, or one's account."""
    # Danger: « //elsewhere » and « /\\elsewhere » are other sites.
    is_ours_alone = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if is_ours_alone and "\\" not in path else HOME


def go(path: str, headers: Mapping[str, str] | None = None) -> Response:
    """Send the browser to a page, to be read."""
    return RedirectResponse(path, 303, headers)


def _farewell(id_token: str | None) -> str | None:
    # Danger: on a shared screen, a session left open at the provider opens ours again by a click.
    if id_token is None:
        return None
    try:
        return farewell(id_token, "/connexion")
    except (ProviderAway, ProviderNotTrusted) as trouble:
        log().warning("provider_missed", fault=str(trouble))
        return None
