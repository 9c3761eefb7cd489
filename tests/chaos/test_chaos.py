"""A short storm in CI: the same as `make chaos`, with few departures and one seed."""

import tempfile
from pathlib import Path

import pytest

from tests.chaos.run import storm
from tests.chaos.schedule import draw

# Real processes that die on a busy machine: about a minute, much more when others work beside it.
pytestmark = pytest.mark.timeout(600)

_SEED = 17
_LEASE_SECONDS = 30.0
_PATIENCE_SECONDS = 300.0


def test_nothing_is_lost_doubled_or_forgotten_when_processes_and_links_die_at_random() -> None:
    schedule = draw(_SEED, ("21", "59"), departures=6, kills=12, seconds=25, patience=(1, 1, 2))

    with tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder:
        outcome = storm(Path(folder), schedule, _PATIENCE_SECONDS, _LEASE_SECONDS)

    assert outcome.holds, outcome.report
    assert sum(hit.kind == "kill" for hit in outcome.evidence.hits) >= 10, outcome.report
