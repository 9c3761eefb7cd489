"""What the door answers in words: French pages for agents, problem lists for software."""

from collections.abc import Mapping
from pathlib import Path

from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from models.referral_rules import Problem

LETTERBOX = "/boite/"
OF_PEOPLE = (LETTERBOX, "/connexion", "/deconnexion", "/compte")

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page. Raises `jinja2.UndefinedError` when the template lacks a value."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status)


def problems(status: int, found: list[Problem]) -> JSONResponse:
    """Return what to correct, for the software that sent it."""
    listed = [{"path": problem.path, "message": problem.message_fr} for problem in found]
    return JSONResponse({"problems": listed}, status)


def refusal(
    request: Request, status: int, words: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a refusal in the form its reader understands: a page for people, else a list."""
    if request.url.path.startswith(OF_PEOPLE):
        answer: Response = page("refusal.html", status, words=words)
    else:
        answer = problems(status, [Problem("", words)])
    answer.headers.update(headers or {})
    return answer
