"""The table: every route of Prefect's API, who may take it, and how their territory is kept.

Rule: what is not in `ALLOWED` is refused. `REFUSED` names the rest, so that a route which a new
Prefect brings is in neither, and a test says so before it reaches anybody.
"""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from models.identity import Role

READERS = frozenset({Role.REFERENT, Role.COORDINATOR, Role.TERRITORY_ADMIN})
ANSWERING = frozenset({Role.REFERENT, Role.COORDINATOR})
OPERATING = frozenset({Role.TERRITORY_ADMIN})


class Kept(Enum):
    """How a route is kept to a territory."""

    SAID_TO_ALL = auto()
    """Nothing of any territory is in it."""
    ANSWERED_HERE = auto()
    """The screen asks for it on every page; it is told nothing, and Prefect is not asked."""
    FORM_CHECKED = auto()
    """A form's fields are compared with its schema; nothing is read, nothing is written."""
    LISTED = auto()
    """Our filter is joined to the caller's by "and"; each item is checked on its way back."""
    RUNS_NAMED = auto()
    """The caller names the runs it asks about: each is checked before."""
    OF_RUN = auto()
    """The run of the path is checked before."""
    FOUND = auto()
    """The one object is checked on its way back."""
    RESUMED = auto()
    """The answer to a form: by the referent of the departure, remembered with who gave it."""
    OF_POOL = auto()
    """The work pool of the path is the territory's."""
    POOL_SET = auto()
    """The same, and only its limit and its pause are changed."""
    OF_DEPLOYMENT = auto()
    """The deployment of the path is the territory's."""
    RECONCILED = auto()
    """A reconciliation is started, of the territory, with our parameters."""


class Mark(StrEnum):
    """What tells whose an item of an answer is."""

    NOTHING = "nothing"
    """Numbers only."""
    DEPLOYMENT = "deployment_id"
    RUN = "flow_run_id"
    STATE_OF_RUN = "state_details.flow_run_id"
    THIS_RUN = "id of a run"
    THIS_DEPLOYMENT = "id of a deployment"
    THIS_FLOW = "id of a flow"
    THIS_POOL = "name of a work pool"


@dataclass(frozen=True)
class Route:
    """One route that somebody may take."""

    method: str
    path: str
    """As Prefect writes it, below ``/api``."""
    roles: frozenset[Role]
    kept: Kept
    mark: Mark = Mark.NOTHING
    query: tuple[str, ...] = ()
    """The parameters of the address that are passed on; no other is."""

    @property
    def name(self) -> str:
        """What a refusal is recorded under."""
        return f"{self.method} {self.path}"


def _listed(path: str, mark: Mark = Mark.NOTHING) -> Route:
    return Route("POST", path, READERS, Kept.LISTED, mark)


