"""What comes back from Prefect: whose each item is, and what is taken out before it leaves."""

import json
from collections.abc import Iterator
from typing import Any

from gateway.prefect_guard.routes import Mark
from gateway.prefect_guard.upstream import Answer

# Danger: what workers are told to run, and the variables they run it with, may hold a secret.
_TAKEN_OUT = ("base_job_template", "job_variables")


def things_of(mark: Mark, answer: Answer) -> set[str]:
    """Return what tells whose the items of an answer are; an item that does not say is nobody's.

    Raises `ValueError` when it is no JSON.
    """
    if mark is Mark.NOTHING:
        return set()
    return {_told_by(mark, item) for item in _items(answer.json())}


def without_commands(answer: Answer) -> Answer:
    """Return an answer without what workers run. Raises `ValueError` when it is no JSON."""
    if not any(name.encode() in answer.content for name in _TAKEN_OUT):
        return answer
    said = answer.json()
    for item in _items(said):
        if isinstance(item, dict):
            item.update({name: {} for name in _TAKEN_OUT if name in item})
    return Answer(answer.status, json.dumps(said).encode())


def _items(answer: Any) -> Iterator[Any]:
    listed = answer.get("results", answer) if isinstance(answer, dict) else answer
    yield from listed if isinstance(listed, list) else [listed]


def _told_by(mark: Mark, item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    match mark:
        case Mark.DEPLOYMENT:
            said = item.get("deployment_id")
        case Mark.RUN:
            said = item.get("flow_run_id")
        case Mark.STATE_OF_RUN:
            said = (item.get("state_details") or {}).get("flow_run_id")
        case Mark.THIS_POOL:
            said = item.get("name")
        case _:
            said = item.get("id")
    return str(said or "")
