"""What is refused here is recorded here, in codes, and said in French."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from core.logs import log
from gateway.pages import page
from gateway.refusals import tell_refusal
from models.audit import Refusal
from models.identity import Identity

_COME_BACK = {"Retry-After": "30"}
"""Seconds."""
_WORDS = {
    400: "Cette demande n'est pas lisible.",
    401: "Votre session est absente ou close : connectez-vous de nouveau.",
    403: "Votre rôle ne permet pas cette action. Le refus est consigné.",
    404: "Cela n'existe pas, ou n'est pas de votre territoire.",
    409: "Ce formulaire n'est plus celui du départ : rechargez la page.",
    413: "Le contenu envoyé est trop grand.",
    502: "La réponse a été retenue : elle n'était pas de votre territoire. C'est consigné.",
    503: "L'écran des parcours est momentanément indisponible. Les départs continuent. "
    "Réessayez dans une minute.",
}


class Refused(Exception):
    """What is asked is refused. Carries codes only."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def record(identity: Identity | None, route: str, refused: Refused) -> None:
    """Record a refusal: who, what, why, in codes. The one place where all of them pass.

    Raises `StoreAway`, once it is in the log, when the audit cannot be told.
    """
    log().warning(
        "guard_refused",
        account=identity.account if identity else "",
        route=route,
        reason=refused.reason,
        status=refused.status,
    )
    # Rule: the audit tells who was refused. A screen left open asks without an end once its session
    # is closed, in nobody's name; and what is away refuses nobody.
    if identity is not None and refused.status != 503:
        await run_in_threadpool(tell_refusal, Refusal.GUARD, by=identity.account)


def said(connection: HTTPConnection, refused: Refused) -> Response:
    """Say a refusal as its reader understands it: a page to a person, JSON to the screen."""
    words = _WORDS[refused.status]
    headers = _COME_BACK if refused.status == 503 else {}
    if is_navigation(connection):
        answer: Response = page("refusal.html", refused.status, words=words)
    else:
        # Prefect's own screen shows `exception_message`, and `detail` of what is not its own.
        answer = JSONResponse({"exception_message": words, "detail": words}, refused.status)
    answer.headers.update(headers)
    return answer


def is_navigation(connection: HTTPConnection) -> bool:
    """Whether somebody opens a page, rather than a page asking for something."""
    if isinstance(connection, Request) and connection.method not in ("GET", "HEAD"):
        return False
    wanted = connection.headers.get("accept", "")
    return not connection.url.path.startswith("/api/") and "text/html" in wanted
