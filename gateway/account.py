"""« Mon compte »: the open sessions, and the password."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.logs import log
from core.settings import settings
from gateway.body import Body
from gateway.forms import form_token, read_form, require_ours
from gateway.login import HOME, PASSWORD, go, logged_out, slowed_down, source_of
from gateway.pages import page
from gateway.prefect_guard.routes import READERS
from gateway.refusals import tell_refusal
from gateway.sessions import keep_session, visit_or_login
from models.account_rules import written
from models.audit import Refusal
from models.identity import Grant
from models.labels import label
from models.login import Means
from models.password import SHORTEST
from store.login import LoginSlowedDown, PasswordRefused, change_password
from store.sessions import Visit, close_everywhere, close_session, open_sessions

router = APIRouter()

# Sessions are of people, not of departures: no territory's hour is theirs.
_ZONE = ZoneInfo("Europe/Paris")


@router.get(HOME)
def show_account(request: Request) -> Response:
    """Show one's roles and open sessions."""
    visit, token = visit_or_login(request)
    if visit.must_change_password:
        return go(PASSWORD)
    held = [
        (_hour(each.opened_at), _hour(each.seen_at), label(each.means), each.digest == visit.digest)
        for each in open_sessions(visit.account)
    ]
    return page(
        "account.html",
        account=visit.account,
        roles=[_told(grant) for grant in sorted(visit.grants, key=written)],
        sessions=held,
        has_password=visit.means is Means.PASSWORD,
        screen=settings().guard_url if _sees_the_screen(visit) else "",
        token=form_token(token),
    )


@router.post(f"{HOME}/deconnexion-partout")
def take_logout_everywhere(request: Request, body: Body) -> Response:
    """Close every session of whoever asks."""
    visit, token = visit_or_login(request)
    require_ours(request, read_form(body), token)
    id_token = close_session(token)
    count = close_everywhere(visit.account) + 1
    log().info("session_closed", account=visit.account, count=count)
    return logged_out(id_token)


@router.get(PASSWORD)
def show_password(request: Request) -> Response:
    """Show the page of a new password."""
    visit, token = visit_or_login(request)
    return _password_page(visit, token)


@router.post(PASSWORD)
def take_password(request: Request, body: Body) -> Response:
    """Change the password, and open one session in place of all: 303; 403, 422, 429."""
    visit, token = visit_or_login(request)
    fields = read_form(body)
    require_ours(request, fields, token)
    try:
        renewed = change_password(
            visit.account,
            fields.get("actuel", ""),
            fields.get("nouveau", ""),
            fields.get("encore", ""),
            source_of(request),
        )
    except PasswordRefused as refused:
        return _password_page(visit, token, refused.advice, 422)
    except LoginSlowedDown as slowed:
        tell_refusal(Refusal.LOGIN_SLOWED, by=visit.account)
        return _password_page(visit, token, {"actuel": slowed_down(slowed)}, 429)
    answer = go(HOME)
    keep_session(answer, renewed)
    return answer


def _password_page(
    visit: Visit, token: str, advice: dict[str, str] | None = None, status: int = 200
) -> Response:
    return page(
        "password.html",
        status,
        is_first=visit.must_change_password,
        account=visit.account,
        advice=advice or {},
        shortest=SHORTEST,
        token=form_token(token),
    )


def _sees_the_screen(visit: Visit) -> bool:
    return any(grant.role in READERS for grant in visit.grants)


def _told(grant: Grant) -> str:
    place = f"territoire {grant.territory}"
    return f"{label(grant.role)} — {place}{f', {grant.agency}' if grant.agency else ''}"


def _hour(instant: datetime) -> str:
    return f"{instant.astimezone(_ZONE):%d/%m à %H h %M}"
