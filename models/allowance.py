"""Estimate — estimation de l'aide : how much emergency allowance (AUU), and in which form, before
the caisse decides. Read from `law/allowance.toml`.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.settings import ROOT
from models.person import ResourcesBand

_FILE = ROOT / "law" / "allowance.toml"


class AllowanceForm(StrEnum):
    """Gift or interest-free loan: nobody chooses, the resources do (CASF D214-13)."""

    GIFT = "gift"
    LOAN = "loan"
    DEPENDS = "depends"
    """The band of resources does not tell: the exact amount does."""


@dataclass(frozen=True)
class Estimate:
    """What the caisse may decide; never a promise."""

    cents: int
    """Euro cents, paid once."""
    form: AllowanceForm
    confirmed: bool
    """False when a figure of the period was not read in an official text."""
    source: str
    """The law and the figures, in French."""


class AllowanceUnknown(LookupError):
    """No period of the law's file covers this day."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day

    def __str__(self) -> str:
        return f"aucun barème de l'AUU pour le {self.day:%d/%m/%Y} : compléter law/{_FILE.name}"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Cut(_Table):
    band: ResourcesBand
    up_to: Decimal | None = None
    percent: Annotated[int, Field(ge=0, lt=100)]


class _Period(_Table):
    since: Annotated[date, Field(alias="from")]
    until: date | None = None
    """The last day; None as long as nothing verified replaces the figures."""
    rsa: Annotated[Decimal, Field(gt=0)]
    net_smic: Annotated[Decimal, Field(gt=0)]
    confirmed: bool
    source: str


class _Law(_Table):
    coefficients: Annotated[list[Decimal], Field(min_length=1)]
    each_further_child: Decimal
    loan_above: Annotated[list[Decimal], Field(min_length=1)]
    cuts: Annotated[list[_Cut], Field(min_length=1)]
    periods: list[_Period]


def estimate(children: int, band: ResourcesBand, on: date) -> Estimate:
    """Return what a request of that local date may bring (CASF D214-13, D214-14).

    `children` are those in charge, under 21. Raises AllowanceUnknown.
    """
    return _estimate(children, band, _form_within(band, children), _period(on))


def estimate_exact(children: int, resources_cents: int, on: date) -> Estimate:
    """Return the same from the previous month's resources, in euro cents, which settle the form.

    Raises AllowanceUnknown.
    """
    period = _period(on)
    in_smic = Decimal(resources_cents) / 100 / period.net_smic
    band = next(cut.band for cut in _law().cuts if cut.up_to is None or in_smic <= cut.up_to)
    is_loan = in_smic > _loan_above(children)
    form = AllowanceForm.LOAN if is_loan else AllowanceForm.GIFT
    return _estimate(children, band, form, period)


def sentence(estimate: Estimate) -> str:
    """Return an estimate as people read it, in French."""
    doubt = "" if estimate.confirmed else ", barème non confirmé"
    euros, cents = divmod(estimate.cents, 100)
    amount = f"{euros:,}".replace(",", " ") + f",{cents:02d} €"
    return f"estimation indicative{doubt} : {amount}, {_FORMS[estimate.form]} ; la caisse décide"


_FORMS = {
    AllowanceForm.GIFT: "en don",
    AllowanceForm.LOAN: "en prêt sans intérêt",
    AllowanceForm.DEPENDS: "en don ou en prêt sans intérêt selon les ressources exactes",
}


def _estimate(children: int, band: ResourcesBand, form: AllowanceForm, period: _Period) -> Estimate:
    percent = next(cut.percent for cut in _law().cuts if cut.band is band)
    euros = period.rsa * _coefficient(children) * (100 - percent) / 100
    cents = int((euros * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return Estimate(cents, form, period.confirmed, period.source)


def _coefficient(children: int) -> Decimal:
    assert children >= 0
    listed = _law().coefficients
    further = max(0, children - len(listed) + 1)
    return listed[min(children, len(listed) - 1)] + further * _law().each_further_child


def _loan_above(children: int) -> Decimal:
    return _law().loan_above[min(children, len(_law().loan_above) - 1)]


def _form_within(band: ResourcesBand, children: int) -> AllowanceForm:
    """Return the form that all the resources of a band lead to, if it is one and the same."""
    threshold = _loan_above(children)
    floor, ceiling = _bounds(band)
    if ceiling <= threshold:
        return AllowanceForm.GIFT
    return AllowanceForm.LOAN if floor >= threshold else AllowanceForm.DEPENDS


def _bounds(band: ResourcesBand) -> tuple[Decimal, Decimal]:
    """Return what a band lies between, in net SMIC: above the first, up to the second."""
    cuts = _law().cuts
    place = [cut.band for cut in cuts].index(band)
    limits = [Decimal(0), *(cut.up_to or Decimal("Infinity") for cut in cuts)]
    return limits[place], limits[place + 1]


def _period(on: date) -> _Period:
    for period in _law().periods:
        if period.since <= on and (period.until is None or on <= period.until):
            return period
    raise AllowanceUnknown(on)


@lru_cache(maxsize=1)
def _law() -> _Law:
    # Rule: money is counted in decimals from the file on; a binary fraction loses cents.
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    return _Law.model_validate(table)
