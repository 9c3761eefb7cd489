"""Calendar — calendrier : when a delay ends, in the days and the time zone of a territory."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.territory import Delay, Territory, Unit

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

# Law: public holidays are those of C. trav. L3133-1, L3134-13 (Alsace-Moselle) and L3422-2
# (overseas), no more. The library adds local customs, on which an agency still owes its reply.
_CUSTOMS = frozenset({("971", "Vendredi saint"), ("971", "Mi-Carême")}) | {
    (calendar, "Fête de Victor Schoelcher") for calendar in ("971", "972", "MF")
}


class NaiveInstant(ValueError):
    """An instant without a time zone: nobody can say which day it belongs to."""


def due(start: datetime, delay: Delay, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) at which `delay` counted from `start` (aware) is over.

    Hours run round the clock and are exact. Days and working days end at 24:00 local time, that is
    at the next midnight; the day of `start` is not counted (domain rule for the *jours ouvrés* of
    CASF L214-10), so a count of 0 ends with that very day. Raises NaiveInstant.
    """
    if delay.unit is Unit.HOURS:
        return _aware(start).astimezone(UTC) + timedelta(hours=delay.count)
    last = local_date(start, territory)
    if delay.unit is Unit.DAYS:
        return midnight(last + delay.count * _ONE_DAY + _ONE_DAY, territory)
    for _ in range(delay.count):
        last = _next_working_day(last, territory)
    return midnight(last + _ONE_DAY, territory)


def is_working_day(day: date, territory: Territory) -> bool:
    """Whether a local date is a *jour ouvré*: Monday to Friday, and no public holiday there."""
    return day.weekday() < _SATURDAY and day not in _public_holidays(territory.calendar, day.year)


def local_date(instant: datetime, territory: Territory) -> date:
    """Return the date on the territory's calendars at an aware instant; raises NaiveInstant."""
    return _aware(instant).astimezone(ZoneInfo(territory.time_zone)).date()


def midnight(day: date, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) at which a local date begins and the day before ends."""
    return datetime.combine(day, time(), ZoneInfo(territory.time_zone)).astimezone(UTC)


def _next_working_day(day: date, territory: Territory) -> date:
    day += _ONE_DAY
    while not is_working_day(day, territory):
        day += _ONE_DAY
    return day


@lru_cache(maxsize=256)
def _public_holidays(calendar: str, year: int) -> frozenset[date]:
    # The language is fixed because customs are told from law by their French name.
    days = holidays.country_holidays("FR", subdiv=calendar or None, years=year, language="fr")
    return frozenset(day for day, name in days.items() if (calendar, name) not in _CUSTOMS)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise NaiveInstant(instant.isoformat())
    return instant
