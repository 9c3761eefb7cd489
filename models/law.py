"""Law — textes datés : how long each period of the journey lasts, by the text in force on a day.
Read from `law/periods.toml`; everything wrong there is told at once.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.settings import ROOT
from models.calendar import due, local_date, midnight
from models.court_calendar import court_days, court_hours, court_months, months_later
from models.territory import Delay, Territory, Unit
from models.territory_rules import Finding
from models.territory_shape import misfits

PERIODS = ROOT / "law" / "periods.toml"

_Row = Mapping[str, Any]
"""One entry of the file, as it was written: the rules step over what has a wrong shape."""
_ONE_DAY = timedelta(days=1)
# Rule: a warning comes in the morning, never at night.
_MORNING = time(9)


class PeriodCode(StrEnum):
    """What lasts, or is owed within, a dated period."""

    AUU_PAYMENT = "auu_payment"
    """From reception of the request to the payment of all or part."""
    AUU_PAYMENT_NEW = "auu_payment_new"
    """The same, for a person who is not yet an *allocataire*."""
    AUU_EVIDENCE_AGE = "auu_evidence_age"
    """From the date of the evidence."""
    AUU_FREQUENCY = "auu_frequency"
    """From the award to the next possible one."""
    AUU_RIGHTS = "auu_rights"
    """From the first payment: the rights that come with the RSA."""
    AUU_RIGHTS_WARNING = "auu_rights_warning"
    OP_RULING = "op_ruling"
    """From the fixing of the date of the hearing."""
    OPPI_RULING = "oppi_ruling"
    """From the request of the ministère public."""
    OP_DURATION = "op_duration"
    """From the notification of the ordonnance de protection."""
    OP_WARNING = "op_warning"
    TGD_DURATION = "tgd_duration"
    BAR_DURATION = "bar_duration"
    PROTECTION_WARNING = "protection_warning"
    """Before the end of a TGD or a BAR."""
    FIRST_CONTACT = "first_contact"
    DANGER_REVIEW = "danger_review"
    NO_CONTACT = "no_contact"
    """Without contact for so long, danger is assessed again."""
    CONSENT_RENEWAL_WARNING = "consent_renewal_warning"
    RETENTION = "retention"
    """From the last contact."""


class PeriodUnit(StrEnum):
    """How a period is counted: as a delay is, or from date to date."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"


_WARNINGS = frozenset(
    {
        PeriodCode.AUU_RIGHTS_WARNING,
        PeriodCode.OP_WARNING,
        PeriodCode.PROTECTION_WARNING,
        PeriodCode.CONSENT_RENEWAL_WARNING,
    }
)
_MONTHS_IN = {PeriodUnit.MONTHS: 1, PeriodUnit.YEARS: 12}


class Period(BaseModel):
    """A period, the text it comes from, and the days on which that text is in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: PeriodCode
    count: Annotated[int, Field(strict=True, ge=1, le=400)]
    unit: PeriodUnit
    court: Annotated[bool, Field(strict=True)] = False
    """Counted as civil procedure does (CPC 640 to 642); shown only."""
    source: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    """The article of law, or "règle du projet"."""
    since: Annotated[date, Field(strict=True, alias="from")]
    until: Annotated[date | None, Field(strict=True)] = None
    """The last day in force."""

    def is_in_force(self, day: date) -> bool:
        """Whether the text applies to what happens on a local date."""
        return self.since <= day and (self.until is None or day <= self.until)


class LawSilent(LookupError):
    """No text is in force for this period on that day."""

    def __init__(self, code: PeriodCode, on: date) -> None:
        super().__init__(code, on)
        self.code = code
        self.on = on

    def __str__(self) -> str:
        return f"aucun texte pour « {self.code} » le {self.on} : compléter law/periods.toml"


class LawInvalid(Exception):
    """The file of the periods cannot be used. Carries every problem found in it, in French."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = problems

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"{count} point{'s' if count > 1 else ''} à corriger dans {self.file} :"
        return "\n".join([title, *(f"- {problem}" for problem in self.problems)])


def period(code: PeriodCode, on: date) -> Period:
    """Return the period in force on a local date: that of the event it is counted from, unless its
    text says otherwise.

    Raises LawSilent when no text is in force that day, LawInvalid when the file is wrong.
    """
    for one in periods(PERIODS):
        if one.code is code and one.is_in_force(on):
            return one
    raise LawSilent(code, on)


