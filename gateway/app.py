"""The door's application: its routes, its guard, and the French of its refusals."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from gateway import callbacks, intake, letterbox
from gateway.guard import Guard
from gateway.pages import refusal

_STANDARD_WORDS = {
    "Not Found": "Cette page n'existe pas, ou n'existe plus.",
    "Method Not Allowed": "Cette action n'existe pas ici.",
}


def create_app() -> FastAPI:
    """Return the door. It reads its settings at each request, and opens nothing by itself."""
    app = FastAPI(title="Porte", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(intake.router)
    app.include_router(callbacks.router)
    app.include_router(letterbox.router)
    app.add_api_route("/health", _health)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.exception_handler(HTTPException)(_refuse)
    app.add_middleware(Guard)
    return app


def _health() -> dict[str, str]:
    """Say that the process answers; `pnd check` looks further."""
    return {"state": "up"}


async def _refuse(request: Request, refused: HTTPException) -> Response:
    words = _STANDARD_WORDS.get(refused.detail, refused.detail)
    return refusal(request, refused.status_code, words, refused.headers)
