"""What nobody rings for: the comparison of each night is planned by Prefect itself."""

from typing import Any

import httpx
import pytest

from flows.deployments import reconciliation_name
from tests.living import TERRITORY, Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def test_the_comparison_of_the_coming_nights_is_planned(life: Life) -> None:
    wanted = {
        "deployments": {"name": {"any_": [reconciliation_name(TERRITORY)]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }

    def planned() -> list[dict[str, Any]]:
        answer = httpx.post(f"{life.api}/flow_runs/filter", json=wanted, auth=life.credential)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    nights = eventually(planned, "Prefect's scheduler plans the nights to come")
    assert len({night["expected_start_time"][:10] for night in nights}) == len(nights)
