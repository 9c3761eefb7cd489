"""An agency is measured against itself: silent for longer than it ever is, and no sooner."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.settings import ROOT
from models.silence_detector import (
    ENOUGH_ANSWERS,
    LEAST_EMERGENCY_SILENCE,
    LEAST_OFFICE_SILENCE,
    Exchange,
    Silence,
    office_time,
    silence_of,
    usual_time,
)
from models.territories import load_territory

DIJON = load_territory(ROOT / "territories", "21")
# A Monday of working days.
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 11, 27, 16, tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def round_the_clock(start: datetime, end: datetime) -> timedelta:
    return end - start


def in_office(start: datetime, end: datetime) -> timedelta:
    return office_time(start, end, DIJON)


def habit(*waits: float, until: datetime = MONDAY) -> list[Exchange]:
    """Past answers, the last one just before `until`."""
    return [Exchange(until - hours(wait), until - hours(0.1), False) for wait in waits]


def waits_since(*instants: datetime) -> list[Exchange]:
    return [Exchange(instant, None, True) for instant in instants]


def noticed(
    exchanges: list[Exchange], now: datetime, last_word: datetime | None = None
) -> Silence | None:
    words = [each.heard_at for each in exchanges if each.heard_at is not None]
    heard = last_word or max(words, default=None)
    return silence_of(exchanges, heard, now, round_the_clock, LEAST_EMERGENCY_SILENCE)


SIX_HOURS = [2, 3, 4, 4, 5, 5, 6, 6]


@pytest.mark.parametrize(
    ("silent_for", "is_noticed"), [(6, False), (11, False), (12.5, True), (30, True)]
)
def test_who_answers_within_six_hours_is_noticed_after_twice_that(
    silent_for: float, is_noticed: bool
) -> None:
    exchanges = habit(*SIX_HOURS) + waits_since(MONDAY)

    found = noticed(exchanges, MONDAY + hours(silent_for))

    assert bool(found) == is_noticed


def test_what_is_noticed_says_since_when_how_long_and_for_how_many() -> None:
    exchanges = habit(*SIX_HOURS) + waits_since(MONDAY, MONDAY + hours(20))

    assert noticed(exchanges, MONDAY + hours(30)) == Silence(
        since=MONDAY, lasted=hours(30), usual=hours(5.9), waiting=2
    )


def test_three_that_wait_together_are_noticed_sooner() -> None:
    two, three = waits_since(MONDAY, MONDAY), waits_since(MONDAY, MONDAY, MONDAY)

    assert noticed(habit(*SIX_HOURS) + two, MONDAY + hours(8)) is None
    assert noticed(habit(*SIX_HOURS) + three, MONDAY + hours(7)) is None
    assert noticed(habit(*SIX_HOURS) + three, MONDAY + hours(8))


def test_a_word_about_anybody_shows_that_somebody_is_there() -> None:
    exchanges = habit(*SIX_HOURS) + waits_since(MONDAY)

    assert noticed(exchanges, MONDAY + hours(30), last_word=MONDAY + hours(25)) is None


def test_nothing_is_said_of_an_agency_whose_habits_are_unknown() -> None:
    known = habit(*SIX_HOURS)
    assert len(known) == ENOUGH_ANSWERS

    assert noticed(known[1:] + waits_since(MONDAY), MONDAY + timedelta(days=40)) is None
    assert noticed(waits_since(MONDAY), MONDAY + timedelta(days=40)) is None


def test_an_agency_of_which_nobody_expects_anything_is_not_silent() -> None:
    ended = [Exchange(MONDAY, None, False)]

    assert noticed(habit(*SIX_HOURS) + ended, MONDAY + timedelta(days=40)) is None


def test_an_answer_out_of_the_ordinary_does_not_change_what_is_usual() -> None:
    assert usual_time(habit(*[6] * 19, 900), round_the_clock) == hours(5.9)


def test_old_habits_are_forgotten() -> None:
    slow = habit(*[200] * 40, until=MONDAY - timedelta(days=60))

    assert usual_time(slow + habit(*[6] * 30), round_the_clock) == hours(5.9)


def test_who_answers_in_a_minute_may_go_to_lunch() -> None:
    exchanges = habit(*[0.12] * 10) + waits_since(MONDAY)

    assert noticed(exchanges, MONDAY + hours(1.9)) is None
    assert noticed(exchanges, MONDAY + hours(2.1))


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        # From Friday 17 h to Sunday 17 h, then to Monday at 17 h.
        (FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=2), hours(1)),
        (FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=3), hours(10)),
        (MONDAY, MONDAY + hours(5), hours(5)),
        (MONDAY, MONDAY + hours(24), hours(10)),
        (MONDAY, MONDAY, hours(0)),
        # In the evening, and at night.
        (MONDAY + hours(10), MONDAY + hours(20), hours(0)),
        # The first of May is a Friday in 2026: nobody works from Thursday evening to Monday.
        (datetime(2026, 4, 30, 15, tzinfo=UTC), datetime(2026, 5, 4, 7, tzinfo=UTC), hours(2)),
        # The clocks go back on a Sunday: on Monday morning it is 8 h an hour later than on Friday.
        (datetime(2026, 10, 23, 16, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC), hours(1)),
    ],
)
def test_an_office_is_not_silent_when_nobody_works(
    start: datetime, end: datetime, counted: timedelta
) -> None:
    assert in_office(start, end) == counted


def test_sixty_hours_over_a_weekend_are_no_silence() -> None:
    exchanges = [
        *habit(*[5] * 10, until=datetime(2026, 11, 25, 15, tzinfo=UTC)),
        *waits_since(FRIDAY_EVENING),
    ]
    heard = datetime(2026, 11, 25, 15, tzinfo=UTC)

    def found(now: datetime) -> Silence | None:
        return silence_of(exchanges, heard, now, in_office, LEAST_OFFICE_SILENCE)

    assert found(FRIDAY_EVENING + hours(60)) is None
    assert found(FRIDAY_EVENING + timedelta(days=2, hours=19)) is None, "on Monday at noon"
    assert found(FRIDAY_EVENING + timedelta(days=4)), "on Tuesday"


@settings(deadline=None, max_examples=200)
@given(
    base=some.floats(0.5, 200),
    course=some.lists(
        some.tuples(some.floats(0, 30), some.floats(1, 1.25)), min_size=1, max_size=40
    ),
    look=some.floats(0, 1),
)
def test_an_agency_that_answers_as_usual_is_never_noticed(
    base: float, course: list[tuple[float, float]], look: float
) -> None:
    now = MONDAY + hours(look * (sum(gap for gap, _ in course) + 2 * base))
    exchanges, sent_at = habit(*[base + 0.1] * 8), MONDAY
    for gap, factor in course:
        sent_at += hours(gap)
        heard_at = sent_at + hours(base * factor)
        if sent_at <= now:
            answered = heard_at if heard_at <= now else None
            exchanges.append(Exchange(sent_at, answered, answered is None))

    assert noticed(exchanges, now) is None


@settings(deadline=None, max_examples=100)
@given(base=some.floats(1, 500), waiting=some.integers(1, 5))
def test_an_agency_that_stops_is_noticed_within_twice_its_usual_time(
    base: float, waiting: int
) -> None:
    exchanges = habit(*[base + 0.1] * 20) + waits_since(*[MONDAY] * waiting)

    assert noticed(exchanges, MONDAY + hours(2 * base + 2.1))
