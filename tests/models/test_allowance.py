"""The estimate of the emergency allowance: every published figure, and what holds for any home."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.allowance import (
    AllowanceForm,
    AllowanceUnknown,
    Estimate,
    estimate,
    estimate_exact,
    sentence,
)
from models.person import ResourcesBand

# The duration of one example says nothing here, and varies on a shared machine.
settings.register_profile("allowance", deadline=None)
settings.load_profile("allowance")

LAW = tomllib.loads((ROOT / "law" / "allowance.toml").read_text("utf-8"), parse_float=Decimal)
WINTER_2024 = date(2024, 1, 15)
SUMMER_2025 = date(2025, 7, 1)
SMIC_2025 = Decimal("1426.30")
UP_TO_HALF, UP_TO_ONE, UP_TO_ONE_AND_HALF, ABOVE = ResourcesBand
GIFT, LOAN, DEPENDS = AllowanceForm

families = st.integers(min_value=0, max_value=15)
resources = st.integers(min_value=0, max_value=1_000_000)
days = st.one_of(
    st.dates(date(2023, 12, 1), date(2024, 3, 31)), st.dates(date(2025, 4, 1), date(2060, 1, 1))
)


def smic(times: str) -> int:
    """Return this many net SMIC of 2025 in cents, the fraction of a cent left out."""
    return int(SMIC_2025 * Decimal(times) * 100)


@pytest.mark.parametrize(
    ("on", "children", "band", "published"),
    [
        (WINTER_2024, 0, ABOVE, 243_10),
        (WINTER_2024, 3, UP_TO_HALF, 1_337_05),
        (SUMMER_2025, 0, ABOVE, 258_61),
        (SUMMER_2025, 0, UP_TO_HALF, 646_52),
        (SUMMER_2025, 3, ABOVE, 568_94),
    ],
)
def test_the_estimate_is_the_published_amount(
    on: date, children: int, band: ResourcesBand, published: int
) -> None:
    assert estimate(children, band, on).cents == published


def test_the_caf_rounds_one_published_amount_a_cent_higher() -> None:
    # Published: 1 422,35. Multiplied: 646,52 × 2,2 = 1 422,344. Hence « estimation indicative ».
    assert estimate(3, UP_TO_HALF, SUMMER_2025).cents == 1_422_35 - 1


def test_half_a_cent_is_rounded_up() -> None:
    # 607,75 × 1,5 = 911,625.
    assert estimate(1, UP_TO_HALF, WINTER_2024).cents == 911_63


@pytest.mark.parametrize(
    ("published", "until_there", "beyond"),
    [(713_15, 646_52, 517_22), (1_426_30, 517_22, 387_91), (2_139_45, 387_91, 258_61)],
)
def test_a_cut_begins_one_cent_above_its_published_limit(
    published: int, until_there: int, beyond: int
) -> None:
    assert estimate_exact(0, published, SUMMER_2025).cents == until_there
    assert estimate_exact(0, published + 1, SUMMER_2025).cents == beyond


@pytest.mark.parametrize(
    ("children", "base"),
    [(0, 646_52), (1, 969_78), (2, 1_163_74), (3, 1_422_34), (4, 1_680_95), (5, 1_939_56)],
)
def test_each_child_raises_the_amount_by_its_own_coefficient(children: int, base: int) -> None:
    assert estimate(children, UP_TO_HALF, SUMMER_2025).cents == base


@pytest.mark.parametrize(
    ("children", "times"), [(0, "1.5"), (1, "2.25"), (2, "2.7"), (3, "3.3"), (4, "3.3")]
)
def test_a_gift_becomes_a_loan_one_cent_above_the_threshold(children: int, times: str) -> None:
    assert estimate_exact(children, smic(times), SUMMER_2025).form is GIFT
    assert estimate_exact(children, smic(times) + 1, SUMMER_2025).form is LOAN


def test_a_parent_of_one_at_1_6_smic_gets_the_amount_cut_by_60_percent_as_a_gift() -> None:
    exact = estimate_exact(1, smic("1.6"), SUMMER_2025)

    assert (exact.cents, exact.form) == (387_91, GIFT)


@pytest.mark.parametrize(
    ("children", "band", "form"),
    [
        (0, UP_TO_HALF, GIFT),
        (0, UP_TO_ONE_AND_HALF, GIFT),
        (0, ABOVE, LOAN),
        (1, UP_TO_ONE_AND_HALF, GIFT),
        (1, ABOVE, DEPENDS),
        (6, ABOVE, DEPENDS),
    ],
)
def test_the_form_is_told_only_when_the_band_settles_it(
    children: int, band: ResourcesBand, form: AllowanceForm
) -> None:
    assert estimate(children, band, SUMMER_2025).form is form


def test_the_figures_change_on_the_1st_of_april() -> None:
    eve, day = date(2026, 3, 31), date(2026, 4, 1)

    assert estimate(0, UP_TO_HALF, eve).cents == 646_52
    assert estimate(0, UP_TO_HALF, day).cents == 652_33
    # 715 € are more than half of one SMIC, and less than half of the next.
    assert estimate_exact(0, 715_00, eve).cents == 517_22
    assert estimate_exact(0, 715_00, day).cents == 652_33


def test_what_no_official_text_says_is_marked_as_such() -> None:
    assert estimate(0, UP_TO_HALF, date(2026, 3, 31)).confirmed
    assert not estimate(0, UP_TO_HALF, date(2026, 4, 1)).confirmed
    assert "décret non lu" in estimate(0, UP_TO_HALF, date(2026, 4, 1)).source


@pytest.mark.parametrize("day", [date(2023, 11, 30), date(2024, 4, 1), date(2025, 3, 31)])
def test_a_day_without_figures_has_no_estimate(day: date) -> None:
    with pytest.raises(AllowanceUnknown, match=f"{day:%d/%m/%Y}.*law/allowance.toml"):
        estimate(0, UP_TO_HALF, day)
    with pytest.raises(LookupError):
        estimate_exact(0, 0, day)


@pytest.mark.parametrize(
    ("given_estimate", "read"),
    [
        (
            estimate(1, UP_TO_HALF, SUMMER_2025),
            "estimation indicative : 969,78 €, en don ; la caisse décide",
        ),
        (
            estimate(3, UP_TO_HALF, SUMMER_2025),
            "estimation indicative : 1 422,34 €, en don ; la caisse décide",
        ),
        (
            estimate(0, ABOVE, SUMMER_2025),
            "estimation indicative : 258,61 €, en prêt sans intérêt ; la caisse décide",
        ),
        (
            estimate(1, ABOVE, SUMMER_2025),
            "estimation indicative : 387,91 €, en don ou en prêt sans intérêt selon les "
            "ressources exactes ; la caisse décide",
        ),
        (
            estimate(0, UP_TO_HALF, date(2026, 11, 25)),
            "estimation indicative, barème non confirmé : 652,33 €, en don ; la caisse décide",
        ),
        (
            Estimate(1_000_05, GIFT, True, "un essai"),
            "estimation indicative : 1 000,05 €, en don ; la caisse décide",
        ),
    ],
)
def test_people_read_an_amount_a_form_and_who_decides(given_estimate: Estimate, read: str) -> None:
    assert sentence(given_estimate) == read


def test_periods_follow_each_other_and_a_confirmed_one_ends_before_the_next_1st_of_april() -> None:
    periods = LAW["periods"]

    for before, after in pairwise(periods):
        assert before["until"] < after["from"]
    for period in periods:
        if period["confirmed"]:
            assert (period["until"].month, period["until"].day) == (3, 31)
            assert period["until"] - period["from"] < timedelta(days=366)


def test_cuts_deepen_band_after_band_and_the_last_has_no_limit() -> None:
    cuts = LAW["cuts"]

    assert [cut["band"] for cut in cuts] == list(ResourcesBand)
    assert [cut["percent"] for cut in cuts] == [0, 20, 40, 60]
    assert [cut.get("up_to") for cut in cuts] == [Decimal("0.5"), 1, Decimal("1.5"), None]


@given(families, resources, resources, days)
def test_the_amount_never_rises_with_resources(
    children: int, one: int, other: int, on: date
) -> None:
    poorer, richer = sorted((one, other))

    assert estimate_exact(children, poorer, on).cents >= estimate_exact(children, richer, on).cents


@given(families, resources, days)
def test_the_amount_never_falls_with_children(children: int, income: int, on: date) -> None:
    more = estimate_exact(children + 1, income, on)

    assert more.cents >= estimate_exact(children, income, on).cents


@given(families, resources, days)
def test_everybody_gets_something(children: int, income: int, on: date) -> None:
    assert estimate_exact(children, income, on).cents > 0


@given(families, resources, days)
def test_more_children_never_turn_a_gift_into_a_loan(children: int, income: int, on: date) -> None:
    if estimate_exact(children, income, on).form is GIFT:
        assert estimate_exact(children + 1, income, on).form is GIFT


@given(families, st.decimals(min_value=0, max_value=5, places=2))
def test_the_exact_resources_keep_what_their_band_promised(children: int, times: Decimal) -> None:
    band = next(
        band
        for band, limit in zip(ResourcesBand, ("0.5", "1", "1.5", "5"), strict=True)
        if times <= Decimal(limit)
    )
    promised = estimate(children, band, SUMMER_2025)
    exact = estimate_exact(children, smic(str(times)), SUMMER_2025)

    assert exact.cents == promised.cents
    assert promised.form in (exact.form, DEPENDS)
