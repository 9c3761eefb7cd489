"""How long each period lasts on a day, when it ends, when to warn, what a wrong file is told."""

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.settings import ROOT
from models.calendar import NaiveInstant, due
from models.law import (
    PERIODS,
    LawInvalid,
    LawSilent,
    Period,
    PeriodCode,
    PeriodUnit,
    before,
    ends,
    period,
    periods,
)
from models.territories import load_territory
from models.territory import Delay, Unit

DIJON, REUNION = (load_territory(ROOT / "territories", code) for code in ("21", "974"))
PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 25)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the shipped file, with some of its text replaced and some added at its end."""

    def write_changed(*changes: tuple[str, str], added: str = "") -> Path:
        text = PERIODS.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"the shipped file no longer says {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / "periods.toml"
        path.write_text(text + added, encoding="utf-8")
        return path

    return write_changed


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(LawInvalid) as caught:
        periods(path)
    return caught.value.problems


def entry(code: str, dates: str) -> str:
    return (
        f'\n[[periods]]\ncode = "{code}"\ncount = 5\nunit = "days"\nsource = "un essai"\n{dates}\n'
    )


def a_period(count: int, unit: str, court: bool = False) -> Period:
    return Period.model_validate(
        {
            "code": "retention",
            "count": count,
            "unit": unit,
            "court": court,
            "source": "un essai",
            "from": date(2020, 1, 1),
        }
    )


# --- What the law says


@pytest.mark.parametrize("code", PeriodCode)
def test_every_period_is_in_force_today_and_names_its_text(code: PeriodCode) -> None:
    found = period(code, TODAY)

    assert found.code is code
    assert found.source.startswith(("CASF ", "C. civ. ", "CPP ", "CNIL", "PND", "règle du projet"))


@pytest.mark.parametrize(
    ("code", "count", "unit", "court", "text"),
    [
        ("auu_payment", 3, "working_days", False, "L214-10"),
        ("auu_payment_new", 5, "working_days", False, "L214-10"),
        ("auu_evidence_age", 12, "months", False, "D214-11"),
        ("auu_frequency", 12, "months", False, "D214-12"),
        ("auu_rights", 6, "months", False, "L214-10"),
        ("auu_rights_warning", 30, "days", False, "règle du projet"),
        ("op_ruling", 6, "days", True, "515-11"),
        ("oppi_ruling", 24, "hours", True, "515-13-1"),
        ("op_duration", 12, "months", False, "2024-536"),
        ("op_warning", 60, "days", False, "règle du projet"),
        ("tgd_duration", 6, "months", False, "41-3-1"),
        ("bar_duration", 6, "months", False, "515-11-1"),
        ("protection_warning", 30, "days", False, "règle du projet"),
        ("first_contact", 5, "days", False, "PND"),
        ("danger_review", 24, "hours", False, "règle du projet"),
        ("no_contact", 48, "hours", False, "règle du projet"),
        ("consent_renewal_warning", 15, "days", False, "règle du projet"),
        ("retention", 2, "years", False, "2021-028"),
    ],
)
def test_a_period_is_the_one_of_its_text(
    code: str, count: int, unit: str, court: bool, text: str
) -> None:
    found = period(PeriodCode(code), TODAY)

    assert (found.count, found.unit, found.court) == (count, unit, court)
    assert text in found.source


def test_a_protection_order_lasts_as_long_as_the_law_said_on_the_day_of_its_notification() -> None:
    assert period(PeriodCode.OP_DURATION, date(2024, 6, 14)).count == 6
    assert period(PeriodCode.OP_DURATION, date(2024, 6, 15)).count == 12


def test_the_law_is_silent_before_its_first_day() -> None:
    assert period(PeriodCode.OPPI_RULING, date(2025, 1, 17)).count == 24
    with pytest.raises(LawSilent, match=r"oppi_ruling.* 2025-01-16 .*law/periods\.toml"):
        period(PeriodCode.OPPI_RULING, date(2025, 1, 16))


def test_a_text_that_nothing_replaced_ends_on_its_last_day(write: Write) -> None:
    path = write(("from = 2021-03-11", "from = 2021-03-11\nuntil = 2030-12-31"))
    retention = next(one for one in periods(path) if one.code is PeriodCode.RETENTION)

    assert retention.is_in_force(date(2021, 3, 11))
    assert retention.is_in_force(date(2030, 12, 31))
    assert not retention.is_in_force(date(2021, 3, 10))
    assert not retention.is_in_force(date(2031, 1, 1))


def test_the_law_is_read_once_and_nobody_changes_it() -> None:
    assert periods(PERIODS) is periods(PERIODS)
    with pytest.raises(ValidationError):
        period(PeriodCode.RETENTION, TODAY).count = 3  # type: ignore[misc]


# --- When a period ends


def test_the_allowance_is_owed_by_the_end_of_the_third_working_day() -> None:
    friday = datetime(2026, 11, 20, 18, tzinfo=PARIS)
    expected, new = (
        period(code, TODAY) for code in (PeriodCode.AUU_PAYMENT, PeriodCode.AUU_PAYMENT_NEW)
    )

    assert ends(friday, expected, DIJON) == datetime(2026, 11, 26, 0, 0, tzinfo=PARIS)
    assert ends(friday, new, DIJON) == datetime(2026, 11, 28, 0, 0, tzinfo=PARIS)


@pytest.mark.parametrize("unit", Unit)
def test_a_period_that_is_a_delay_ends_as_that_delay_does(unit: Unit) -> None:
    before_abolition_day = datetime(2027, 12, 17, 9, 30, tzinfo=UTC)
    delay = Delay(count=5, unit=unit, source="un essai")

    end = ends(before_abolition_day, a_period(5, unit), REUNION)

    assert end == due(before_abolition_day, delay, REUNION)


@pytest.mark.parametrize(
    ("start", "count", "unit", "last"),
    [
        pytest.param(date(2026, 3, 10), 12, "months", date(2027, 3, 10), id="a year of months"),
        pytest.param(date(2026, 4, 2), 6, "months", date(2026, 10, 2), id="half a year"),
        pytest.param(date(2026, 8, 31), 6, "months", date(2027, 2, 28), id="a sunday is kept"),
        pytest.param(date(2026, 11, 25), 1, "months", date(2026, 12, 25), id="christmas is kept"),
        pytest.param(date(2026, 11, 25), 2, "years", date(2028, 11, 25), id="two years"),
        pytest.param(date(2028, 2, 29), 2, "years", date(2030, 2, 28), id="from a leap day"),
    ],
)
def test_months_and_years_end_with_the_day_of_the_same_number(
    start: date, count: int, unit: str, last: date
) -> None:
    morning = datetime(start.year, start.month, start.day, 8, tzinfo=PARIS)

    end = ends(morning, a_period(count, unit), DIJON)

    assert end == datetime(last.year, last.month, last.day, tzinfo=PARIS) + timedelta(days=1)
    assert end.utcoffset() == timedelta()


def test_months_are_counted_from_the_day_it_is_in_the_territory() -> None:
    late = datetime(2026, 11, 30, 21, tzinfo=UTC)
    six_months = a_period(6, "months")

    assert ends(late, six_months, DIJON) == datetime(2027, 5, 30, 22, tzinfo=UTC)
    assert ends(late, six_months, REUNION) == datetime(2027, 6, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "unit", "start", "in_court", "elsewhere"),
    [
        (6, "days", date(2026, 11, 16), date(2026, 11, 24), date(2026, 11, 23)),
        (6, "months", date(2026, 8, 31), date(2027, 3, 2), date(2027, 3, 1)),
        (2, "years", date(2026, 5, 1), date(2028, 5, 3), date(2028, 5, 2)),
    ],
)
def test_only_a_period_of_civil_procedure_is_put_off_over_a_day_off(
    count: int, unit: str, start: date, in_court: date, elsewhere: date
) -> None:
    noon = datetime(start.year, start.month, start.day, 12, tzinfo=PARIS)

    for court, day in ((True, in_court), (False, elsewhere)):
        end = ends(noon, a_period(count, unit, court), DIJON)
        assert end.astimezone(PARIS) == datetime(day.year, day.month, day.day, tzinfo=PARIS)


def test_an_immediate_protection_is_ruled_within_24_hours_even_on_a_sunday() -> None:
    saturday = datetime(2026, 11, 21, 17, 45, tzinfo=PARIS)

    end = ends(saturday, period(PeriodCode.OPPI_RULING, TODAY), DIJON)

    assert end - saturday == timedelta(hours=24)


@pytest.mark.parametrize("unit", PeriodUnit)
def test_an_instant_without_a_time_zone_is_refused(unit: PeriodUnit) -> None:
    naive = datetime(2026, 11, 22, 12)  # noqa: DTZ001 - what must be refused

    with pytest.raises(NaiveInstant):
        ends(naive, a_period(1, unit), DIJON)
    with pytest.raises(NaiveInstant):
        before(naive, a_period(1, "days"), DIJON)


# --- When to warn


def test_the_end_of_a_protection_order_is_told_sixty_days_before_its_last_day() -> None:
    notified = datetime(2026, 3, 10, 11, tzinfo=PARIS)
    end = ends(notified, period(PeriodCode.OP_DURATION, notified.date()), DIJON)

    warning = before(end, period(PeriodCode.OP_WARNING, TODAY), DIJON)

    assert warning == datetime(2027, 1, 9, 9, tzinfo=PARIS)
    assert warning.utcoffset() == timedelta()


def test_a_warning_comes_at_nine_on_the_clock_of_the_territory_in_any_season() -> None:
    winter = datetime(2026, 11, 11, 0, 0, tzinfo=PARIS)
    thirty_days = period(PeriodCode.PROTECTION_WARNING, TODAY)

    assert before(winter, thirty_days, DIJON) == datetime(2026, 10, 11, 7, tzinfo=UTC)
    assert before(winter, thirty_days, REUNION) == datetime(2026, 10, 12, 5, tzinfo=UTC)


def test_an_end_at_midnight_belongs_to_the_day_it_closes() -> None:
    fifteen_days = period(PeriodCode.CONSENT_RENEWAL_WARNING, TODAY)
    midnight = datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)
    expected = datetime(2026, 11, 15, 9, tzinfo=PARIS)

    assert before(midnight, fifteen_days, DIJON) == expected
    assert before(midnight - timedelta(hours=5), fifteen_days, DIJON) == expected
    assert before(midnight + timedelta(hours=5), fifteen_days, DIJON) > expected


@pytest.mark.parametrize(
    ("lasting", "warning"),
    [
        (PeriodCode.AUU_RIGHTS, PeriodCode.AUU_RIGHTS_WARNING),
        (PeriodCode.OP_DURATION, PeriodCode.OP_WARNING),
        (PeriodCode.TGD_DURATION, PeriodCode.PROTECTION_WARNING),
        (PeriodCode.BAR_DURATION, PeriodCode.PROTECTION_WARNING),
    ],
)
def test_nobody_is_warned_of_an_end_before_it_has_begun(
    lasting: PeriodCode, warning: PeriodCode
) -> None:
    start = datetime(2026, 11, 25, 9, tzinfo=UTC)
    end = ends(start, period(lasting, TODAY), REUNION)

    assert start < before(end, period(warning, TODAY), REUNION) < end


# --- What a wrong file is told


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            ('code = "no_contact"\ncount = 48', 'code = "no_contact"\ncount = 0'),
            "periods[no_contact].count : 1 au moins",
            id="no time at all",
        ),
        pytest.param(
            ('code = "no_contact"\ncount = 48', 'code = "no_contact"\ncount = -48'),
            "periods[no_contact].count : 1 au moins",
            id="back in time",
        ),
        pytest.param(
            ('unit = "years"', 'unit = "decades"'),
            "periods[retention].unit : valeur inconnue : choisir parmi 'hours', 'days', "
            "'working_days', 'months' ou 'years'",
            id="unknown unit",
        ),
        pytest.param(
            ("from = 2021-03-11", "form = 2021-03-11\nfrom = 2021-03-11"),
            "periods[retention].form : clé inconnue : corriger son orthographe ou la retirer",
            id="unknown key",
        ),
        pytest.param(
            ("from = 2021-03-11", ""),
            "periods[retention].from : clé absente : l'ajouter",
            id="no date",
        ),
        pytest.param(
            ("from = 2024-06-15", 'from = "2024-06-15"'),
            "periods[op_duration].from : une date est attendue, sans guillemets, comme 2027-01-31",
            id="a date in quotes",
        ),
        pytest.param(
            ("from = 2024-06-15", "from = 2024-06-15T00:00:00"),
            "periods[op_duration].from : une date est attendue, sans guillemets, comme 2027-01-31",
            id="a date with an hour",
        ),
        pytest.param(
            ("count = 48", 'count = "48"'),
            "periods[no_contact].count : un nombre entier est attendu",
            id="a number in quotes",
        ),
        pytest.param(
            ('days"\ncourt = true', 'days"\ncourt = "true"'),
            "periods[op_ruling].court : valeur refusée (bool_type)",
            id="a yes in quotes",
        ),
        pytest.param(
            ('count = 60\nunit = "days"', "count = 60\nunit = []"),
            "periods[op_warning].unit : valeur inconnue : choisir parmi 'hours', 'days', "
            "'working_days', 'months' ou 'years'",
            id="a list for a unit",
        ),
        pytest.param(
            ("until = 2024-06-14", "until = 2024-06-15"),
            "periods[op_duration].from : deux textes en vigueur le 2024-06-15",
            id="overlap of a day",
        ),
        pytest.param(
            ("until = 2024-06-14", ""),
            "periods[op_duration].from : deux textes en vigueur le 2024-06-15",
            id="the old text was left open",
        ),
        pytest.param(
            ("until = 2024-06-14", "until = 2024-06-13"),
            "periods[op_duration].from : aucun texte du 2024-06-14 au 2024-06-14",
            id="gap of a day",
        ),
        pytest.param(
            ("from = 2021-03-11", "from = 2021-03-11\nuntil = 2021-03-10"),
            "periods[retention].until : écrire une date qui ne précède pas le 2021-03-11",
            id="ends before it begins",
        ),
        pytest.param(
            ('days"\ncourt = true', 'working_days"\ncourt = true'),
            "periods[op_ruling].unit : la procédure civile ne connaît pas les jours ouvrés",
            id="working days in court",
        ),
        pytest.param(
            ('count = 60\nunit = "days"', 'count = 2\nunit = "months"'),
            "periods[op_warning].unit : une alerte se compte en « days », sans « court »",
            id="a warning in months",
        ),
        pytest.param(
            ('count = 60\nunit = "days"', 'count = 60\nunit = "days"\ncourt = true'),
            "periods[op_warning].unit : une alerte se compte en « days », sans « court »",
            id="a warning in court",
        ),
        pytest.param(
            ("until = 2024-06-14", 'until = "2024-06-14"'),
            "periods[op_duration].until : une date est attendue, sans guillemets, comme 2027-01-31",
            id="a last day in quotes",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(
    write: Write, change: tuple[str, str], problem: str
) -> None:
    assert problems_of(write(change)) == (problem,)


def test_a_code_nobody_knows_and_the_one_it_replaced_are_both_told(write: Write) -> None:
    unknown, absent = problems_of(write(('"retention"', '"retentoin"')))

    assert unknown.startswith("periods[retentoin].code : valeur inconnue : choisir parmi 'auu_pay")
    assert absent == "periods[retention] : durée absente : l'ajouter"


def test_every_mistake_of_the_file_is_told_at_once(write: Write) -> None:
    path = write(
        ('"retention"', '"retentoin"'),
        ('code = "no_contact"\ncount = 48', 'code = "no_contact"\ncount = 0'),
        ("until = 2024-06-14", "until = 2024-07-14"),
        added=entry("first_contact", "from = 2010-01-01\nuntil = 2010-12-31"),
    )

    told = problems_of(path)

    assert [problem.split(" : ")[0] for problem in told] == [
        "periods[no_contact].count",
        "periods[retentoin].code",
        "periods[op_duration].from",
        "periods[first_contact].from",
        "periods[retention]",
    ]
    assert str(LawInvalid("periods.toml", told)).splitlines() == [
        "5 points à corriger dans periods.toml :",
        *(f"- {problem}" for problem in told),
    ]


def test_a_mistake_in_a_count_does_not_hide_one_in_the_dates(write: Write) -> None:
    told = problems_of(
        write(
            (
                'count = 6\nunit = "months"\nsource = "C. civ. 515-12',
                'count = 0\nunit = "months"\nsource = "C. civ. 515-12',
            ),
            ("until = 2024-06-14", "until = 2024-06-13"),
        )
    )

    assert [problem.split(" : ")[0] for problem in told] == [
        "periods[op_duration].count",
        "periods[op_duration].from",
    ]


def test_a_date_that_cannot_be_read_is_no_gap(write: Write) -> None:
    path = write(
        ("until = 2024-06-14", 'until = "juin"'),
        added=entry("op_duration", "from = 2010-01-01\nuntil = 2014-08-05"),
    )

    assert [problem.split(" : ")[0] for problem in problems_of(path)] == [
        "periods[op_duration].until"
    ]


@pytest.mark.parametrize("text", ["periods = 3", "periods = [1]", "", 'period = "?"'])
def test_a_file_of_another_shape_is_told_and_not_stumbled_upon(text: str, tmp_path: Path) -> None:
    path = tmp_path / "periods.toml"
    path.write_text(text, encoding="utf-8")

    told = problems_of(path)

    assert told[0].startswith("period")
    assert len(told) > len(PeriodCode)


def test_a_file_that_is_no_toml_or_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "periods.toml").write_text("code = ", encoding="utf-8")

    for path in (tmp_path / "periods.toml", tmp_path / "absent.toml"):
        assert problems_of(path)[0].startswith("ce n'est pas du TOML lisible (")


def test_errors_survive_a_process_boundary() -> None:
    silent = LawSilent(PeriodCode.RETENTION, TODAY)
    invalid = LawInvalid("periods.toml", ("à corriger",))

    for error in (silent, invalid):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes
