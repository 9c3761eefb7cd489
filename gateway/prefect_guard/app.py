"""The guard's application: who is there, which route, whose territory; then Prefect, checked."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from pydantic import SecretStr
from starlette import routing
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.body import read_body
from gateway.guard import Guard
from gateway.prefect_guard import bodies
from gateway.prefect_guard.answers import things_of, without_commands
from gateway.prefect_guard.owners import Owners, deployments_of, pools_of
from gateway.prefect_guard.refusals import Refused, is_navigation, record, said
from gateway.prefect_guard.resume import resume
from gateway.prefect_guard.routes import FAMILIES, Kept, Mark, Route, route_for
from gateway.prefect_guard.screen import SAID_HERE, SCREEN_HEADERS, is_file, screen_settings, show
from gateway.prefect_guard.upstream import Answer, AnswerTooLarge, PrefectAway, Upstream
from models.identity import Identity
from store.away import StoreAway

Who = Callable[[HTTPConnection], Identity | None]
"""Tells who is there, by their session; None: nobody."""

_RECONCILIATION = "rapprochement-"


def create_guard(
    who: Who, prefect_url: str, credential: SecretStr, login_url: str = "/connexion"
) -> ASGIApp:
    """Return what stands in front of Prefect. It has a host name, or a port, of its own: the
    screen wants to be at the root.
    """
    upstream = Upstream(prefect_url, credential)
    guard = _Guard(who, upstream, Owners(upstream), login_url)

    @asynccontextmanager
    async def line(_app: Starlette) -> AsyncIterator[None]:
        yield
        await upstream.close()

    routes = [routing.Route("/health", _health), routing.Mount("", app=guard)]
    return Guard(Starlette(routes=routes, lifespan=line), SCREEN_HEADERS)


def _health(_: Request) -> Response:
    """Say to anybody that the process answers, and nothing else."""
    return JSONResponse({"state": "up"}, headers={"cache-control": "no-store"})


@dataclass
class _Asked:
    """One thing asked of Prefect's API by somebody."""

    route: Route
    named: str
    """The first thing that the path names: a run, a deployment, a pool."""
    path: str
    territories: frozenset[str]
    body: bodies.Body
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class _Guard:
    who: Who
    upstream: Upstream
    owners: Owners
    login_url: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take whatever comes, whatever its method."""
        if scope["type"] == "websocket":
            await self.hang_up(WebSocket(scope, receive, send))
            return
        answer = await self.answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer anything asked over HTTP."""
        identity = None
        try:
            identity = await self._identity(request)
            if request.url.path.startswith("/api/"):
                return await self._through(request, identity)
            return await self._screen(request)
        except Refused as refused:
            return await self._refuse(request, identity, refused)
        except (PrefectAway, StoreAway) as away:
            return await self._refuse(request, identity, Refused(503, type(away).__name__))

    async def _refuse(
        self, request: Request, identity: Identity | None, refused: Refused
    ) -> Response:
        try:
            await record(identity, _what(request), refused)
        except StoreAway as away:
            return said(request, Refused(503, type(away).__name__))
        if refused.status == 401 and is_navigation(request):
            return RedirectResponse(self.login_url, 303)
        return said(request, refused)

    async def hang_up(self, websocket: WebSocket) -> None:
        """Refuse a websocket: it carries what happens to everybody, and the screen does without."""
        # Rule: it is refused, whether or not the store can say to whom.
        with suppress(StoreAway):
            identity = await run_in_threadpool(self.who, websocket)
            await record(identity, _what(websocket), Refused(403, "websocket"))
        await websocket.close()

    async def _identity(self, request: Request) -> Identity:
        identity = await run_in_threadpool(self.who, request)
        if identity is None:
            raise Refused(401, "nobody")
        return identity

    async def _screen(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in ("GET", "HEAD"):
            raise Refused(403, "route_not_allowed")
        if path == "/ui-settings":
            return await screen_settings()
        if not is_file(path) and not is_navigation(request):
            raise Refused(404, "file_missing")
        return await show(self.upstream, path)

    async def _through(self, request: Request, identity: Identity) -> Response:
        try:
            asked = await self._understood(request, identity)
            answer = await self._asked_of_prefect(asked, identity)
        except bodies.BodyRefused as refused:
            raise Refused(400, refused.code) from None
        except AnswerTooLarge:
            raise Refused(502, "answer_too_large") from None
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        return Response(answer.content, answer.status, headers)

    async def _understood(self, request: Request, identity: Identity) -> _Asked:
        path = request.url.path.removeprefix("/api")
        found = route_for(request.method, path)
        if found is None:
            raise Refused(403, "route_not_allowed")
        route, named = found
        territories = identity.territories(*route.roles)
        if not territories:
            raise Refused(403, "role")
        _refuse_other_sites(request)
        try:
            body = bodies.read_json(await read_body(request))
        except HTTPException:
            raise Refused(413, "body_too_large") from None
        # A final slash as Prefect writes it: it would answer with a redirection otherwise.
        path = path.removesuffix("/") + ("/" if route.path.endswith("/") else "")
        said_there = request.query_params
        query = {key: said_there[key] for key in route.query if key in said_there}
        named = named.lower() if "{id:uuid}" in route.path else named
        return _Asked(route, named, quote(path), territories, body, query)

    async def _asked_of_prefect(self, asked: _Asked, identity: Identity) -> Answer:
        """Check before, ask, check after."""
        route, body = asked.route, None
        match route.kept:
            case Kept.LISTED:
                names = deployments_of(asked.territories)
                if route.mark is Mark.THIS_POOL or route.path.startswith("/work_pools"):
                    names = pools_of(asked.territories)
                body = bodies.within(route.path, asked.body, names)
            case Kept.RUNS_NAMED:
                runs = bodies.runs_named(route.path, asked.body, asked.query)
                await self._must_be(asked, Mark.THIS_RUN, {str(run) for run in runs})
                body = asked.body if route.method == "POST" else None
            case Kept.FORM_CHECKED:
                body = bodies.form_to_check(asked.body)
            case Kept.OF_RUN:
                await self._must_be(asked, Mark.THIS_RUN, {asked.named})
            case Kept.RESUMED:
                await self._must_be(asked, Mark.THIS_RUN, {asked.named})
                return await resume(self.upstream, identity, asked.named, asked.body)
            case Kept.OF_POOL | Kept.POOL_SET:
                await self._must_be(asked, Mark.THIS_POOL, {asked.named})
                body = asked.body if route.method == "POST" else None
                if route.kept is Kept.POOL_SET:
                    body = bodies.pool_settings(asked.body)
            case Kept.OF_DEPLOYMENT:
                await self._must_be(asked, Mark.THIS_DEPLOYMENT, {asked.named})
            case Kept.RECONCILED:
                await self._must_be(asked, Mark.THIS_DEPLOYMENT, {asked.named})
                body = await self._reconciliation(asked)
            case Kept.ANSWERED_HERE:
                return Answer(200, json.dumps(SAID_HERE[route.path]).encode())
            case Kept.SAID_TO_ALL | Kept.FOUND:
                pass
        answer = await self.upstream.ask(route.method, asked.path, body, asked.query)
        return await self._checked(asked, answer)

    async def _must_be(self, asked: _Asked, mark: Mark, things: set[str]) -> None:
        if not await self.owners.all_within(mark, things, asked.territories):
            # Nobody is told whether it exists.
            raise Refused(404, "other_territory")

    async def _checked(self, asked: _Asked, answer: Answer) -> Answer:
        """Hold back an answer that shows anything of another territory, whatever was filtered."""
        if answer.status >= 500:
            raise PrefectAway
        if 300 <= answer.status < 400:
            raise Refused(502, "redirection")
        if not answer.is_success:
            return answer
        try:
            things = things_of(asked.route.mark, answer)
            answer = without_commands(answer)
        except ValueError:
            raise Refused(502, "answer_not_understood") from None
        if not await self.owners.all_within(asked.route.mark, things, asked.territories):
            one = asked.route.kept is Kept.FOUND
            raise Refused(404 if one else 502, "answer_of_another_territory")
        return answer

    async def _reconciliation(self, asked: _Asked) -> bodies.Body:
        # Danger: a departure's own run is given by the watch, once, under its key.
        deployment = await self.owners.deployment(asked.named)
        if deployment is None or not deployment.name.startswith(_RECONCILIATION):
            raise Refused(403, "not_a_reconciliation")
        return {"parameters": {"territory": deployment.name.removeprefix(_RECONCILIATION)}}


def _refuse_other_sites(request: Request) -> None:
    """Refuse what the page of another site asks in the visitor's name. Browsers say whose page."""
    origin = request.headers.get("origin")
    if request.method == "GET" or origin is None:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "other_site")


def _what(connection: HTTPConnection) -> str:
    """Return the name of the route, for the record: never what its path holds."""
    path = connection.url.path
    if not path.startswith("/api/"):
        return "screen"
    method = connection.scope.get("method", "WEBSOCKET")
    found = route_for(method, path.removeprefix("/api"))
    start = path.split("/")[2]
    # Danger: what somebody typed must not reach a log.
    return found[0].name if found else f"{method} /{start if start in FAMILIES else '…'}"
