"""The door's application: its routes, its guard, and the French of its refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from core.logs import log
from gateway import account, callbacks, intake, letterbox, login, proconnect
from gateway.bells import Bells
from gateway.guard import Guard
from gateway.pages import refusal
from store.away import StoreAway
from store.engine import ask_store
from store.passwords import PasswordsBusy

_STANDARD_WORDS = {
    "Not Found": "Cette page n'existe pas, ou n'existe plus.",
    "Method Not Allowed": "Cette action n'existe pas ici.",
}


_COME_BACK = {"Retry-After": "30"}
"""Seconds."""
# Danger: never "nothing was stored": a commit whose answer was cut may have taken place. The same
# thing sent again is stored once.
_AWAY = (
    "Le service est momentanément indisponible : votre envoi n'est pas confirmé. "
    "Renvoyez-le tel quel dans une minute ; reçu deux fois, il ne compte qu'une fois."
)


def create_app() -> FastAPI:
    """Return the door. It reads its settings at each request, and opens nothing by itself."""
    app = FastAPI(
        title="Porte",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # Danger: a redirection is written from the caller's own Host header.
        redirect_slashes=False,
        lifespan=_with_bells,
    )
    app.include_router(intake.router)
    app.include_router(callbacks.router)
    app.include_router(letterbox.router)
    app.include_router(login.router)
    app.include_router(proconnect.router)
    app.include_router(account.router)
    app.add_api_route("/health", _health)
    app.add_api_route("/ready", _ready)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.exception_handler(HTTPException)(_refuse)
    app.exception_handler(StoreAway)(_send_away)
    app.exception_handler(PasswordsBusy)(_ask_to_wait)
    app.add_middleware(Guard)
    return app


@asynccontextmanager
async def _with_bells(app: FastAPI) -> AsyncIterator[None]:
    app.state.bells = Bells()
    yield
    app.state.bells.close()


def _health() -> dict[str, str]:
    """Say that the process answers; `pnd check` looks further."""
    return {"state": "up"}


def _ready() -> dict[str, str]:
    """Say that the store answers too: 503 while it does not."""
    ask_store()
    return {"state": "ready"}


async def _refuse(request: Request, refused: HTTPException) -> Response:
    words = _STANDARD_WORDS.get(refused.detail, refused.detail)
    return refusal(request, refused.status_code, words, refused.headers)


async def _ask_to_wait(request: Request, busy: PasswordsBusy) -> Response:
    log().warning("passwords_busy")
    words = "Trop de personnes se connectent à la fois. Réessayez dans un instant."
    return refusal(request, 503, words, _COME_BACK)


async def _send_away(request: Request, away: StoreAway) -> Response:
    log().error("store_missed", fault=away.code)
    return refusal(request, 503, _AWAY, _COME_BACK)
