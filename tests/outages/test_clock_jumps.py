"""The clock of a machine jumps by hours: no departure is held up, none is advanced twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from prefect.exceptions import Abort

from core.clock import SystemClock
from models.act import Result
from models.journey.chapters import BEFORE_ACTS
from store import acts
from store.cases import read_case
from store.leases import StalePass
from store.news import deadlines_become_news
from tasks.turn import advance, begin, digest_news, end
from tests.outages.conftest import opens

pytestmark = pytest.mark.usefixtures("store")

_TRUE_NOW = SystemClock.now


class MachineClock:
    """The clock of the machine, which a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def jumps(self, **by: float) -> None:
        """From now on the machine believes that it is earlier or later than it is."""
        self._patch.setattr(SystemClock, "now", lambda clock: _TRUE_NOW(clock) + timedelta(**by))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> MachineClock:
    return MachineClock(monkeypatch)


def test_after_a_jump_forward_a_second_pass_starts_and_the_first_can_do_nothing(
    machine: MachineClock,
) -> None:
    reference = opens()
    first = begin(reference, uuid4())
    advance(first, *BEFORE_ACTS)
    [intent, *_] = acts.due_acts(first)
    assert acts.begin_try(first, intent)

    machine.jumps(hours=3)
    second = begin(reference, uuid4())

    with pytest.raises(StalePass):
        acts.conclude(first, intent, Result.DONE, None)
    with pytest.raises(Abort):
        advance(first, *BEFORE_ACTS)
    with pytest.raises(Abort):
        end(first)
    assert intent.key in {again.key for again in acts.due_acts(second)}, "under the same key"
    end(second)


def test_after_a_jump_backward_a_dead_pass_does_not_hold_a_departure_for_hours(
    machine: MachineClock,
) -> None:
    reference = opens()
    dead = begin(reference, uuid4())

    machine.jumps(hours=-5)
    living = begin(reference, uuid4())

    with pytest.raises(Abort):
        advance(dead, *BEFORE_ACTS)
    end(living)


def test_clocks_that_differ_a_little_do_not_take_a_departure_from_a_living_pass(
    machine: MachineClock,
) -> None:
    reference = opens()
    living = begin(reference, uuid4())

    machine.jumps(seconds=-30)
    with pytest.raises(Abort):
        begin(reference, uuid4())

    end(living)


def test_a_clock_that_goes_back_holds_no_shelter_back(machine: MachineClock) -> None:
    turn = begin(opens(), uuid4())
    advance(turn, *BEFORE_ACTS)

    machine.jumps(hours=-5)

    assert [intent.measure for intent in acts.due_acts(turn)] == ["heberg"]
    end(turn)


def test_a_deadline_that_was_reached_stays_so_when_the_clock_goes_back(
    machine: MachineClock,
) -> None:
    reference = opens()
    turn = begin(reference, uuid4())
    advance(turn, *BEFORE_ACTS)
    end(turn)
    machine.jumps(days=10)
    assert deadlines_become_news() == [reference]
    reached = _reached(reference)

    machine.jumps(days=0)
    assert deadlines_become_news() == []
    turn = begin(reference, uuid4())
    digest_news(turn)
    end(turn)

    assert _reached(reference) == reached
    case = read_case(reference)
    assert case is not None
    assert all(news.read_at for news in case.news)
    assert any(question.overdue_at for question in case.open_questions()), "it was escalated"


def _reached(reference: str) -> set[str]:
    case = read_case(reference)
    assert case is not None
    return {deadline.slot for deadline in case.deadlines if deadline.reached_at}