ALLOWED: tuple[Route, ...] = (
    # --- The same for everybody.
    Route("GET", "/health", READERS, Kept.SAID_TO_ALL),
    Route("GET", "/ready", READERS, Kept.SAID_TO_ALL),
    Route("GET", "/version", READERS, Kept.SAID_TO_ALL),
    Route("GET", "/admin/version", READERS, Kept.SAID_TO_ALL),
    # Danger: the settings hold addresses, and the events are everybody's. The screen does without.
    Route("GET", "/admin/settings", READERS, Kept.ANSWERED_HERE),
    Route("POST", "/events/filter", READERS, Kept.ANSWERED_HERE),
    Route("POST", "/saved_searches/filter", READERS, Kept.ANSWERED_HERE),
    # --- Runs, which are departures.
    _listed("/flow_runs/filter", Mark.DEPLOYMENT),
    _listed("/flow_runs/paginate", Mark.DEPLOYMENT),
    _listed("/flow_runs/count"),
    _listed("/flow_runs/history"),
    _listed("/flow_runs/lateness"),
    _listed("/ui/flow_runs/history", Mark.THIS_RUN),
    Route("POST", "/ui/flow_runs/count-task-runs", READERS, Kept.RUNS_NAMED),
    Route("GET", "/flow_runs/{id:uuid}", READERS, Kept.FOUND, Mark.DEPLOYMENT),
    Route("GET", "/flow_runs/{id:uuid}/graph", READERS, Kept.OF_RUN),
    Route("GET", "/flow_runs/{id:uuid}/graph-v2", READERS, Kept.OF_RUN, query=("since",)),
    # The form and its description; what was answered is read in the departure, not here.
    Route("GET", "/flow_runs/{id:uuid}/input/{key}", READERS, Kept.OF_RUN),
    Route("POST", "/ui/schemas/validate", ANSWERING, Kept.FORM_CHECKED),
    Route("POST", "/flow_runs/{id:uuid}/resume", ANSWERING, Kept.RESUMED),
    Route(
        "GET", "/flow_run_states/", READERS, Kept.RUNS_NAMED, Mark.STATE_OF_RUN, ("flow_run_id",)
    ),
    Route("GET", "/flow_run_states/{id:uuid}", READERS, Kept.FOUND, Mark.STATE_OF_RUN),
    # --- Tasks, which are acts.
    _listed("/task_runs/filter", Mark.RUN),
    _listed("/task_runs/paginate", Mark.RUN),
    _listed("/task_runs/count"),
    _listed("/task_runs/history"),
    _listed("/ui/task_runs/count"),
    _listed("/ui/task_runs/dashboard/counts"),
    Route("GET", "/task_runs/{id:uuid}", READERS, Kept.FOUND, Mark.RUN),
    Route("GET", "/ui/task_runs/{id:uuid}", READERS, Kept.FOUND, Mark.RUN),
    Route("GET", "/task_run_states/{id:uuid}", READERS, Kept.FOUND, Mark.STATE_OF_RUN),
    # --- Logs and artifacts.
    Route("POST", "/logs/filter", READERS, Kept.RUNS_NAMED, Mark.RUN),
    _listed("/artifacts/filter", Mark.RUN),
    _listed("/artifacts/count"),
    _listed("/artifacts/latest/filter", Mark.RUN),
    _listed("/artifacts/latest/count"),
    Route("GET", "/artifacts/{id:uuid}", READERS, Kept.FOUND, Mark.RUN),
    # --- What the screen names around a run.
    _listed("/flows/filter", Mark.THIS_FLOW),
    _listed("/flows/paginate", Mark.THIS_FLOW),
    _listed("/flows/count"),
    Route("GET", "/flows/{id:uuid}", READERS, Kept.FOUND, Mark.THIS_FLOW),
    _listed("/deployments/filter", Mark.THIS_DEPLOYMENT),
    _listed("/deployments/paginate", Mark.THIS_DEPLOYMENT),
    _listed("/deployments/count"),
    Route("GET", "/deployments/{id:uuid}", READERS, Kept.FOUND, Mark.THIS_DEPLOYMENT),
    _listed("/work_pools/filter", Mark.THIS_POOL),
    _listed("/work_pools/count"),
    Route("GET", "/work_pools/{name}", READERS, Kept.OF_POOL),
    Route("GET", "/work_pools/{work_pool_name}/queues/{name}", READERS, Kept.OF_POOL),
    Route("POST", "/work_pools/{work_pool_name}/queues/filter", READERS, Kept.OF_POOL),
    Route("POST", "/work_pools/{work_pool_name}/workers/filter", READERS, Kept.OF_POOL),
    # --- Operating a territory.
    Route("PATCH", "/work_pools/{name}", OPERATING, Kept.POOL_SET),
    Route("GET", "/deployments/{id:uuid}/schedules", OPERATING, Kept.OF_DEPLOYMENT),
    Route("POST", "/deployments/{id:uuid}/pause_deployment", OPERATING, Kept.OF_DEPLOYMENT),
    Route("POST", "/deployments/{id:uuid}/resume_deployment", OPERATING, Kept.OF_DEPLOYMENT),
    Route("POST", "/deployments/{id:uuid}/create_flow_run", OPERATING, Kept.RECONCILED),
)

