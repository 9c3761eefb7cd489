"""Every route that the installed Prefect has, as its application tells them."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import iter_route_contexts
from prefect.server.api.server import create_api_app


def prefect_routes() -> list[tuple[str, str]]:
    """Return each method and path below ``/api``; a websocket is a method of its own."""
    return sorted(set(_routes(create_api_app().routes)))


def _routes(routes: Any) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(routes):
        # What is not of FastAPI's making, such as a websocket, has its path on itself.
        original: Any = context.original_route
        methods = getattr(original, "methods", None) or {"WEBSOCKET"}
        for method in methods - {"HEAD"}:
            yield method, str(getattr(context, "path", None) or original.path)
