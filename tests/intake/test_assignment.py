"""Who accompanies a new departure: trained, present, of its pathway, and the least loaded."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from core.settings import ROOT
from models.danger import DangerBand
from models.departure import Departure, DepartureState
from models.person import Scheme
from models.referral import Referral
from models.territory import PathwayCode, Territory
from store.assignment import NoReferent, free_reference, least_loaded
from store.cases import read_case
from store.engine import session
from store.referrals import open_departure
from tests.intake.invented import NOW, Document

pytestmark = pytest.mark.usefixtures("store")

_FULL, _ACCOMPANIED = PathwayCode.FULL, PathwayCode.ACCOMPANIED


def _carries(territory: Territory, referent: str, count: int = 1, **otherwise: Any) -> None:
    """Give open departures to a referent."""
    plain: dict[str, Any] = {
        "fingerprint": "",
        "territory": territory.code,
        "referent": referent,
        "danger": DangerBand.WATCH,
        "scheme": Scheme.GENERAL,
        "pathway": territory.pathways[0].code,
        "opened_at": NOW,
    }
    with session() as opened:
        for _ in range(count):
            reference = free_reference(opened, territory.code)
            row = plain | otherwise | {"reference": reference, "referral_id": uuid4()}
            opened.add(Departure(**row))
            opened.flush()


def _assigned(territory: Territory, pathway: PathwayCode, now: datetime = NOW) -> str:
    with session() as opened:
        return least_loaded(opened, territory, territory.pathway(pathway), now)


@pytest.mark.parametrize(
    ("pathway", "now", "assigned"),
    [
        (_FULL, datetime(2026, 11, 20, 9, tzinfo=UTC), "ref-95-a"),
        (_ACCOMPANIED, datetime(2026, 11, 20, 9, tzinfo=UTC), "ref-95-c"),
        # Expired after the 13th of October 2028.
        (_FULL, datetime(2028, 10, 13, 9, tzinfo=UTC), "ref-95-a"),
        (_FULL, datetime(2028, 10, 14, 9, tzinfo=UTC), "ref-95-b"),
    ],
)
def test_only_a_referent_who_is_trained_that_day_is_assigned(
    pathway: PathwayCode, now: datetime, assigned: str, territories: dict[str, Territory]
) -> None:
    assert _assigned(territories["95"], pathway, now) == assigned


@pytest.mark.parametrize(
    ("now", "assigned"),
    [
        (datetime(2027, 8, 1, 9, tzinfo=UTC), "ref-95-b"),
        # On leave from the 2nd to the 20th of August 2027, both included.
        (datetime(2027, 8, 2, 9, tzinfo=UTC), "ref-95-a"),
        (datetime(2027, 8, 20, 9, tzinfo=UTC), "ref-95-a"),
        (datetime(2027, 8, 21, 9, tzinfo=UTC), "ref-95-b"),
    ],
)
def test_a_referent_on_leave_is_not_assigned_however_much_the_other_carries(
    now: datetime, assigned: str, territories: dict[str, Territory]
) -> None:
    _carries(territories["95"], "ref-95-a", count=3)

    assert _assigned(territories["95"], _FULL, now) == assigned


def test_an_untrained_referent_is_not_assigned_however_much_the_others_carry(
    territories: dict[str, Territory],
) -> None:
    _carries(territories["95"], "ref-95-a", count=3)
    in_may = datetime(2026, 5, 4, 9, tzinfo=UTC)

    assert _assigned(territories["95"], _FULL, in_may) == "ref-95-a"


def test_the_least_loaded_is_assigned_and_what_is_closed_weighs_nothing(
    territories: dict[str, Territory],
) -> None:
    val = territories["95"]
    _carries(val, "ref-95-a", count=2)
    _carries(val, "ref-95-b", count=1)
    _carries(val, "ref-95-b", count=5, state=DepartureState.CLOSED, closed_at=NOW)

    assert _assigned(val, _FULL) == "ref-95-b"


def test_a_paused_departure_weighs_as_an_open_one(territories: dict[str, Territory]) -> None:
    _carries(territories["95"], "ref-95-a", state=DepartureState.PAUSED)

    assert _assigned(territories["95"], _FULL) == "ref-95-b"


def test_the_referents_of_one_pathway_do_not_carry_the_departures_of_the_other(
    territories: dict[str, Territory],
) -> None:
    _carries(territories["95"], "ref-95-c", count=4)
    _carries(territories["95"], "ref-95-d", count=4)

    assert _assigned(territories["95"], _ACCOMPANIED) in ("ref-95-c", "ref-95-d")


def test_a_day_is_that_of_the_territory(territories: dict[str, Territory]) -> None:
    # The 27th of April 2029 is the last day of the first one's training; on the island it is over.
    evening = datetime(2029, 4, 27, 20, 30, tzinfo=UTC)

    assert _assigned(territories["974"], _FULL, evening) == "ref-974-b"


@pytest.mark.parametrize("year", [2020, 2040])
def test_with_nobody_trained_and_present_nothing_is_opened(
    year: int, territories: dict[str, Territory], referral: Referral
) -> None:
    with pytest.raises(NoReferent):
        open_departure(referral, datetime(year, 1, 6, 9, tzinfo=UTC))

    with session() as opened:
        assert opened.exec(select(Departure)).all() == []


@pytest.mark.parametrize(
    ("named", "pathway", "referents"),
    [
        (None, _FULL, ("ref-95-a", "ref-95-b")),
        ("complet", _FULL, ("ref-95-a", "ref-95-b")),
        ("accompagne", _ACCOMPANIED, ("ref-95-c", "ref-95-d")),
    ],
)
def test_the_pathway_of_the_referral_decides_whose_referent_it_is(
    named: str | None, pathway: PathwayCode, referents: tuple[str, ...]
) -> None:
    document: Document = json.loads((ROOT / "examples" / "danger-immediat.json").read_text())
    referral = Referral.model_validate_json(
        json.dumps(document | {"pathway": named, "referral_id": str(uuid4())})
    )

    case = read_case(open_departure(referral, NOW).reference)

    assert case is not None
    assert case.departure.pathway is pathway
    assert case.departure.referent in referents
