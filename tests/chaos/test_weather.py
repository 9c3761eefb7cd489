"""Bad weather at the agencies: so many faults in a hundred, the same at each replay."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.behaviour import Behaviour
from sandbox.ledger import Entry, record
from sandbox.orders import give, take_fault
from sandbox.state import State, Transaction, written
from sandbox.weather import Weather

_AGENCY = "caf-21"
_CALLS = 400


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Transaction]:
    """The memory of a sandbox."""
    state = State(tmp_path / "agencies.sqlite3")
    with state.transaction() as db:
        yield db
    state.close()


def _calls(db: Transaction, weather: Weather, count: int) -> list[str]:
    met = []
    for _ in range(count):
        fault = take_fault(db, _AGENCY, None, weather)
        met.append(fault.text)
        at = written(datetime(2026, 11, 23, tzinfo=UTC))
        entry = Entry(at, _AGENCY, "POST", "/", "send", "k", "", False, 200, fault.text)
        record(db, entry)
    return met


def test_about_one_call_in_ten_fails_and_a_replay_fails_at_the_same_ones(
    kept: Transaction,
) -> None:
    met = _calls(kept, Weather(seed=1, percent=10), _CALLS)
    kept.execute("DELETE FROM call")

    assert _calls(kept, Weather(seed=1, percent=10), _CALLS) == met
    told = Counter(met)
    assert set(told) == {"accept", "error_500", "timeout", "malformed"}
    assert 20 < _CALLS - told["accept"] < 60


def test_fine_weather_brings_no_fault_and_an_order_is_stronger_than_any_weather(
    kept: Transaction,
) -> None:
    assert set(_calls(kept, Weather.read(""), 50)) == {"accept"}

    give(kept, _AGENCY, "error_500", measure=None, times=3)

    stormy = Weather.read("7:100")
    assert _calls(kept, stormy, 3) == ["error_500"] * 3
    assert take_fault(kept, _AGENCY, None, stormy).behaviour is not Behaviour.ACCEPT
