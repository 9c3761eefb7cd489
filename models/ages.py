"""Age in whole years: the only fact about a birthday that some agencies need."""

from datetime import date

_IN_CHARGE_UNDER = 21


def age_on(day: date, born_on: date) -> int:
    """Return the age reached on a day. Born on a 29 February: a year older on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_in_charge(day: date, born_on: date) -> bool:
    """Whether a child counts for the allowance on a day: under 21 (CASF D214-14)."""
    return age_on(day, born_on) < _IN_CHARGE_UNDER