_REFUSED_IN_WORDS = """
# Prefect's own machines: workers, flows, watch, door. They speak to it directly, on the loopback.
POST /flow_runs/
PATCH /flow_runs/{id:uuid}
POST /flow_runs/{id:uuid}/input
POST /task_runs/
PATCH /task_runs/{id:uuid}
POST /task_runs/{id:uuid}/set_state
WEBSOCKET /task_runs/subscriptions/scheduled
POST /logs/
POST /artifacts/
PATCH /artifacts/{id:uuid}
POST /events
WEBSOCKET /events/in
POST /flows/
POST /deployments/get_scheduled_flow_runs
POST /work_pools/{name}/get_scheduled_flow_runs
WEBSOCKET /work_pools/{work_pool_name}/workers/connect
POST /work_pools/{work_pool_name}/workers/heartbeat
POST /work_queues/{id:uuid}/get_runs

# Nobody moves a departure by force: a retry wipes its answers, a pause ends in a failure, and what
# is deleted is lost to the screen. The watch heals; an operator has `pnd rebuild`.
POST /flow_runs/{id:uuid}/set_state
POST /flow_runs/bulk_set_state
POST /flow_runs/bulk_delete
DELETE /flow_runs/{id:uuid}
PATCH /flow_runs/{id:uuid}/labels
DELETE /task_runs/{id:uuid}
DELETE /artifacts/{id:uuid}
DELETE /flow_runs/{id:uuid}/input/{key}

# What was answered, or said by others, is not read here.
POST /flow_runs/{id:uuid}/input/filter
GET /flow_runs/{id:uuid}/logs/download
GET /task_run_states/
GET /artifacts/{key}/latest

# Danger: a deployment is a command that the workers run, beside the key of the vault.
POST /deployments/
PATCH /deployments/{id:uuid}
DELETE /deployments/{id:uuid}
POST /deployments/bulk_delete
POST /deployments/{id:uuid}/schedule
POST /deployments/{id:uuid}/create_flow_run/bulk
POST /deployments/{id:uuid}/schedules
PATCH /deployments/{id:uuid}/schedules/{schedule_id:uuid}
DELETE /deployments/{id:uuid}/schedules/{schedule_id:uuid}
GET /deployments/{id:uuid}/work_queue_check
GET /deployments/name/{flow_name}/{deployment_name}
PATCH /flows/{id:uuid}
DELETE /flows/{id:uuid}
POST /flows/bulk_delete
GET /flows/name/{name}
POST /work_pools/
DELETE /work_pools/{name}
POST /work_pools/{name}/concurrency_status
POST /work_pools/{work_pool_name}/queues
PATCH /work_pools/{work_pool_name}/queues/{name}
DELETE /work_pools/{work_pool_name}/queues/{name}
DELETE /work_pools/{work_pool_name}/workers/{name}
POST /work_queues/
PATCH /work_queues/{id:uuid}
GET /work_queues/name/{name}
GET /work_queues/{id:uuid}
POST /work_queues/filter
DELETE /work_queues/{id:uuid}
POST /work_queues/{id:uuid}/concurrency_status
GET /work_queues/{id:uuid}/status

# These mix all territories, and take no filter that keeps them apart. A flow is everybody's.
POST /ui/flows/count-deployments
POST /ui/flows/next-runs
GET /events/filter/next
POST /events/count-by/{countable}
WEBSOCKET /events/out
WEBSOCKET /logs/out
POST /task_workers/filter

# Blocks and variables may hold secrets; none is ours.
POST /block_types/
GET /block_types/{id:uuid}
GET /block_types/slug/{slug}
POST /block_types/filter
PATCH /block_types/{id:uuid}
DELETE /block_types/{id:uuid}
GET /block_types/slug/{slug}/block_documents
GET /block_types/slug/{slug}/block_documents/name/{block_document_name}
POST /block_types/install_system_block_types
POST /block_documents/
POST /block_documents/filter
POST /block_documents/count
GET /block_documents/{id:uuid}
DELETE /block_documents/{id:uuid}
PATCH /block_documents/{id:uuid}
POST /block_schemas/
DELETE /block_schemas/{id:uuid}
POST /block_schemas/filter
GET /block_schemas/{id:uuid}
GET /block_schemas/checksum/{checksum}
GET /block_capabilities/
POST /variables/
GET /variables/{id:uuid}
GET /variables/name/{name:str}
POST /variables/filter
POST /variables/count
PATCH /variables/{id:uuid}
PATCH /variables/name/{name:str}
DELETE /variables/{id:uuid}
DELETE /variables/name/{name:str}

# An automation acts by itself, on anybody's run.
POST /automations/
PUT /automations/{id:uuid}
PATCH /automations/{id:uuid}
DELETE /automations/{id:uuid}
POST /automations/filter
POST /automations/count
GET /automations/{id:uuid}
GET /automations/related-to/{resource_id:str}
DELETE /automations/owned-by/{resource_id:str}
POST /templates/validate
POST /automations/templates/validate

# Shared by all, or of no use here.
PUT /saved_searches/
GET /saved_searches/{id:uuid}
DELETE /saved_searches/{id:uuid}
POST /concurrency_limits/
GET /concurrency_limits/{id:uuid}
GET /concurrency_limits/tag/{tag}
POST /concurrency_limits/filter
POST /concurrency_limits/tag/{tag}/reset
DELETE /concurrency_limits/{id:uuid}
DELETE /concurrency_limits/tag/{tag}
POST /concurrency_limits/increment
POST /concurrency_limits/decrement
POST /v2/concurrency_limits/
GET /v2/concurrency_limits/{id_or_name}
POST /v2/concurrency_limits/filter
PATCH /v2/concurrency_limits/{id_or_name}
DELETE /v2/concurrency_limits/{id_or_name}
POST /v2/concurrency_limits/increment
POST /v2/concurrency_limits/increment-with-lease
POST /v2/concurrency_limits/decrement
POST /v2/concurrency_limits/decrement-with-lease
POST /v2/concurrency_limits/leases/{lease_id}/renew
GET /collections/views/{view}
GET /csrf-token
GET /admin/storage
PUT /admin/storage
DELETE /admin/storage
GET /hello
GET /openapi.json
GET /docs
GET /docs/oauth2-redirect
GET /redoc
"""
REFUSED = frozenset(
    line for line in _REFUSED_IN_WORDS.splitlines() if line and not line.startswith("#")
)

