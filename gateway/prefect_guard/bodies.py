"""What a caller may send to Prefect: its own filters joined to ours, the fields of a form."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

Body = dict[str, Any]

_FORM_FIELD = re.compile(r"q[0-9]{1,18}|agir", re.ASCII)
_LONGEST_CHOICE = 500
"""Characters; a choice is a label of ours, the longest about 120."""
_MOST_FIELDS = 100
_MOST_NAMED = 200
_MOST_PASSES_AT_ONCE = 32
# Danger: Prefect finds a flow by any run of it, whoever's: these would tell whether a run of
# another territory exists.
_ABOUT_OTHERS = {"/flows": ("flow_runs", "task_runs")}


class BodyRefused(Exception):
    """What was sent is not what this route takes. Carries a code, never what was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_json(raw: bytes) -> Body:
    """Return what was sent; nothing counts as an empty object. Raises `BodyRefused`."""
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise BodyRefused("not_json") from None
    if not isinstance(body, dict):
        raise BodyRefused("not_an_object")
    return body


def within(path: str, body: Body, names: Collection[str]) -> Body:
    """Return a listing's body, narrowed to these deployments, or pools when it lists pools.

    Prefect joins the filters of different objects, and those within one, by "and"; but a caller may
    ask for "or" within one object, so ours is never put into such a one. Raises `BodyRefused`.
    """
    narrowed = {key: value for key, value in body.items() if key not in _left_out(path)}
    key = "work_pools" if path.startswith("/work_pools") else "deployments"
    theirs = _an_object(body.get(key))
    if theirs.get("operator") not in (None, "and_"):
        raise BodyRefused("filter_widened")
    name = _an_object(theirs.get("name"))
    wanted = name.get("any_")
    allowed = sorted(names if wanted is None else set(names) & set(_strings(wanted)))
    narrowed[key] = {**theirs, "name": {**name, "any_": allowed}}
    return narrowed


def runs_named(path: str, body: Body, query: Mapping[str, str]) -> list[UUID]:
    """Return the runs that a caller asks about. Raises `BodyRefused` unless it names some."""
    if path == "/logs/filter":
        logs = _an_object(body.get("logs"))
        if logs.get("operator") not in (None, "and_"):
            raise BodyRefused("filter_widened")
        said = _an_object(logs.get("flow_run_id")).get("any_")
    elif path == "/flow_run_states/":
        said = [query.get("flow_run_id", "")]
    else:
        said = body.get("flow_run_ids")
    try:
        named = [UUID(text) for text in _strings(said)]
    except ValueError:
        raise BodyRefused("runs_not_named") from None
    if not 0 < len(named) <= _MOST_NAMED:
        raise BodyRefused("runs_not_named")
    return named


def form_fields(body: Body) -> dict[str, str]:
    """Return the fields of a form that is sent; none for a bare click. Raises `BodyRefused`."""
    if set(body) - {"run_input"}:
        raise BodyRefused("form_not_ours")
    return _choices(body.get("run_input") or {})


def form_to_check(body: Body) -> Body:
    """Return a form and its schema, to be compared. Raises `BodyRefused`."""
    return {"schema": _an_object(body.get("schema")), "values": _choices(body.get("values"))}


def pool_settings(body: Body) -> Body:
    """Return what of a pool may be changed: its limit and its pause. Raises `BodyRefused`.

    Danger: a pool's template is the command that its workers run.
    """
    limit, paused = body.get("concurrency_limit", 1), body.get("is_paused", False)
    sane = type(limit) is int and 1 <= limit <= _MOST_PASSES_AT_ONCE and isinstance(paused, bool)
    if not body or set(body) - {"concurrency_limit", "is_paused"} or not sane:
        raise BodyRefused("pool_setting_not_ours")
    return body


def _left_out(path: str) -> tuple[str, ...]:
    return next((left for start, left in _ABOUT_OTHERS.items() if path.startswith(start)), ())


def _choices(fields: object) -> dict[str, str]:
    # Danger: Prefect evaluates a value such as {"__prefect_kind": "jinja"}, wherever it is.
    if not isinstance(fields, dict) or len(fields) > _MOST_FIELDS:
        raise BodyRefused("form_not_ours")
    if not all(_is_choice(name, value) for name, value in fields.items()):
        raise BodyRefused("form_not_ours")
    return dict(fields)


def _is_choice(name: object, value: object) -> bool:
    named = isinstance(name, str) and _FORM_FIELD.fullmatch(name)
    return bool(named) and isinstance(value, str) and len(value) <= _LONGEST_CHOICE


def _an_object(value: object) -> Body:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BodyRefused("filter_not_understood")
    return value


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BodyRefused("filter_not_understood")
    return value
