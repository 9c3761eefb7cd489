"""Silence detector — détecteur de silence : an agency that is silent for longer than it ever is,
measured against itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from models.calendar import is_working_day, local_date, midnight
from models.territory import Territory

# Rule: fewer answers say nothing of a habit; with eight, the usual time is the longest of them.
ENOUGH_ANSWERS = 8
# Rule: habits change; an agency is compared with its last answers.
LAST_ANSWERS = 30
# Rule: nine answers in ten come within the usual time. Twice that is no longer chance; nor is a
# quarter more, when three requests have each waited so long: 1 in 10, three times over.
_USUAL_SHARE = 0.9
_TIMES_THE_USUAL = 2.0
_TIMES_THE_USUAL_TOGETHER = 1.25
_WAITING_TOGETHER = 3
# Rule: an office owes nothing at night: a request of the evening, answered in the morning, took no
# longer than one of the morning answered before noon.
_OPENS, _CLOSES = timedelta(hours=8), timedelta(hours=18)
# Danger: an agency that answers within minutes would be called silent at lunch.
LEAST_OFFICE_SILENCE = timedelta(hours=5)
LEAST_EMERGENCY_SILENCE = timedelta(hours=2)

Elapsed = Callable[[datetime, datetime], timedelta]
"""How much of the agency's own time lies between two aware instants."""


@dataclass(frozen=True)
class Exchange:
    """One request that reached the agency, and its first word that is no mere receipt."""

    sent_at: datetime
    heard_at: datetime | None
    is_awaited: bool
    """Whether somebody still waits for that word."""


@dataclass(frozen=True)
class Silence:
    """An agency has said nothing since an aware instant; both durations are in its own time."""

    since: datetime
    lasted: timedelta
    usual: timedelta
    waiting: int
    """How many requests wait for its word."""


def silence_of(
    exchanges: Iterable[Exchange],
    last_word: datetime | None,
    now: datetime,
    elapsed: Elapsed,
    least: timedelta,
) -> Silence | None:
    """Return the silence of one agency, or None when it is as usual or its habits are unknown.

    `last_word` is when it last said anything that is no receipt, about anybody.
    """
    known = sorted(exchanges, key=lambda exchange: exchange.sent_at)
    usual = usual_time(known, elapsed)
    waiting = [each.sent_at for each in known if each.is_awaited and each.heard_at is None]
    if usual is None or not waiting:
        return None
    heard = last_word or waiting[0]
    # Rule: one word about anybody shows that somebody is there; what is late is a deadline's work.
    since = max(waiting[0], heard)
    lasted = elapsed(since, now)
    together = waiting[_WAITING_TOGETHER - 1 :][:1]
    if lasted > max(least, _TIMES_THE_USUAL * usual) or any(
        elapsed(max(third, heard), now) > max(least, _TIMES_THE_USUAL_TOGETHER * usual)
        for third in together
    ):
        return Silence(since, lasted, usual, len(waiting))
    return None


def usual_time(known: Iterable[Exchange], elapsed: Elapsed) -> timedelta | None:
    """Return the time within which nine of its last answers in ten came; None: too few to tell."""
    answered = sorted((each.heard_at, each.sent_at) for each in known if each.heard_at is not None)
    waits = sorted(elapsed(sent_at, heard_at) for heard_at, sent_at in answered[-LAST_ANSWERS:])
    if len(waits) < ENOUGH_ANSWERS:
        return None
    return waits[ceil(_USUAL_SHARE * len(waits)) - 1]


def office_time(start: datetime, end: datetime, territory: Territory) -> timedelta:
    """Return how many office hours of a territory lie between two aware instants: 8 h to 18 h, on
    working days, local time.
    """
    first, last = local_date(start, territory), local_date(end, territory)
    total = timedelta()
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        if is_working_day(day, territory):
            # The clocks change on Sundays: on these days the hours since midnight are those shown.
            begins = midnight(day, territory)
            total += max(timedelta(), min(end, begins + _CLOSES) - max(start, begins + _OPENS))
    return total