FAMILIES = frozenset(
    path.split("/")[1]
    for path in [route.path for route in ALLOWED] + [name.partition(" ")[2] for name in REFUSED]
)
"""How paths begin: what may be named of one that is refused."""

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SHAPES = {
    "id:uuid": _UUID,
    # Danger: "-response" is what somebody answered.
    "key": r"suspended-[0-9]{1,18}-(?:schema|description)",
    "work_pool_name": r"[A-Za-z0-9][A-Za-z0-9-]{0,60}",
    "name": r"[A-Za-z0-9][A-Za-z0-9-]{0,60}",
}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]+)\}", path)
    # Odd parts are the names between braces.
    shapes = [
        f"({_SHAPES[part]})" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    ]
    return re.compile("".join(shapes).rstrip("/"), re.ASCII)


_PATTERNS = tuple((route, _pattern(route.path)) for route in ALLOWED)


def route_for(method: str, path: str) -> tuple[Route, str] | None:
    """Return the route that this is, and the first thing its path names; None: refused.

    `path` is below ``/api``, decoded. A final slash means nothing, as for Prefect.
    """
    plain = path.removesuffix("/")
    for route, pattern in _PATTERNS:
        found = pattern.fullmatch(plain) if route.method == method else None
        if found:
            return route, found.group(1) if found.groups() else ""
    return None
