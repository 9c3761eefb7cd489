"""When a delay of civil procedure ends: articles 640 to 642, on days that can be looked up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.calendar import NaiveInstant, is_working_day, local_date
from models.court_calendar import court_days, court_hours, court_months, months_later
from models.territories import load_territory
from models.territory import Territory

DIJON, REUNION = (load_territory(ROOT / "territories", code) for code in ("21", "974"))
STRASBOURG = DIJON.model_copy(update={"code": "67", "calendar": "6AE"})
PARIS = ZoneInfo("Europe/Paris")

acts = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
territories = st.sampled_from([DIJON, REUNION, STRASBOURG])


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=PARIS)


def last_day(end: datetime, territory: Territory = DIJON) -> date:
    return local_date(end - timedelta.resolution, territory)


def test_the_day_of_the_act_is_not_counted_and_the_last_day_ends_at_midnight() -> None:
    end = court_days(noon(2026, 11, 19), 6, DIJON)

    assert end == datetime(2026, 11, 26, 0, 0, tzinfo=PARIS)
    assert end.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("act", "count", "last"),
    [
        pytest.param(noon(2026, 11, 18), 2, date(2026, 11, 20), id="a friday stays"),
        pytest.param(noon(2026, 11, 15), 6, date(2026, 11, 23), id="a saturday"),
        pytest.param(noon(2026, 11, 16), 6, date(2026, 11, 23), id="a sunday"),
        pytest.param(noon(2026, 5, 19), 6, date(2026, 5, 26), id="whit monday"),
        pytest.param(
            noon(2026, 5, 8), 6, date(2026, 5, 15), id="the bridge of ascension is worked"
        ),
        # A textbook case: an appeal within 15 days, on the eve of an Easter week-end.
        pytest.param(noon(2008, 3, 7), 15, date(2008, 3, 25), id="easter saturday to monday"),
    ],
)
def test_a_delay_that_ends_on_a_day_off_goes_on_to_the_next_working_day(
    act: datetime, count: int, last: date
) -> None:
    assert last_day(court_days(act, count, DIJON)) == last


def test_days_off_on_the_way_are_counted_as_any_other() -> None:
    assert last_day(court_days(noon(2026, 12, 24), 6, DIJON)) == date(2026, 12, 30)


def test_the_days_off_are_those_of_the_territory() -> None:
    before_abolition_day = datetime(2027, 12, 14, 9, tzinfo=UTC)
    before_saint_stephen = noon(2028, 12, 20)

    assert last_day(court_days(before_abolition_day, 6, REUNION), REUNION) == date(2027, 12, 21)
    assert last_day(court_days(before_abolition_day, 6, DIJON)) == date(2027, 12, 20)
    assert last_day(court_days(before_saint_stephen, 6, STRASBOURG)) == date(2028, 12, 27)
    assert last_day(court_days(before_saint_stephen, 6, DIJON)) == date(2028, 12, 26)


def test_the_day_of_the_act_is_that_of_the_territory() -> None:
    late_on_sunday = datetime(2026, 11, 15, 21, tzinfo=UTC)

    assert last_day(court_days(late_on_sunday, 1, DIJON)) == date(2026, 11, 16)
    assert last_day(court_days(late_on_sunday, 1, REUNION), REUNION) == date(2026, 11, 17)


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
    ],
)
def test_months_go_to_the_day_of_the_same_number_or_the_last_of_the_month(
    day: date, count: int, later: date
) -> None:
    assert months_later(day, count) == later


@pytest.mark.parametrize(
    ("act", "count", "last"),
    [
        pytest.param(noon(2026, 6, 15), 6, date(2026, 12, 15), id="a tuesday stays"),
        pytest.param(noon(2026, 6, 12), 6, date(2026, 12, 14), id="a saturday"),
        # A textbook case: one month to contest a seizure told on 25 October 2023.
        pytest.param(noon(2023, 10, 25), 1, date(2023, 11, 27), id="a seizure contested"),
        pytest.param(noon(2026, 1, 31), 1, date(2026, 3, 2), id="no such day, and a saturday"),
        pytest.param(noon(2026, 11, 1), 6, date(2027, 5, 3), id="the first of may, a saturday"),
    ],
)
def test_a_delay_in_months_is_put_off_too(act: datetime, count: int, last: date) -> None:
    assert last_day(court_months(act, count, DIJON)) == last


def test_a_delay_that_crosses_the_clock_change_still_ends_at_local_midnight() -> None:
    assert court_months(noon(2026, 1, 15), 6, DIJON) == datetime(2026, 7, 15, 22, tzinfo=UTC)


def test_a_delay_in_hours_is_exact_even_on_a_sunday_that_has_25_of_them() -> None:
    saturday = datetime(2026, 10, 24, 18, tzinfo=PARIS)

    assert court_hours(saturday, 24, DIJON) == datetime(2026, 10, 25, 17, tzinfo=PARIS)
    assert court_hours(saturday, 24, DIJON) == court_hours(saturday, 24, REUNION)


def test_an_act_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 11, 22, 12)  # noqa: DTZ001 - what must be refused

    for count_from in (court_hours, court_days, court_months):
        with pytest.raises(NaiveInstant):
            count_from(naive, 1, DIJON)


@settings(max_examples=100, deadline=None)
@given(acts, st.integers(1, 40), territories)
def test_a_delay_is_put_off_over_days_off_only(
    act: datetime, count: int, territory: Territory
) -> None:
    nominal = local_date(act, territory) + timedelta(days=count)
    last = last_day(court_days(act, count, territory), territory)

    assert is_working_day(last, territory)
    assert last >= nominal
    for n in range((last - nominal).days):
        assert not is_working_day(nominal + timedelta(days=n), territory)
