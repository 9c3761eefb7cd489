"""The files of Prefect's V1 screen, and what its pages may load: from here, and nowhere else."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from gateway.guard import HEADERS
from gateway.prefect_guard.refusals import Refused
from gateway.prefect_guard.upstream import Upstream

SCREEN_HEADERS = {
    **{name: value for name, value in HEADERS.items() if name != "Cache-Control"},
    "Content-Security-Policy": (
        # Danger: 'unsafe-eval' is for the graph of a run, which writes its own drawing code and
        # breaks the page without. No script comes from elsewhere, and none is written in a page.
        "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}
SAID_HERE: Mapping[str, Any] = {
    "/admin/settings": {"PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": False},
    "/events/filter": {"events": [], "total": 0, "next_page": None},
    "/saved_searches/filter": [],
}
"""What the screen is told in Prefect's place."""
_FILE = re.compile(
    r"/(?:assets/[A-Za-z0-9_][A-Za-z0-9_.-]*|ico/[A-Za-z0-9_][A-Za-z0-9_.-]*"
    r"|[A-Za-z0-9_][A-Za-z0-9_-]*\.(?:svg|ico|txt|png))",
    re.ASCII,
)
_PAGE = "/"
_KEPT_HEADERS = ("content-type", "content-length", "etag", "last-modified")
_NAMED_BY_CONTENT = "private, max-age=604800, immutable"
"""A week: the name of such a file changes with what is in it."""


def is_file(path: str) -> bool:
    """Whether this is a file of the screen."""
    return _FILE.fullmatch(path) is not None


async def show(upstream: Upstream, path: str) -> Response:
    """Return a file of the screen, or its one page. Raises `Refused`, `PrefectAway`."""
    wanted = path if is_file(path) else _PAGE
    opened = upstream.file(wanted)
    status, headers, content = await opened.__aenter__()

    async def streamed() -> AsyncIterator[bytes]:
        try:
            async for part in content:
                yield part
        finally:
            await opened.__aexit__(None, None, None)

    if status != 200:
        await opened.__aexit__(None, None, None)
        raise Refused(404, "file_missing")
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    kept["cache-control"] = _NAMED_BY_CONTENT if wanted.startswith("/assets/") else "no-store"
    return StreamingResponse(streamed(), 200, kept)


async def screen_settings() -> Response:
    """Tell the screen where the API is, and to ask for no password: who is there is known."""
    settings: Mapping[str, Any] = {
        "api_url": "/api",
        "csrf_enabled": False,
        "auth": None,
        "flags": [],
        "default_ui": "v1",
        "available_uis": ["v1"],
        "v1_base_url": "/",
        "v2_base_url": None,
    }
    return JSONResponse(settings, headers={"cache-control": "no-store"})
