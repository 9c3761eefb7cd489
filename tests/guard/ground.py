"""Two territories with a departure each: runs, acts, logs, artifacts, states, forms, all planted
with a word that must not be seen from the other.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from models.danger import DangerBand
from models.departure import Departure
from models.person import Scheme
from models.territory import PathwayCode
from store.engine import session

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_SCHEMA = {
    "title": "Formulaire",
    "type": "object",
    "properties": {
        "q1": {"type": "string", "enum": ["Plus tard", "Oui"], "default": "Plus tard"},
        "agir": {"type": "string", "default": "Rien d'autre"},
    },
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Planted:
    """What was planted in Prefect for one territory. Every id as its text."""

    territory: str
    word: str
    """In every text of it."""
    referent: str
    run: str
    task_run: str
    state: str
    task_state: str
    artifact: str
    key: str
    deployment: str
    reconciliation: str
    flow: str
    pool: str

    @property
    def ids(self) -> set[str]:
        """What must not be seen either."""
        return {self.run, self.task_run, self.state, self.task_state, self.artifact}


def plant(api: httpx.Client, territory: str, referent: str) -> Planted:
    """Plant a departure of a territory, asleep on its form."""
    word = f"MARQUE{territory}"
    pool = f"depart-{territory}"
    found = {
        one["name"]: one
        for one in _ask(api, "POST", "/deployments/filter", {"limit": 200})
        if one["name"].endswith(f"-{territory}")
    }
    deployment = found[pool]
    run = _ask(
        api,
        "POST",
        f"/deployments/{deployment['id']}/create_flow_run",
        {"name": word, "parameters": {"reference": word}, "tags": [word], "idempotency_key": word},
    )
    number = run["id"]
    state = _moves(api, f"/flow_runs/{number}", "RUNNING", word)
    task = _ask(
        api,
        "POST",
        "/task_runs/",
        {
            "name": word,
            "flow_run_id": number,
            "task_key": word,
            "dynamic_key": word,
            "tags": [word],
        },
    )
    task_state = _moves(api, f"/task_runs/{task['id']}", "RUNNING", word)
    artifact = _ask(
        api,
        "POST",
        "/artifacts/",
        {
            "key": word.lower(),
            "type": "markdown",
            "data": word,
            "description": word,
            "flow_run_id": number,
            "task_run_id": task["id"],
        },
    )
    log = {"name": word, "level": 20, "message": word, "timestamp": NOW.isoformat()}
    _ask(api, "POST", "/logs/", [{**log, "flow_run_id": number, "task_run_id": task["id"]}])
    _sleeps(api, number, word)
    _carried(territory, referent, number)
    return Planted(
        territory=territory,
        word=word,
        referent=referent,
        run=number,
        task_run=task["id"],
        state=state,
        task_state=task_state,
        artifact=artifact["id"],
        key=word.lower(),
        deployment=deployment["id"],
        reconciliation=found[f"rapprochement-{territory}"]["id"],
        flow=deployment["flow_id"],
        pool=pool,
    )


def _sleeps(api: httpx.Client, run: str, word: str) -> None:
    keyset = {part: f"suspended-1-{part}" for part in ("schema", "description", "response")}
    details = {"pause_key": "1", "pause_reschedule": True, "run_input_keyset": keyset}
    suspended = {"type": "PAUSED", "name": "Suspended", "message": word, "state_details": details}
    body = {"state": suspended, "force": True}
    _ask(api, "POST", f"/flow_runs/{run}/set_state", body)
    for part, value in (("schema", _SCHEMA), ("description", word)):
        body = {"key": keyset[part], "value": json.dumps(value)}
        _ask(api, "POST", f"/flow_runs/{run}/input", body)
    body = {"key": "suspended-0-response", "value": json.dumps({"q0": word})}
    _ask(api, "POST", f"/flow_runs/{run}/input", body)


def _carried(territory: str, referent: str, run: str) -> None:
    with session() as opened:
        opened.add(
            Departure(
                reference=f"{territory}-ABCDEF",
                referral_id=uuid4(),
                fingerprint="invented",
                territory=territory,
                referent=referent,
                danger=DangerBand.WATCH,
                scheme=next(iter(Scheme)),
                pathway=next(iter(PathwayCode)),
                opened_at=NOW,
                flow_run=UUID(run),
            )
        )


def _moves(api: httpx.Client, path: str, to: str, word: str) -> str:
    body = {"state": {"type": to, "message": word}, "force": True}
    moved: str = _ask(api, "POST", f"{path}/set_state", body)["state"]["id"]
    return moved


def _ask(api: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    answer = api.request(method, f"/api{path}", json=body)
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
