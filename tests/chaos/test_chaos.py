"""A short storm in CI: the same as `make chaos`, with few departures and one seed."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.chaos.run import storm
from tests.chaos.schedule import Kind, draw

# Real processes that die on a busy machine: about a minute, much more when others work beside it.
pytestmark = pytest.mark.timeout(600)

_SEED = 17
_LEASE_SECONDS = 20.0
_LONGEST_LEASE_SECONDS = 90.0
_PATIENCE_SECONDS = 300.0


def _lease() -> float:
    """A pass on a busy machine is given time: one that is slow is not one that died."""
    load, _, _ = os.getloadavg()
    share = max(1.0, load / (os.cpu_count() or 1))
    return min(_LEASE_SECONDS * share, _LONGEST_LEASE_SECONDS)


def test_nothing_is_lost_doubled_or_forgotten_when_processes_and_links_die_at_random() -> None:
    schedule = draw(_SEED, ("21", "59"), departures=6, kills=12, seconds=25, patience=(1, 1, 3))

    with tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder:
        outcome = storm(Path(folder), schedule, _PATIENCE_SECONDS, _lease())

    assert outcome.holds, outcome.report
    killed = [hit for hit in outcome.evidence.hits if hit.kind is Kind.KILL]
    assert len(killed) >= 10, outcome.report
