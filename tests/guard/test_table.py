"""The table names every route of the Prefect that is installed, each once."""

from gateway.prefect_guard.routes import ALLOWED, REFUSED
from tests.guard.prefect_routes import prefect_routes

_ALLOWED = {route.name for route in ALLOWED}


def test_every_route_of_prefect_is_allowed_or_refused_by_name() -> None:
    theirs = {f"{method} {path}" for method, path in prefect_routes()}
    assert theirs == _ALLOWED | REFUSED


def test_no_route_is_both() -> None:
    assert not _ALLOWED & REFUSED
    assert len(_ALLOWED) == len(ALLOWED)


def test_nothing_that_moves_deletes_or_writes_is_in_the_table_but_what_is_written_here() -> None:
    moving = {route.name for route in ALLOWED if not _only_reads(route.method, route.path)}
    assert moving == {
        "POST /flow_runs/{id:uuid}/resume",
        "POST /ui/schemas/validate",
        "PATCH /work_pools/{name}",
        "POST /deployments/{id:uuid}/pause_deployment",
        "POST /deployments/{id:uuid}/resume_deployment",
        "POST /deployments/{id:uuid}/create_flow_run",
    }


def _only_reads(method: str, path: str) -> bool:
    reading = ("/filter", "/paginate", "/count", "/counts", "/history", "/lateness")
    return method == "GET" or path.endswith((*reading, "/count-task-runs"))
