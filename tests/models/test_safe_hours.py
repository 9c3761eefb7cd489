"""When the person may be reached: weekly windows, in the hours of their territory."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.facts import Facts
from models.safe_hours import is_safe, next_window, safe_from
from models.territories import load_territory
from models.territory import Territory
from tests.models.journey.cases import the_facts

# The duration of one example says nothing here, and varies on a shared machine.
settings.register_profile("safe_hours", deadline=None)
settings.load_profile("safe_hours")

DIJON, REUNION = (load_territory(ROOT / "territories", code) for code in ("21", "974"))
_PARIS, _ISLAND = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")
_MONDAY, _WEDNESDAY, _SATURDAY, _SUNDAY = 0, 2, 5, 6

Weekly = tuple[int, str, str]


def _within(*windows: Weekly) -> Facts:
    return the_facts(windows=[list(window) for window in windows])


def _paris(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=_PARIS)


_USUAL = (_MONDAY, "09:00", "11:30"), (_WEDNESDAY, "14:00", "16:00")


@pytest.mark.parametrize(
    ("since", "opens", "closes"),
    [
        # Monday 23 November 2026.
        (_paris(11, 23, 8), _paris(11, 23, 9), _paris(11, 23, 11, 30)),
        (_paris(11, 23, 9), _paris(11, 23, 9), _paris(11, 23, 11, 30)),
        (_paris(11, 23, 11, 29), _paris(11, 23, 9), _paris(11, 23, 11, 30)),
        # A window that closes at this very instant is no window.
        (_paris(11, 23, 11, 30), _paris(11, 25, 14), _paris(11, 25, 16)),
        (_paris(11, 24, 12), _paris(11, 25, 14), _paris(11, 25, 16)),
        (_paris(11, 25, 16), _paris(11, 30, 9), _paris(11, 30, 11, 30)),
        (_paris(11, 29, 23, 59), _paris(11, 30, 9), _paris(11, 30, 11, 30)),
    ],
)
def test_the_next_window_is_the_one_that_is_open_or_opens_first(
    since: datetime, opens: datetime, closes: datetime
) -> None:
    assert next_window(_within(*_USUAL), since, DIJON) == (opens, closes)


def test_a_weekly_window_that_has_just_closed_comes_back_in_a_week() -> None:
    facts = _within((_MONDAY, "09:00", "11:30"))

    assert safe_from(facts, _paris(11, 23, 12), DIJON) == _paris(11, 30, 9)


def test_of_two_windows_of_one_day_the_first_to_open_comes_first() -> None:
    facts = _within((_MONDAY, "18:00", "19:00"), (_MONDAY, "09:00", "10:00"))

    assert safe_from(facts, _paris(11, 23, 8), DIJON) == _paris(11, 23, 9)
    assert safe_from(facts, _paris(11, 23, 10), DIJON) == _paris(11, 23, 18)


@pytest.mark.parametrize(
    ("since", "safe"),
    [
        (_paris(11, 23, 8), _paris(11, 23, 9)),
        (_paris(11, 23, 10, 15), _paris(11, 23, 10, 15)),
        (_paris(11, 23, 11, 30), _paris(11, 25, 14)),
    ],
)
def test_a_contact_is_proposed_now_if_it_is_safe_and_else_when_it_is(
    since: datetime, safe: datetime
) -> None:
    assert safe_from(_within(*_USUAL), since, DIJON) == safe


@pytest.mark.parametrize(
    ("instant", "safe"),
    [
        (_paris(11, 23, 8, 59), False),
        (_paris(11, 23, 9), True),
        (_paris(11, 23, 11, 29), True),
        (_paris(11, 23, 11, 30), False),
        (_paris(11, 24, 10), False),
    ],
)
def test_an_instant_is_safe_from_the_opening_to_the_closing(instant: datetime, safe: bool) -> None:
    assert is_safe(_within(*_USUAL), instant, DIJON) is safe


def test_without_a_window_no_instant_is_safe_and_nothing_is_put_off() -> None:
    nobody_said = _within()

    assert next_window(nobody_said, _paris(11, 23, 9), DIJON) is None
    assert safe_from(nobody_said, _paris(11, 23, 9), DIJON) == _paris(11, 23, 9)
    assert not is_safe(nobody_said, _paris(11, 23, 9), DIJON)


@pytest.mark.parametrize(
    ("since", "opens"),
    [
        # Clocks go back on Sunday 25 October 2026: nine in the morning is an hour later.
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        # They go forward on Sunday 29 March 2026: an hour sooner.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC)),
    ],
)
def test_nine_in_the_morning_is_nine_on_the_clock_whatever_the_season(
    since: datetime, opens: datetime
) -> None:
    assert safe_from(_within((_SUNDAY, "09:00", "10:00")), since, DIJON) == opens


def test_the_hour_that_comes_twice_in_autumn_is_safe_both_times() -> None:
    facts = _within((_SUNDAY, "02:15", "03:00"))
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]

    assert [is_safe(facts, instant, DIJON) for instant in twice] == [True, True]


def test_an_hour_of_the_island_is_told_by_its_own_clock_and_day() -> None:
    facts = _within((_SATURDAY, "00:30", "01:30"))
    friday_evening_in_paris = datetime(2026, 11, 27, 21, 0, tzinfo=_PARIS)

    found = next_window(facts, friday_evening_in_paris, REUNION)

    assert found is not None
    assert found[0] == datetime(2026, 11, 28, 0, 30, tzinfo=_ISLAND)
    assert is_safe(facts, datetime(2026, 11, 27, 21, 0, tzinfo=UTC), REUNION)
    assert not is_safe(facts, datetime(2026, 11, 27, 21, 0, tzinfo=UTC), DIJON)


_HOURS = st.integers(min_value=0, max_value=23)
_WINDOWS = st.lists(
    st.tuples(st.integers(0, 6), _HOURS, st.integers(1, 59)).map(
        lambda one: (one[0], f"{one[1]:02}:00", f"{one[1]:02}:{one[2]:02}")
    ),
    min_size=1,
    max_size=6,
)
_INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(_WINDOWS, _INSTANTS, st.sampled_from([DIJON, REUNION]))
def test_what_is_proposed_is_never_in_the_past_comes_within_a_week_and_is_safe(
    windows: list[Weekly], since: datetime, territory: Territory
) -> None:
    facts = _within(*windows)

    safe = safe_from(facts, since, territory)

    assert since <= safe <= since + timedelta(days=8)
    assert is_safe(facts, safe, territory)
