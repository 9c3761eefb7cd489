"""When a delay ends: the dates of the law, and properties that hold in any year and territory."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.calendar import NaiveInstant, due, is_working_day, local_date, midnight
from models.territories import load_territories
from models.territory import Delay, Territory, Unit

# The duration of one example says nothing here, and varies on a shared machine.
settings.register_profile("calendar", deadline=None)
settings.load_profile("calendar")

TERRITORIES = load_territories(ROOT / "territories")
DIJON, REUNION = TERRITORIES["21"], TERRITORIES["974"]
PARIS = ZoneInfo("Europe/Paris")

territories = st.sampled_from(list(TERRITORIES.values()))
instants = st.datetimes(datetime(2023, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
counts = st.integers(min_value=0, max_value=40)


def working(count: int) -> Delay:
    return Delay(count=count, unit=Unit.WORKING_DAYS, source="un essai")


def days(count: int) -> Delay:
    return Delay(count=count, unit=Unit.DAYS, source="un essai")


def with_calendar(calendar: str) -> Territory:
    return DIJON.model_copy(update={"calendar": calendar})


def last_day(start: datetime, delay: Delay, territory: Territory = DIJON) -> date:
    return local_date(due(start, delay, territory) - timedelta(seconds=1), territory)


def test_a_request_received_on_friday_evening_is_due_at_the_end_of_wednesday() -> None:
    friday = datetime(2026, 11, 20, 18, tzinfo=PARIS)

    assert due(friday, working(3), DIJON) == datetime(2026, 11, 26, 0, 0, tzinfo=PARIS)
    assert last_day(friday, working(3)) == date(2026, 11, 25)


def test_whit_monday_moves_that_wednesday_to_thursday() -> None:
    friday = datetime(2026, 5, 22, 18, tzinfo=PARIS)

    assert last_day(friday, working(3)) == date(2026, 5, 28)


def test_the_day_of_reception_is_not_counted() -> None:
    monday_at_dawn = datetime(2026, 11, 23, 0, 1, tzinfo=PARIS)

    assert last_day(monday_at_dawn, working(1)) == date(2026, 11, 24)


def test_a_request_received_on_a_sunday_counts_from_monday() -> None:
    assert last_day(datetime(2026, 11, 22, 12, tzinfo=PARIS), working(1)) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "holiday",
    [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2027, 3, 29),
        date(2027, 5, 6),
        date(2027, 5, 17),
        date(2027, 11, 1),
        date(2027, 11, 11),
        date(2028, 8, 15),
        date(2028, 12, 25),
    ],
)
def test_nobody_works_on_the_public_holidays_of_the_labour_code(holiday: date) -> None:
    assert holiday.weekday() < 5, "a holiday on a weekend would prove nothing"
    assert not is_working_day(holiday, DIJON)
    assert not is_working_day(holiday, REUNION)


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        ("976", date(2026, 4, 27)),
        ("972", date(2026, 5, 22)),
        ("971", date(2026, 5, 27)),
        ("973", date(2026, 6, 10)),
        ("BL", date(2026, 10, 9)),
        ("974", date(2027, 12, 20)),
    ],
)
def test_the_abolition_of_slavery_is_a_holiday_overseas_only(calendar: str, day: date) -> None:
    assert not is_working_day(day, with_calendar(calendar))
    assert is_working_day(day, DIJON)


@pytest.mark.parametrize("calendar", ["57", "6AE"])
def test_alsace_and_moselle_have_two_days_more(calendar: str) -> None:
    for day in (date(2026, 4, 3), date(2027, 3, 26), date(2028, 12, 26)):
        assert not is_working_day(day, with_calendar(calendar))
        assert is_working_day(day, DIJON)


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        ("971", date(2026, 4, 3)),
        ("971", date(2026, 3, 12)),
        ("971", date(2026, 7, 21)),
        ("972", date(2026, 7, 21)),
        ("MF", date(2026, 7, 21)),
    ],
)
def test_a_local_custom_is_no_reason_to_reply_later(calendar: str, day: date) -> None:
    assert is_working_day(day, with_calendar(calendar))


def test_the_20th_of_december_makes_la_reunion_wait_a_day_longer() -> None:
    friday = datetime(2027, 12, 17, 9, tzinfo=UTC)

    assert last_day(friday, working(1), REUNION) == date(2027, 12, 21)
    assert last_day(friday, working(1), DIJON) == date(2027, 12, 20)


def test_the_local_date_is_that_of_the_territory_not_of_the_server() -> None:
    late_on_sunday = datetime(2026, 11, 22, 21, tzinfo=UTC)

    assert local_date(late_on_sunday, DIJON) == date(2026, 11, 22)
    assert local_date(late_on_sunday, REUNION) == date(2026, 11, 23)
    assert last_day(late_on_sunday, working(1), REUNION) == date(2026, 11, 24)


def test_five_days_include_weekends_and_end_at_midnight() -> None:
    thursday = datetime(2026, 11, 19, 9, tzinfo=PARIS)

    assert due(thursday, days(5), DIJON) == datetime(2026, 11, 25, 0, 0, tzinfo=PARIS)


def test_a_day_of_25_hours_is_still_one_day() -> None:
    the_evening_before = datetime(2026, 10, 24, 20, tzinfo=PARIS)

    end = due(the_evening_before, days(1), DIJON)

    assert end == datetime(2026, 10, 26, 0, 0, tzinfo=PARIS)
    assert end - midnight(date(2026, 10, 25), DIJON) == timedelta(hours=25)


def test_four_hours_of_the_night_the_clocks_change_are_four_hours() -> None:
    start = datetime(2027, 3, 27, 23, tzinfo=UTC)
    four_hours = Delay(count=4, unit=Unit.HOURS, source="un essai")

    assert due(start, four_hours, DIJON) == datetime(2027, 3, 28, 3, tzinfo=UTC)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 11, 22, 12)  # noqa: DTZ001 - what must be refused

    with pytest.raises(NaiveInstant):
        due(naive, days(1), DIJON)
    with pytest.raises(NaiveInstant):
        local_date(naive, DIJON)


@given(instants, counts, territories)
def test_working_days_end_after_exactly_that_many_days_worked(
    start: datetime, count: int, territory: Territory
) -> None:
    first, last = local_date(start, territory), last_day(start, working(count), territory)

    after = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]

    assert sum(is_working_day(day, territory) for day in after) == count
    assert count == 0 or is_working_day(last, territory)


@given(instants, counts, territories, st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS]))
def test_days_end_at_local_midnight_and_never_before_the_start(
    start: datetime, count: int, territory: Territory, unit: Unit
) -> None:
    end = due(start, Delay(count=count, unit=unit, source="un essai"), territory)

    assert end.utcoffset() == timedelta()
    assert (
        end.astimezone(ZoneInfo(territory.time_zone)).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    )
    assert end > start


@given(instants, counts, territories)
def test_calendar_days_end_exactly_that_many_days_later(
    start: datetime, count: int, territory: Territory
) -> None:
    last = last_day(start, days(count), territory)

    assert last - local_date(start, territory) == timedelta(days=count)


@given(instants, st.integers(0, 400), territories)
def test_hours_ignore_every_calendar(start: datetime, count: int, territory: Territory) -> None:
    hours = Delay(count=count, unit=Unit.HOURS, source="un essai")

    assert due(start, hours, territory) - start == timedelta(hours=count)


@given(instants, instants, counts, territories)
def test_what_starts_later_is_never_due_earlier(
    one: datetime, other: datetime, count: int, territory: Territory
) -> None:
    first, second = sorted((one, other))

    assert due(first, working(count), territory) <= due(second, working(count), territory)


@given(instants, counts, territories)
def test_a_longer_delay_is_due_later(start: datetime, count: int, territory: Territory) -> None:
    assert due(start, working(count), territory) < due(start, working(count + 1), territory)
