"""Who is at the door: the session's cookie, and whom it stands for."""

from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.settings import settings
from models.identity import Identity
from store.sessions import Visit, identity_of, visit_of

_SESSION, _BROWSER = "nd-session", "nd-passage"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def who(request: HTTPConnection) -> Identity | None:
    """Return who sends this request, or None. Asks the store: not for the event loop."""
    token = session_cookie(request)
    return identity_of(token) if token else None


def session_cookie(request: HTTPConnection) -> str | None:
    """Return the token of a request's session, whatever it is worth."""
    return request.cookies.get(_name(_SESSION))


def browser_cookie(request: HTTPConnection) -> str | None:
    """Return what ties a form, or a login under way, to a browser before anybody is in."""
    return request.cookies.get(_name(_BROWSER))


def visit_at(request: HTTPConnection) -> Visit | None:
    """Return the session of a request, even one that opens nothing but a change of password."""
    token = session_cookie(request)
    return visit_of(token) if token else None


def visit_or_login(request: HTTPConnection) -> tuple[Visit, str]:
    """Return the session of a request and its token; else send to the page of logins."""
    token = session_cookie(request)
    visit = visit_of(token) if token else None
    if visit is None or token is None:
        raise HTTPException(303, "Connectez-vous.", {"Location": "/connexion"})
    return visit, token


def keep_session(response: Response, token: str) -> None:
    """Give a session to the browser, for as long as it stays open."""
    _set(response, _SESSION, token)


def keep_browser(response: Response, secret: str) -> None:
    """Give the browser what its forms are tied to before anybody logs in."""
    _set(response, _BROWSER, secret)


def drop_session(response: Response) -> None:
    """Take the session back from the browser."""
    response.delete_cookie(_name(_SESSION), path="/", secure=_is_https(), httponly=True)


def cookies_are_safe() -> bool:
    """Whether a session may travel: by HTTPS, or, for a trial, without leaving this machine."""
    is_trial = settings().env != "production"
    return _is_https() or (is_trial and urlsplit(settings().door_url).hostname in _LOOPBACK)


def _set(response: Response, name: str, value: str) -> None:
    # Rule: Lax, not Strict: the provider, or a link in a message, leads back to a page of ours.
    # What changes anything is posted with the token of its form.
    response.set_cookie(
        _name(name), value, path="/", secure=_is_https(), httponly=True, samesite="lax"
    )


def _name(name: str) -> str:
    # Danger: without the prefix, a neighbour of our domain could plant a session. A browser takes
    # it by HTTPS only; the demonstration, on the loopback, has none.
    return f"__Host-{name}" if _is_https() else name


def _is_https() -> bool:
    return urlsplit(settings().door_url).scheme == "https"
