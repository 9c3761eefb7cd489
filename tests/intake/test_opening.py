"""What a referral opens: wishes, yeses with an end, facts, a band of danger; in one transaction."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from models.case import Case
from models.danger import DangerBand
from models.departure import Departure, DepartureState
from models.facts import Facts, facts_of
from models.measure import MeasureState
from models.referral import Referral
from models.vault_entry import VaultEntry
from store.cases import read_case
from store.engine import session
from store.referrals import open_departure
from tests.intake.invented import NOW, Document

pytestmark = pytest.mark.usefixtures("store")


def _opened(document: Document) -> Case:
    referral = Referral.model_validate_json(json.dumps(document))
    case = read_case(open_departure(referral, NOW).reference)
    assert case is not None
    return case


def test_each_measure_is_wished_and_each_yes_covers_its_own(document: Document) -> None:
    case = _opened(document)

    assert case.departure.state is DepartureState.PROPOSED
    asked = [measure["measure"] for measure in document["measures"]]
    assert [wish.measure.value for wish in case.wishes] == asked
    assert {wish.state for wish in case.wishes} == {MeasureState.WISHED}
    given = {(yes["measure"], yes["agency"]) for yes in document["consents"]}
    assert {(yes.measure.value, yes.agency) for yes in case.consents} == given
    assert all(yes.covers(yes.measure, NOW) for yes in case.consents)


def test_a_yes_is_good_for_180_days_from_the_day_on_which_it_was_given(document: Document) -> None:
    case = _opened(document)

    # Given on the 16th of November 2026: until 24:00 on the 15th of May.
    end = datetime(2027, 5, 16, tzinfo=ZoneInfo("Europe/Paris"))
    assert {consent.ends_at for consent in case.consents} == {end}


def test_a_yes_that_is_too_old_lets_nothing_leave(document: Document) -> None:
    for yes in document["consents"]:
        yes["given_at"] = "2026-01-05T10:00:00+01:00"

    case = _opened(document)

    assert not any(case.has_consent(one.measure, one.agency) for one in case.consents)


def test_the_facts_are_kept_beside_the_vault(document: Document) -> None:
    case = _opened(document | {"excluded_agencies": ["bailleur-21"]})

    referral = Referral.model_validate_json(
        json.dumps(document | {"excluded_agencies": ["bailleur-21"]})
    )
    drawn = facts_of(case.departure.reference, referral, NOW.date())
    assert case.facts.model_dump() == drawn.model_dump()
    assert case.is_excluded("bailleur-21")


@pytest.mark.parametrize(
    ("declared", "answers", "band"),
    [
        ("high", {"enfants_temoins": True}, DangerBand.HIGH),
        # The grid raises what was declared, and never lowers it.
        ("watch", {"menaces_de_mort": True, "etranglement": True}, DangerBand.IMMEDIATE),
        ("immediate", {"enfants_temoins": False}, DangerBand.IMMEDIATE),
    ],
)
def test_the_danger_is_what_the_prescriber_or_the_grid_says_whichever_is_greater(
    document: Document, declared: str, answers: dict[str, bool], band: DangerBand
) -> None:
    heard = document["danger"] | {"band": declared, "answers": answers}

    assert _opened(document | {"danger": heard}).departure.danger is band


def test_a_referral_that_cannot_be_sealed_leaves_nothing(document: Document) -> None:
    with session() as opened:
        opened.execute(text("ALTER TABLE vault_entry ADD CHECK (key_id = 'none')"))

    with pytest.raises(DBAPIError):
        _opened(document)

    with session() as opened:
        for table in (Departure, Facts, VaultEntry):
            assert opened.exec(select(table)).all() == []
