"""The access matrix: who, whose thing, which route; what comes back, from a real Prefect.

One table, below; every case is a request that is really made. What is allowed is seen, what is not
is refused, and in neither is a word of another territory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.guard.conftest import PEOPLE, Guarded
from tests.guard.ground import Planted

Make = Callable[[Planted], Any]

READS = {
    "ref-21-1": {"21"},
    "ref-21-2": {"21"},
    "ref-974-1": {"974"},
    "ref-both": {"21", "974"},
    "coord-21": {"21"},
    "admin-21": {"21"},
    "admin-974": {"974"},
    "ref-21-admin-974": {"21", "974"},
    "prescriber-21": set(),
    "agent-21": set(),
    "auditor-21": set(),
    "nobody": set(),
}
OPERATES = {"admin-21": {"21"}, "admin-974": {"974"}, "ref-21-admin-974": {"974"}}
ANSWERS = {
    "ref-21-1": {"21"},
    "ref-974-1": {"974"},
    "coord-21": {"21"},
}
WIDE = {"start": "2020-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}


@dataclass(frozen=True)
class Line:
    """One line of the matrix: a route, made for a thing of some territory."""

    method: str
    path: Make
    who: dict[str, set[str]]
    """Who may, where."""
    body: Make = lambda _: None
    listed: bool = False
    """Whether what is not theirs is left out, rather than refused."""
    wide: bool = False
    """Whether it asks for everything there is."""
    told: bool = True
    """Whether the word that was planted is in what comes back."""


def _get(path: str, *, told: bool = True) -> Line:
    return Line("GET", lambda it: path.format(it=it), READS, told=told)


def _posted(path: str) -> Line:
    return Line("POST", lambda it: path.format(it=it), READS, lambda _: {}, told=False)


def _listing(path: str, body: Make | None = None, *, told: bool = True) -> Line:
    asked = body or (lambda _: {})
    return Line("POST", lambda _: path, READS, asked, listed=True, wide=body is None, told=told)


def _operating(method: str, path: str, body: Make = lambda _: None) -> Line:
    return Line(method, lambda it: path.format(it=it), OPERATES, body, told=False)


def _never(method: str, path: str, body: Make = lambda _: {}) -> Line:
    return Line(method, lambda it: path.format(it=it), {}, body)


def _by_run(it: Planted) -> Any:
    return {"flow_runs": {"id": {"any_": [it.run]}}}


def _of_runs(it: Planted) -> Any:
    return {"flow_run_ids": [it.run]}


def _logs(it: Planted) -> Any:
    return {"logs": {"flow_run_id": {"any_": [it.run]}}}


MATRIX: tuple[Line, ...] = (
    # --- Read: one thing.
    _get("/flow_runs/{it.run}"),
    _get("/flow_runs/{it.run}/graph"),
    _get("/flow_runs/{it.run}/graph-v2"),
    _get("/flow_runs/{it.run}/input/suspended-1-schema", told=False),
    _get("/flow_runs/{it.run}/input/suspended-1-description"),
    _get("/flow_run_states/{it.state}"),
    _get("/flow_run_states/?flow_run_id={it.run}"),
    _get("/flow_run_states?flow_run_id={it.run}"),
    _get("/task_runs/{it.task_run}"),
    _get("/ui/task_runs/{it.task_run}"),
    _get("/artifacts/{it.artifact}"),
    _get("/deployments/{it.deployment}", told=False),
    _get("/work_pools/{it.pool}", told=False),
    _get("/work_pools/{it.pool}/queues/default", told=False),
    _posted("/work_pools/{it.pool}/queues/filter"),
    _posted("/work_pools/{it.pool}/workers/filter"),
    # --- Read: what the screen lists, asked for widely, then for one thing by name.
    _listing("/flow_runs/filter"),
    _listing("/flow_runs/filter", _by_run),
    _listing("/flow_runs/paginate"),
    _listing("/flow_runs/paginate", lambda it: {"flow_runs": {"name": {"any_": [it.word]}}}),
    _listing("/task_runs/filter"),
    _listing("/task_runs/filter", _by_run),
    _listing("/task_runs/paginate"),
    _listing("/artifacts/filter"),
    _listing("/artifacts/filter", lambda it: {"artifacts": {"id": {"any_": [it.artifact]}}}),
    _listing("/artifacts/latest/filter"),
    _listing("/deployments/filter", told=False),
    _listing("/deployments/paginate", told=False),
    _listing("/flows/filter", told=False),
    _listing("/flows/paginate", told=False),
    _listing("/work_pools/filter", told=False),
    Line("POST", lambda _: "/logs/filter", READS, _logs),
    Line("POST", lambda _: "/ui/flow_runs/count-task-runs", READS, _of_runs, told=False),
    # --- Operate.
    _operating("PATCH", "/work_pools/{it.pool}", lambda _: {"concurrency_limit": 4}),
    _operating("PATCH", "/work_pools/{it.pool}", lambda _: {"is_paused": False}),
    _operating("GET", "/deployments/{it.deployment}/schedules"),
    _operating("POST", "/deployments/{it.deployment}/pause_deployment"),
    _operating("POST", "/deployments/{it.deployment}/resume_deployment"),
    # --- Never, by anybody.
    _never("POST", "/flow_runs/{it.run}/set_state", lambda _: {"state": {"type": "CANCELLED"}}),
    _never("POST", "/flow_runs/bulk_set_state"),
    _never("POST", "/flow_runs/bulk_delete"),
    _never("DELETE", "/flow_runs/{it.run}"),
    _never("PATCH", "/flow_runs/{it.run}", lambda it: {"tags": ["territoire:21"]}),
    _never("GET", "/flow_runs/{it.run}/input/suspended-0-response"),
    _never("GET", "/flow_runs/{it.run}/input/q0"),
    _never("POST", "/flow_runs/{it.run}/input", lambda _: {"key": "k", "value": "v"}),
    _never("POST", "/flow_runs/{it.run}/input/filter", lambda _: {"prefix": "suspended"}),
    _never("DELETE", "/flow_runs/{it.run}/input/suspended-1-schema"),
    _never("GET", "/flow_runs/{it.run}/logs/download"),
    _never("POST", "/task_runs/{it.task_run}/set_state"),
    _never("DELETE", "/artifacts/{it.artifact}"),
    _never("GET", "/artifacts/{it.key}/latest"),
    _never("PATCH", "/deployments/{it.deployment}", lambda _: {"paused": True}),
    _never("DELETE", "/deployments/{it.deployment}"),
    _never("POST", "/deployments/", lambda it: {"name": it.pool, "flow_id": it.flow}),
    _never("POST", "/deployments/{it.deployment}/create_flow_run"),
    _never("PATCH", "/work_pools/{it.pool}", lambda _: {"base_job_template": {}}),
    _never("PATCH", "/work_pools/{it.pool}", lambda _: {"concurrency_limit": 0}),
    _never("DELETE", "/work_pools/{it.pool}"),
    _never("POST", "/block_documents/filter", lambda _: {"include_secrets": True}),
    _never("POST", "/variables/filter"),
    _never("GET", "/events/filter/next"),
    _never("POST", "/ui/flows/next-runs", lambda it: {"flow_ids": [it.flow]}),
    _never("POST", "/automations/"),
    _never("GET", "/admin/storage"),
    _never("POST", "/logs/filter"),
    # --- Filters that would widen what is seen.
    _never("POST", "/flow_runs/filter", lambda _: {"deployments": {"operator": "or_"}}),
    _never("POST", "/flow_runs/count", lambda _: {"deployments": {"operator": "or_"}}),
    _never("POST", "/logs/filter", lambda it: {"logs": {**_logs(it)["logs"], "operator": "or_"}}),
)


def _cases(who: str) -> Iterator[tuple[Line, str]]:
    return ((line, territory) for line in MATRIX for territory in ("21", "974"))


def test_the_matrix_is_as_large_as_it_is_said_to_be() -> None:
    assert sum(1 for who in READS for _ in _cases(who)) >= 300
    assert set(READS) == {*PEOPLE, "nobody"}


@pytest.mark.parametrize("who", READS)
def test_who_sees_and_does_what(guarded: Guarded, who: str) -> None:
    wrong = []
    with guarded.as_(who) as client:
        for line, territory in _cases(who):
            thing = guarded.here if territory == "21" else guarded.there
            path = line.path(thing)
            answer = client.request(line.method, f"/api{path}", json=line.body(thing))
            told = {p.territory for p in (guarded.here, guarded.there) if p.word in answer.text}
            fault = _fault(line, who, territory, answer.status_code, told)
            if fault:
                wrong.append(f"{line.method} {path}: {answer.status_code}, {fault}")
    assert not wrong, "\n".join(wrong)


def _fault(line: Line, who: str, territory: str, status: int, told: set[str]) -> str:
    """Return what is wrong with an answer; nothing when it is right."""
    theirs = line.who.get(who, set())
    if told - theirs:
        return f"shows {told - theirs}"
    allowed = bool(theirs) if line.listed else territory in theirs
    if allowed != (200 <= status < 300):
        return "should be allowed" if allowed else "should be refused"
    if not allowed and status not in (400, 401, 403, 404):
        return "is refused otherwise than it should be"
    expected = theirs if line.wide else {territory} & theirs
    if allowed and line.told and told != expected:
        return f"shows {told or 'nothing'}, not {expected or 'nothing'}"
    return ""


@pytest.mark.parametrize("who", READS)
def test_a_form_is_answered_by_those_who_answer_for_the_departure(
    guarded: Guarded, who: str
) -> None:
    with guarded.as_(who) as client:
        for thing in (guarded.here, guarded.there):
            # No such field in the form: Prefect says no, so that it can be tried by everybody.
            body = {"run_input": {"q999": "Oui"}}
            answer = client.post(f"/api/flow_runs/{thing.run}/resume", json=body)
            passed = answer.status_code == 200 and answer.json()["status"] == "REJECT"
            assert passed == (thing.territory in ANSWERS.get(who, set())), answer.text


def test_the_screen_is_told_nothing_of_events_settings_and_searches(guarded: Guarded) -> None:
    with guarded.as_("ref-21-1") as client:
        assert client.post("/api/events/filter", json={}).json()["events"] == []
        assert client.post("/api/saved_searches/filter", json={}).json() == []
        told = client.get("/api/admin/settings").json()
    assert told == {"PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": False}


def test_what_workers_run_is_shown_to_nobody(guarded: Guarded) -> None:
    with guarded.as_("admin-21") as client:
        pool = client.get(f"/api/work_pools/{guarded.here.pool}").json()
        deployment = client.get(f"/api/deployments/{guarded.here.deployment}").json()
        listed = client.post("/api/deployments/paginate", json={}).json()["results"]
    assert pool["base_job_template"] == {}
    assert deployment["job_variables"] == {}
    assert listed
    assert all(one["job_variables"] == {} for one in listed)


@pytest.mark.parametrize(
    "body",
    [
        {"run_input": {"__prefect_kind": "jinja", "template": "{{ 1 }}"}},
        {"run_input": {"q1": {"__prefect_kind": "workspace_variable", "variable_name": "v"}}},
        {"run_input": {"q1": "x" * 501}},
        {"run_input": {"q1": None}},
        {"run_input": ["q1"]},
        {"run_input": {f"q{n}": "Oui" for n in range(101)}},
        {"run_input": {}, "state": "COMPLETED"},
        ["run_input"],
    ],
)
def test_a_form_holds_choices_and_nothing_else(guarded: Guarded, body: Any) -> None:
    with guarded.as_("ref-21-1") as client:
        answer = client.post(f"/api/flow_runs/{guarded.here.run}/resume", json=body)
        assert answer.status_code == 400, answer.text
        checked = client.post("/api/ui/schemas/validate", json={"schema": {}, "values": body})
        assert checked.status_code == 400


def test_counts_are_those_of_the_territory(guarded: Guarded) -> None:
    counted = ("/flow_runs/count", "/task_runs/count", "/artifacts/count", "/deployments/count")
    with guarded.as_("ref-21-1") as client:
        for path in counted:
            names = {"name": {"any_": ["depart-21", "rapprochement-21"]}}
            theirs = guarded.prefect.post(f"/api{path}", json={"deployments": names}).json()
            assert client.post(f"/api{path}", json={}).json() == theirs, path
            other = {"name": {"any_": ["depart-974"]}}
            assert client.post(f"/api{path}", json={"deployments": other}).json() == 0, path


def test_a_flow_shared_by_all_does_not_tell_of_runs_elsewhere(guarded: Guarded) -> None:
    asked = {"flow_runs": {"name": {"any_": [guarded.there.word]}}}
    absent = {"flow_runs": {"name": {"any_": ["no such run"]}}}
    with guarded.as_("ref-21-1") as client:
        told = client.post("/api/flows/count", json=asked).json()
        assert told == client.post("/api/flows/count", json=absent).json()


def test_an_administrator_starts_a_reconciliation_of_their_territory_only(guarded: Guarded) -> None:
    body = {"parameters": {"territory": "974"}, "tags": ["x"], "name": guarded.there.word}
    with guarded.as_("admin-21") as client:
        mine = f"/api/deployments/{guarded.here.reconciliation}/create_flow_run"
        started = client.post(mine, json=body)
        assert started.status_code == 201
        assert started.json()["parameters"] == {"territory": "21"}
        assert guarded.there.word not in started.text
        theirs = f"/api/deployments/{guarded.there.reconciliation}/create_flow_run"
        assert client.post(theirs, json=body).status_code == 404
    guarded.prefect.delete(f"/api/flow_runs/{started.json()['id']}")
