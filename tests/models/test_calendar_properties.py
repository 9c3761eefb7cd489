"""What must hold of delays and working days in every territory, from 2024 to 2040."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.calendar import due, is_working_day, local_date, midnight
from models.territories import load_territories
from models.territory import Delay, Territory, Unit

SHIPPED = load_territories(ROOT / "territories")
DIJON = SHIPPED["21"]
PARIS = ZoneInfo("Europe/Paris")

# Places whose law adds days, or whose clock is another; Saint-Barthélemy has its day in L3422-2.
ELSEWHERE = {
    "57": ("57", "Europe/Paris"),
    "67": ("6AE", "Europe/Paris"),
    "68": ("6AE", "Europe/Paris"),
    "971": ("971", "America/Guadeloupe"),
    "972": ("972", "America/Martinique"),
    "973": ("973", "America/Cayenne"),
    "974": ("974", "Indian/Reunion"),
    "975": ("PM", "America/Miquelon"),
    "976": ("976", "Indian/Mayotte"),
    "977": ("BL", "America/St_Barthelemy"),
}
TERRITORIES = [
    *SHIPPED.values(),
    *(
        DIJON.model_copy(update={"code": code, "calendar": calendar, "time_zone": zone})
        for code, (calendar, zone) in ELSEWHERE.items()
        if code not in SHIPPED
    ),
]
EVERYWHERE = {territory.code for territory in TERRITORIES}
ALSACE_MOSELLE = {"57", "67", "68"}

# What the calendars are compared with: the articles themselves, not the library that we use.
EASTER = {
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
    2031: date(2031, 4, 13),
    2032: date(2032, 3, 28),
    2033: date(2033, 4, 17),
    2034: date(2034, 4, 9),
    2035: date(2035, 3, 25),
    2036: date(2036, 4, 13),
    2037: date(2037, 4, 5),
    2038: date(2038, 4, 25),
    2039: date(2039, 4, 10),
    2040: date(2040, 4, 1),
}
# C. trav. L3133-1: as (month, day), and in days after Easter.
SAME_DATE = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)
# C. trav. L3422-2.
ABOLITION = {
    "971": (5, 27),
    "972": (5, 22),
    "973": (6, 10),
    "974": (12, 20),
    "976": (4, 27),
    "977": (10, 9),
}

each_territory = pytest.mark.parametrize("territory", TERRITORIES, ids=lambda one: one.code)
quickly = settings(max_examples=40, deadline=None)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2040, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
counts = st.integers(0, 25)
units = st.sampled_from(Unit)
whole_days = st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS])
gaps = st.timedeltas(timedelta(), timedelta(days=12))


def delay(count: int, unit: Unit = Unit.WORKING_DAYS) -> Delay:
    return Delay(count=count, unit=unit, source="un essai")


def last_day(start: datetime, count: int, territory: Territory) -> date:
    return local_date(due(start, delay(count), territory) - timedelta.resolution, territory)


def is_off_by_law(day: date, code: str) -> bool:
    """Whether the labour code makes a public holiday of a day of 2024 to 2040 (L3133-1, L3134-13,
    L3422-2).
    """
    since_easter = (day - EASTER[day.year]).days
    local = {ABOLITION.get(code)}
    if code in ALSACE_MOSELLE:
        local |= {(12, 26)}
        if since_easter == -2:
            return True
    return since_easter in AFTER_EASTER or (day.month, day.day) in {*SAME_DATE, *local}


def is_worked(day: date, code: str) -> bool:
    return day.weekday() < 5 and not is_off_by_law(day, code)


def days_after(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]


# --- Working days


@each_territory
def test_the_working_days_of_seventeen_years_are_those_of_the_labour_code(
    territory: Territory,
) -> None:
    days = days_after(date(2023, 12, 31), date(2040, 12, 31))

    wrong = [
        day for day in days if is_working_day(day, territory) != is_worked(day, territory.code)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("day", "where"),
    [
        pytest.param(date(2026, 1, 1), EVERYWHERE, id="new year's day"),
        pytest.param(date(2026, 4, 3), ALSACE_MOSELLE, id="good friday 2026"),
        pytest.param(date(2026, 4, 5), EVERYWHERE, id="easter 2026"),
        pytest.param(date(2026, 4, 6), EVERYWHERE, id="easter monday 2026"),
        pytest.param(date(2026, 5, 1), EVERYWHERE, id="1 may"),
        pytest.param(date(2026, 5, 8), EVERYWHERE, id="8 may"),
        pytest.param(date(2026, 5, 14), EVERYWHERE, id="ascension 2026"),
        pytest.param(date(2026, 5, 25), EVERYWHERE, id="whit monday 2026"),
        pytest.param(date(2026, 7, 14), EVERYWHERE, id="14 july"),
        pytest.param(date(2028, 8, 15), EVERYWHERE, id="15 august"),
        pytest.param(date(2027, 11, 1), EVERYWHERE, id="1 november"),
        pytest.param(date(2026, 11, 11), EVERYWHERE, id="11 november"),
        pytest.param(date(2026, 12, 25), EVERYWHERE, id="25 december"),
        pytest.param(date(2027, 3, 26), ALSACE_MOSELLE, id="good friday 2027"),
        pytest.param(date(2027, 3, 28), EVERYWHERE, id="easter 2027"),
        pytest.param(date(2027, 3, 29), EVERYWHERE, id="easter monday 2027"),
        pytest.param(date(2027, 5, 6), EVERYWHERE, id="ascension 2027"),
        pytest.param(date(2027, 5, 17), EVERYWHERE, id="whit monday 2027"),
        pytest.param(date(2028, 12, 26), ALSACE_MOSELLE, id="26 december"),
        pytest.param(date(2026, 4, 27), {"976"}, id="abolition, Mayotte"),
        pytest.param(date(2026, 5, 22), {"972"}, id="abolition, Martinique"),
        pytest.param(date(2026, 5, 27), {"971"}, id="abolition, Guadeloupe"),
        pytest.param(date(2026, 6, 10), {"973"}, id="abolition, Guyane"),
        pytest.param(date(2026, 10, 9), {"977"}, id="abolition, Saint-Barthélemy"),
        pytest.param(date(2027, 12, 20), {"974"}, id="abolition, La Réunion"),
        pytest.param(date(2026, 2, 17), set(), id="carnival"),
        pytest.param(date(2026, 2, 18), set(), id="ash wednesday"),
        pytest.param(date(2026, 3, 12), set(), id="mi-carême"),
        pytest.param(date(2026, 3, 20), set(), id="aïd el-fitr, Mayotte"),
        pytest.param(date(2026, 7, 21), set(), id="schœlcher"),
        pytest.param(date(2026, 11, 2), set(), id="all souls"),
    ],
)
def test_a_day_is_off_where_the_law_says_so_and_nowhere_else(day: date, where: set[str]) -> None:
    off = {territory.code for territory in TERRITORIES if not is_working_day(day, territory)}

    assert off == where


def test_a_request_of_friday_evening_is_due_on_wednesday_or_thursday_after_whit_monday() -> None:
    plain, before_whit_monday = (
        datetime(2026, month, day, 18, tzinfo=PARIS) for month, day in ((11, 20), (5, 22))
    )

    assert last_day(plain, 3, DIJON) == date(2026, 11, 25)
    assert last_day(before_whit_monday, 3, DIJON) == date(2026, 5, 28)


# --- Delays


@each_territory
@quickly
@given(start=instants, gap=gaps, count=counts, unit=units)
def test_what_is_received_later_is_never_due_earlier(
    territory: Territory, start: datetime, gap: timedelta, count: int, unit: Unit
) -> None:
    first, second = (due(one, delay(count, unit), territory) for one in (start, start + gap))

    assert first <= second


@each_territory
@quickly
@given(start=instants, count=counts, more=st.integers(1, 10), unit=units)
def test_a_longer_delay_is_always_due_later(
    territory: Territory, start: datetime, count: int, more: int, unit: Unit
) -> None:
    shorter, longer = (due(start, delay(n, unit), territory) for n in (count, count + more))

    assert shorter < longer


@each_territory
@quickly
@given(start=instants, count=st.integers(1, 25))
def test_working_days_end_at_the_midnight_that_closes_a_day_worked(
    territory: Territory, start: datetime, count: int
) -> None:
    end = due(start, delay(count), territory)
    last = local_date(end - timedelta.resolution, territory)

    assert end == midnight(last + timedelta(days=1), territory)
    assert is_worked(last, territory.code)


@each_territory
@quickly
@given(start=instants, count=counts)
def test_as_many_days_are_worked_after_the_reception_as_were_counted(
    territory: Territory, start: datetime, count: int
) -> None:
    received, last = local_date(start, territory), last_day(start, count, territory)

    assert sum(is_worked(day, territory.code) for day in days_after(received, last)) == count


@each_territory
@quickly
@given(start=instants, count=st.integers(1, 25), unit=whole_days)
def test_the_day_of_reception_is_not_counted_at_any_hour(
    territory: Territory, start: datetime, count: int, unit: Unit
) -> None:
    received = local_date(start, territory)
    dawn = midnight(received, territory)
    night = midnight(received + timedelta(days=1), territory) - timedelta.resolution

    ends = {due(one, delay(count, unit), territory) for one in (dawn, start, night)}

    assert len(ends) == 1
    assert ends.pop() >= midnight(received + timedelta(days=2), territory)


@each_territory
@quickly
@given(start=instants, count=st.integers(0, 400))
def test_hours_ignore_every_calendar(territory: Territory, start: datetime, count: int) -> None:
    assert due(start, delay(count, Unit.HOURS), territory) - start == timedelta(hours=count)


@each_territory
@quickly
@given(start=instants, count=counts, unit=whole_days)
def test_a_delay_in_days_never_ends_in_the_past(
    territory: Territory, start: datetime, count: int, unit: Unit
) -> None:
    assert due(start, delay(count, unit), territory) > start
