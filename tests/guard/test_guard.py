"""What the guard keeps to itself, what it says of itself, and what it does when Prefect is away or
lies.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cli.world import World
from gateway import refusals
from gateway.refusals import Pace
from models.audit import HOUSE, AuditLine
from store.away import StoreAway
from store.engine import session
from tests.conftest import own_database
from tests.guard.conftest import PEOPLE
from tests.guard.standing import SHOWS_WHO, as_, guard_of
from tests.serving import served

_RUN = "11111111-1111-4111-8111-111111111111"
_DEPLOYMENT = "22222222-2222-4222-8222-222222222222"
_OTHER = "33333333-3333-4333-8333-333333333333"
_CREDENTIAL = "guard:invented-password"
_NAVIGATION = {"accept": "text/html"}

Answer = Callable[[Request], Response]


@pytest.fixture(scope="module", autouse=True)
def audit(database: World) -> Iterator[None]:
    """A store, where the guard tells whom it refused."""
    with (
        pytest.MonkeyPatch.context() as variables,
        own_database(database, variables, template="cases"),
    ):
        yield


@contextmanager
def _played(answers: dict[str, Answer]) -> Iterator[tuple[str, list[Request]]]:
    """Serve a Prefect that says what a test wants; return its address and what it was asked."""
    asked: list[Request] = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        found = answers.get(request.url.path.removeprefix("/api"))
        return found(request) if found else _deployments(request)

    everything = Route("/{path:path}", answer, methods=["GET", "POST", "PATCH"])
    with served(Starlette(routes=[everything])) as url:
        yield url, asked


def _deployments(_: Request) -> Response:
    ours = {"id": _DEPLOYMENT, "name": "depart-21", "flow_id": _OTHER}
    theirs = {"id": _OTHER, "name": "depart-974", "flow_id": _OTHER}
    return JSONResponse([ours, theirs])


def _says(content: Any, status: int = 200, **headers: str) -> Answer:
    return lambda _: JSONResponse(content, status, headers)


@contextmanager
def _in_front_of(answers: dict[str, Answer]) -> Iterator[tuple[httpx.Client, list[Request]]]:
    with (
        _played(answers) as (prefect, asked),
        guard_of(prefect, PEOPLE.get, _CREDENTIAL) as url,
        as_(url, "ref-21-1") as client,
    ):
        yield client, asked


def test_a_listing_that_prefect_does_not_filter_any_more_is_held_back() -> None:
    runs = [{"id": _RUN, "deployment_id": _DEPLOYMENT}, {"id": _OTHER, "deployment_id": _OTHER}]
    filtered = {"/flow_runs/filter": _says(runs)}
    with capture_logs() as written, _in_front_of(filtered) as (client, _):
        answer = client.post("/api/flow_runs/filter", json={})
    assert answer.status_code == 502
    assert _OTHER not in answer.text
    (line,) = written
    assert line["event"] == "guard_refused"
    assert line["account"] == "ref-21-1"
    assert line["route"] == "POST /flow_runs/filter"
    assert line["reason"] == "answer_of_another_territory"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ([{"id": _RUN}], 502),
        (["unexpected"], 502),
        ({"results": [{"id": _RUN, "deployment_id": _OTHER}]}, 502),
        ({"results": [{"id": _RUN, "deployment_id": _DEPLOYMENT}]}, 200),
        (None, 502),
    ],
)
def test_an_item_that_does_not_say_whose_it_is_is_held_back(content: Any, status: int) -> None:
    with _in_front_of({"/flow_runs/paginate": _says(content)}) as (client, _):
        assert client.post("/api/flow_runs/paginate", json={}).status_code == status


def test_neither_credential_passes_to_the_other_side() -> None:
    secret = {"authorization": "Basic visitor", "cookie": "session=visitor", "x-prefect": "visitor"}
    said = _says([], 200, **{"set-cookie": "a=b", "x-token": _CREDENTIAL, "www-authenticate": "x"})
    with _in_front_of({"/flow_runs/filter": said}) as (client, asked):
        answer = client.post("/api/flow_runs/filter", json={}, headers=secret)
    assert asked, "Prefect was asked"
    for request in asked:
        assert "visitor" not in str(request.headers.raw)
        assert (
            httpx.BasicAuth(*_CREDENTIAL.split(":"))._auth_header
            == (request.headers["authorization"])
        )
    assert _CREDENTIAL not in str(answer.headers)
    assert {"set-cookie", "x-token", "www-authenticate"}.isdisjoint(answer.headers)


@pytest.mark.parametrize("status", [500, 503])
def test_a_prefect_that_breaks_is_said_to_be_away(status: int) -> None:
    with _in_front_of({"/flow_runs/filter": _says({"detail": "secret"}, status)}) as (client, _):
        answer = client.post("/api/flow_runs/filter", json={})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "secret" not in answer.text


def test_a_redirection_is_not_followed_nor_shown() -> None:
    elsewhere = _says({}, 307, location="http://elsewhere.invalid/")
    with _in_front_of({"/flow_runs/filter": elsewhere}) as (client, _):
        answer = client.post("/api/flow_runs/filter", json={})
    assert answer.status_code == 502
    assert "location" not in answer.headers


def test_while_prefect_is_away_a_page_says_so_in_french() -> None:
    with guard_of("http://127.0.0.1:1", PEOPLE.get) as url, as_(url, "ref-21-1") as client:
        page = client.get("/runs", headers=_NAVIGATION)
        said = client.post("/api/flow_runs/filter", json={})
    assert page.status_code == said.status_code == 503
    assert page.headers["retry-after"] == said.headers["retry-after"] == "30"
    assert "momentanément indisponible" in page.text
    assert "momentanément indisponible" in said.json()["detail"]


def test_nobody_is_sent_to_the_login_page_and_told_401_by_the_api() -> None:
    with guard_of("http://127.0.0.1:1", PEOPLE.get) as url, as_(url, "nobody") as client:
        page = client.get("/runs/flow-run/1", headers=_NAVIGATION)
        said = client.get("/api/health")
        file = client.get("/assets/index.js")
    assert (page.status_code, page.headers["location"]) == (303, "/connexion")
    assert said.status_code == file.status_code == 401


def test_the_page_of_another_site_asks_nothing_in_a_visitor_s_name() -> None:
    with _in_front_of({"/flow_runs/filter": _says([])}) as (client, asked):
        theirs = {"origin": "https://elsewhere.invalid"}
        ours = {"origin": str(client.base_url).rstrip("/")}
        refused = client.post("/api/flow_runs/filter", json={}, headers=theirs)
        assert not asked
        allowed = client.post("/api/flow_runs/filter", json={}, headers=ours)
    assert (refused.status_code, allowed.status_code) == (403, 200)


def test_what_is_too_large_is_refused_unread() -> None:
    with _in_front_of({}) as (client, asked):
        answer = client.post("/api/flow_runs/filter", content=b"x" * 300_000)
    assert answer.status_code == 413
    assert not asked


def test_a_refused_path_is_recorded_without_what_was_typed() -> None:
    with (
        capture_logs() as written,
        guard_of("http://127.0.0.1:1", PEOPLE.get) as url,
        as_(url, "ref-21-1") as client,
    ):
        assert client.get("/api/Alex-Inventé/variables").status_code == 403
        assert client.delete("/api/variables/name/Alex").status_code == 403
    assert [line["route"] for line in written] == ["GET /…", "DELETE /variables"]
    assert "Alex" not in str(written)


def test_whom_the_guard_refuses_is_told_in_the_audit_and_a_closed_session_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "_PACE", Pace())
    before = len(_told())
    with guard_of("http://127.0.0.1:1", PEOPLE.get) as url:
        with as_(url, "ref-974-1") as client:
            assert client.delete("/api/variables/name/Alex").status_code == 403
        with as_(url, "nobody") as client:
            assert client.post("/api/flow_runs/filter", json={}).status_code == 401

    assert _told()[before:] == [("access_refused", "ref-974-1", "guard", None)]


def test_what_cannot_be_told_in_the_audit_is_said_to_be_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreAway("connexion")

    monkeypatch.setattr("gateway.prefect_guard.refusals.tell_refusal", away)
    with guard_of("http://127.0.0.1:1", PEOPLE.get) as url, as_(url, "ref-21-1") as client:
        assert client.delete("/api/variables/name/Alex").status_code == 503


def _told() -> list[tuple[str, str, str, str | None]]:
    with session() as opened:
        lines = opened.exec(
            select(AuditLine).where(AuditLine.chain == HOUSE).order_by(col(AuditLine.number))
        )
        return [(line.event, line.by, line.code, line.about) for line in lines]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/v2/", "/api/static/x"])
def test_nothing_but_the_v1_screen_is_served(path: str) -> None:
    with _in_front_of({"/": _says("the page")}) as (client, asked):
        answer = client.get(path, headers=_NAVIGATION)
        assert {request.url.path for request in asked} <= {"/"}
    assert answer.status_code in (200, 403, 404)


@pytest.mark.parametrize("path", ["/api/events/out", "/api/logs/out", "/api/events/in", "/x"])
def test_no_websocket_is_opened(path: str) -> None:
    with guard_of("http://127.0.0.1:1", PEOPLE.get) as url:
        address = url.replace("http:", "ws:") + path
        with pytest.raises(InvalidStatus) as refused:
            connect(address, additional_headers={SHOWS_WHO: "ref-21-1"}, proxy=None)
    assert refused.value.response.status_code == 403
