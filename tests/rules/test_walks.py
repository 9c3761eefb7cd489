"""Random lives of departures: whatever happens, nothing is forgotten, sent twice, without a yes, or
along a path to the alleged perpetrator.

Hypothesis chooses the lives and, when one goes wrong, tells its shortest beginning that does.
`make hunt` lives many more, never the same ones.
"""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from models.departure import DepartureState, Outcome
from tests.rules.grounds import Ground, InMemory, InPostgres
from tests.rules.invariants import Memory
from tests.rules.walk import Walk

_EXAMPLES = (
    "mere-de-deux-enfants",
    "danger-immediat",
    "homme-sans-enfant",
    "regime-agricole",
    "la-reunion",
)
# In CI the same lives each time, so that a failure is that of the change.
_HUNTED = int(os.environ.get("PND_HUNT", "0"))
_LIVES = settings(
    max_examples=_HUNTED or 50,
    derandomize=not _HUNTED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def _lives(ground: Ground, seed: int, steps: int) -> Walk:
    walk = Walk.begins(ground, _EXAMPLES[seed % len(_EXAMPLES)], Random(seed))
    memory = Memory()
    try:
        memory.check(walk)
        for _ in range(steps):
            walk.something_happens()
            walk.settles()
            memory.check(walk)
        assert walk.ends_well(steps=150), walk.case.departure.state
        memory.check(walk)
    except Exception as broken:
        broken.add_note("\n".join([f"seed {seed}", *walk.story]))
        raise
    return walk


@pytest.mark.timeout(3600 if _HUNTED else 120)
@_LIVES
@given(seed=some.integers(0, 2**32 - 1), steps=some.integers(1, 45))
def test_whatever_happens_nothing_is_forgotten_and_good_will_ends_it(seed: int, steps: int) -> None:
    _lives(InMemory(), seed, steps)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("seed", [1001, 1002])
def test_the_real_store_lives_the_same_life_as_the_rows_in_memory(seed: int) -> None:
    real = _lives(InPostgres(), seed, steps=12)

    assert real.story == _lives(InMemory(), seed, steps=12).story


@pytest.mark.parametrize("example", _EXAMPLES)
def test_a_departure_answered_favourably_closes_on_a_stable_exit(example: str) -> None:
    walk = Walk.begins(InMemory(), example, Random(0), is_kind=True)

    assert walk.ends_well(steps=60), walk.story

    assert walk.case.departure.state is DepartureState.CLOSED
    assert walk.case.departure.outcome is Outcome.EXIT
