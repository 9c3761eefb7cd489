"""Safe hours — créneaux sûrs : when the person may be reached, in the hours of their territory."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.facts import Facts
from models.person import Window
from models.territory import Territory

_A_WEEK = 7


def next_window(
    facts: Facts, since: datetime, territory: Territory
) -> tuple[datetime, datetime] | None:
    """Return the first safe window that is open at, or opens after, an aware instant.

    Both ends are aware, local to the territory; None when the sheet names no window.
    """
    today = since.astimezone(ZoneInfo(territory.time_zone)).date()
    ahead = [
        _on(today + timedelta(days=days), window, territory)
        for days in range(_A_WEEK + 1)
        for window in facts.safe_windows()
        if (today + timedelta(days=days)).weekday() == window.weekday
    ]
    return min((one for one in ahead if one[1] > since), default=None)


def safe_from(facts: Facts, since: datetime, territory: Territory) -> datetime:
    """Return the first aware instant, from `since` on, at which a contact may be proposed."""
    found = next_window(facts, since, territory)
    return max(found[0], since) if found else since


def is_safe(facts: Facts, instant: datetime, territory: Territory) -> bool:
    """Whether an aware instant lies within a safe window."""
    found = next_window(facts, instant, territory)
    return found is not None and found[0] <= instant < found[1]


def _on(day: date, window: Window, territory: Territory) -> tuple[datetime, datetime]:
    zone = ZoneInfo(territory.time_zone)
    return (
        datetime.combine(day, window.opens, zone),
        datetime.combine(day, window.closes, zone),
    )
