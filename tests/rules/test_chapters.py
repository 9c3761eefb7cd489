"""Walks and rehearsals apply the chapters in the order of the flow: read in its source."""

import ast

from core.settings import ROOT
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS


def test_what_lives_a_pass_elsewhere_applies_the_chapters_of_the_flow_in_its_order() -> None:
    flow = ast.parse((ROOT / "flows" / "departure.py").read_text())
    calls = [
        node
        for node in ast.walk(flow)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    calls.sort(key=lambda call: call.lineno)

    done = [name for call in calls for name in _names_of(call)]

    walked = [
        "digest_news",
        *(f"advance {chapter.__name__}" for chapter in BEFORE_ACTS),
        "carry_out_acts",
        *(f"advance {chapter.__name__}" for chapter in AFTER_ACTS),
    ]
    assert [name for name in done if name in walked or name.startswith("advance")] == walked


def _names_of(call: ast.Call) -> list[str]:
    assert isinstance(call.func, ast.Name)
    if call.func.id != "advance":
        return [call.func.id]
    return [f"advance {ast.unparse(chapter)}" for chapter in call.args[1:]]
