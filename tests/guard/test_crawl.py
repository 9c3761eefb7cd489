"""Every route of Prefect, tried by a referent of the 21 in every way that could show the 974."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.guard.conftest import Guarded
from tests.guard.ground import Planted
from tests.guard.prefect_routes import prefect_routes

_PARAMETER = re.compile(r"\{([^}:]+)(?::[^}]+)?\}")
_MOST_WAYS = 12


def _values(name: str, here: Planted, there: Planted) -> list[str]:
    """What may stand for a part of a path; what is theirs first."""
    if name == "id":
        return [*there.ids, there.deployment, there.reconciliation, there.flow]
    if name == "schedule_id":
        return [there.deployment]
    if name == "key":
        inputs = [f"suspended-1-{part}" for part in ("schema", "description")]
        return [*inputs, "suspended-0-response", there.key, f"..%2f..%2f{there.run}"]
    if name in ("work_pool_name", "name", "deployment_name"):
        return [there.pool, f"{here.pool}%2f..%2f{there.pool}", "default"]
    if name == "flow_name":
        return ["Départ"]
    if name == "countable":
        return ["day", "resource", "event"]
    if name == "view":
        return ["aggregate-worker-metadata"]
    if name == "resource_id":
        return [f"prefect.flow-run.{there.run}"]
    return [there.run]


def _paths(path: str, here: Planted, there: Planted) -> Iterator[str]:
    names = _PARAMETER.findall(path)
    ways = product(*(_values(name, here, there) for name in names))
    for _, way in zip(range(_MOST_WAYS), ways, strict=False):
        values = iter(way)
        yield _PARAMETER.sub(lambda _, values=values: next(values), path)  # type: ignore[misc]


def _bodies(there: Planted) -> list[Any]:
    """What a caller may send to be told of others."""
    run = {"id": {"any_": [there.run]}}
    named = {"name": {"any_": [there.pool]}}
    either = {"operator": "or_", "name": {"any_": ["depart-21"]}, "id": {"not_any_": []}}
    history = {
        "history_start": "2026-01-01T00:00:00Z",
        "history_end": "2027-12-31T00:00:00Z",
        "history_interval_seconds": 86400,
    }
    return [
        None,
        {"limit": 200},
        {**history, "flow_runs": run},
        {"flow_runs": run, "task_runs": {"id": {"any_": [there.task_run]}}},
        {"flow_runs": {"operator": "or_", "id": {"not_any_": []}, "name": {"like_": "MARQUE"}}},
        {"deployments": named, "work_pools": named, "limit": 200},
        {"deployments": either, "work_pools": either, "flow_runs": either},
        {"deployments": None, "work_pools": None, "flow_runs": None},
        {
            "flow_run_ids": [there.run],
            "flow_ids": [there.flow],
            "deployment_ids": [there.deployment],
        },
        {"logs": {"flow_run_id": {"any_": [there.run]}}},
        {"logs": {"task_run_id": {"any_": [there.task_run]}}},
        {"artifacts": {"key": {"any_": [there.key]}}},
        {"filter": {"resource": {"id": [f"prefect.flow-run.{there.run}"]}}},
        {"prefix": "suspended", "limit": 50},
    ]


def test_no_route_shows_a_referent_one_word_of_another_territory(guarded: Guarded) -> None:
    here, there = guarded.here, guarded.there
    shown, tried, answered = [], 0, set()
    with guarded.as_(here.referent) as client:
        for method, path in prefect_routes():
            if method == "WEBSOCKET":
                continue
            for way, body in _requests(method, path, here, there):
                query = {"flow_run_id": there.run, "task_run_id": there.task_run}
                answer = client.request(method, f"/api{way}", params=query, json=body)
                tried += 1
                answered |= {path} if answer.is_success else set()
                if _shows(answer.text + str(answer.headers), there, f"{way}{body}{query}"):
                    shown.append(f"{method} {way} {body}")
    assert not shown, "\n".join(shown)
    # The crawl is one: it asked for much, and what a referent may ask was answered.
    assert tried > 700
    assert {"/flow_runs/filter", "/task_runs/filter", "/artifacts/filter"} <= answered
    # And what is planted is there to be seen, by whoever may.
    with guarded.as_("ref-974-1") as client:
        seen = client.post("/api/flow_runs/filter", json={}).text
        assert _shows(seen, there, "")


def _requests(method: str, path: str, here: Planted, there: Planted) -> Iterator[tuple[str, Any]]:
    """Return what is asked on one route: every thing it may name, or everything it may be sent."""
    if method in ("GET", "DELETE"):
        return product(_paths(path, here, there), [None])
    if "{" in path:
        return product(_paths(path, here, there), [{}, {"prefix": "suspended", "limit": 50}])
    return product([path], _bodies(there))


def _shows(told: str, there: Planted, asked: str) -> bool:
    """Whether an answer holds a word of the other territory; what was asked may be said back."""
    hidden = {one for one in {there.word, *there.ids} if one not in asked}
    return any(one in told for one in hidden)
