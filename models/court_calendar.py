"""Court calendar — calendrier de procédure : when a delay of civil procedure ends (CPC 640 to 642).
It is shown, and never decides: the court counts.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from models.calendar import due, is_working_day, local_date, midnight
from models.territory import Delay, Territory, Unit

_ONE_DAY = timedelta(days=1)


def court_hours(act: datetime, count: int, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) `count` hours after an act (aware), to the second.

    A delay in hours is never prolonged: CPC 641 and 642 know days, months and years only. Raises
    NaiveInstant.
    """
    return due(act, Delay(count=count, unit=Unit.HOURS, source="CPC 640"), territory)


def court_days(act: datetime, count: int, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) at which a delay of `count` days from an act (aware) is over.

    The day of the act is not counted (CPC 641 al. 1); the last day ends at 24:00 local time, and is
    put off to the next working day when it is none (CPC 642). Raises NaiveInstant.
    """
    return _end_of(local_date(act, territory) + count * _ONE_DAY, territory)


def court_months(act: datetime, count: int, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) at which a delay of `count` months from an act (aware) is
    over.

    It ends on the day of the same number, at 24:00 local time, put off to the next working day when
    it is none (CPC 641 al. 2, 642). Twelve months are a year. Raises NaiveInstant.
    """
    return _end_of(months_later(local_date(act, territory), count), territory)


def months_later(day: date, count: int) -> date:
    """Return the local date of the same number `count` months later, or the last of that month when
    it has none (CPC 641 al. 2).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end_of(last: date, territory: Territory) -> datetime:
    while not is_working_day(last, territory):
        last += _ONE_DAY
    return midnight(last + _ONE_DAY, territory)
