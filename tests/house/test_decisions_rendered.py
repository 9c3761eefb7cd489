"""docs/journey.md shows the decision tables as they are written in tests/decisions/."""

import re

from core.settings import ROOT
from models.measure import Measure
from tests.decisions.render import section, shown

JOURNEY = (ROOT / "docs" / "journey.md").read_text(encoding="utf-8")


def test_the_journey_page_shows_the_decision_tables_of_today() -> None:
    assert shown(JOURNEY) == section(), "lancer : .venv/bin/python -m tests.decisions.render"


def test_the_journey_page_draws_one_flowchart_per_measure_and_no_diagram_of_states() -> None:
    drawn = re.findall(r"```mermaid\n(\w+)", shown(JOURNEY))

    assert drawn == ["flowchart"] * len(Measure)