def ends(start: datetime, period: Period, territory: Territory) -> datetime:
    """Return the instant (aware, UTC) at which a period counted from `start` (aware) is over.

    Hours are exact; days and working days are those of `models.calendar.due`. Months and years end
    at 24:00 local time on the day of the same number, or on the last of the month when it has none.
    A period of civil procedure is counted by `models.court_calendar`. Raises NaiveInstant.
    """
    if period.court:
        return _ends_in_court(start, period, territory)
    if period.unit in _MONTHS_IN:
        last = months_later(local_date(start, territory), _months(period))
        return midnight(last + _ONE_DAY, territory)
    delay = Delay(count=period.count, unit=Unit(period.unit), source=period.source)
    return due(start, delay, territory)


def before(end: datetime, period: Period, territory: Territory) -> datetime:
    """Return when to warn of an end (aware): 9:00 local time, as an aware instant in UTC, as many
    calendar days before its last day as the period counts.

    An end at local midnight belongs to the day that it closes. The warning may lie in the past when
    what ends was short. Raises NaiveInstant.
    """
    last = local_date(end - timedelta.resolution, territory)
    zone = ZoneInfo(territory.time_zone)
    return datetime.combine(last - period.count * _ONE_DAY, _MORNING, zone).astimezone(UTC)


@lru_cache(maxsize=8)
def periods(path: Path) -> tuple[Period, ...]:
    """Return what a file says, read the first time; a changed file needs a new process.

    Raises LawInvalid with all the problems, so that one reading suffices.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LawInvalid(str(path), (f"ce n'est pas du TOML lisible ({error})",)) from None
    found = [*_misfits(table), *_findings(_rows(table))]
    if found:
        raise LawInvalid(str(path), tuple(f"{key} : {advice}" for key, advice in found))
    return tuple(_File.model_validate(table).periods)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    periods: list[Period]


def _ends_in_court(start: datetime, period: Period, territory: Territory) -> datetime:
    if period.unit is PeriodUnit.HOURS:
        return court_hours(start, period.count, territory)
    if period.unit is PeriodUnit.DAYS:
        return court_days(start, period.count, territory)
    return court_months(start, _months(period), territory)


def _months(period: Period) -> int:
    return period.count * _MONTHS_IN[period.unit]


def _rows(table: _Row) -> list[_Row]:
    rows = table.get("periods")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _misfits(table: _Row) -> list[Finding]:
    try:
        _File.model_validate(table)
    except ValidationError as error:
        return misfits(error, table)
    return []


def _findings(rows: list[_Row]) -> Iterator[Finding]:
    for code in PeriodCode:
        entries = [row for row in rows if row.get("code") == code]
        if not entries:
            yield f"periods[{code}]", "durée absente : l'ajouter"
        for row in entries:
            yield from _misuses(code, row)
        yield from _broken_times(code, entries)


def _misuses(code: PeriodCode, row: _Row) -> Iterator[Finding]:
    court, unit = row.get("court") is True, row.get("unit")
    if court and unit == PeriodUnit.WORKING_DAYS:
        yield f"periods[{code}].unit", "la procédure civile ne connaît pas les jours ouvrés"
    if code in _WARNINGS and (court or (unit in list(PeriodUnit) and unit != PeriodUnit.DAYS)):
        yield f"periods[{code}].unit", "une alerte se compte en « days », sans « court »"


def _broken_times(code: PeriodCode, entries: list[_Row]) -> Iterator[Finding]:
    spans = sorted(span for row in entries if (span := _span(row)))
    for since, until in spans:
        if until < since:
            yield f"periods[{code}].until", f"écrire une date qui ne précède pas le {since}"
    for (_, until), (since, _) in pairwise(spans):
        if since <= until:
            yield f"periods[{code}].from", f"deux textes en vigueur le {since}"
        # A row whose dates cannot be read may be the one that fills the gap.
        elif since - until > _ONE_DAY and len(spans) == len(entries):
            yield (
                f"periods[{code}].from",
                f"aucun texte du {until + _ONE_DAY} au {since - _ONE_DAY}",
            )


def _span(row: _Row) -> tuple[date, date] | None:
    since, until = row.get("from"), row.get("until", date.max)
    # Danger: TOML reads a date with an hour as a datetime, which is a date and compares with none.
    return (since, until) if type(since) is date and type(until) is date else None
