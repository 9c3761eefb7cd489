"""When an agency is left in peace, when it is tried again, and what is tried all the same."""

from datetime import UTC, datetime, timedelta

import pytest

from models.act import Verb
from models.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE, Breaker, always_tried
from models.danger import DangerBand
from models.measure import Measure

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def missing(times: int) -> Breaker:
    breaker = Breaker(agency="caf-21")
    for _ in range(times):
        breaker.misses(NOW)
    return breaker


def test_two_misses_are_bad_luck_the_third_is_an_outage() -> None:
    assert missing(2).may_try(NOW)
    assert not missing(2).is_open
    assert missing(3).is_open
    assert not missing(3).may_try(NOW)


def test_an_answer_in_between_forgets_what_was_missed() -> None:
    breaker = missing(2)
    breaker.hears()
    breaker.misses(NOW)

    assert not breaker.is_open


@pytest.mark.parametrize(("misses", "seconds"), [(3, 15), (4, 30), (5, 60), (8, 300), (999, 300)])
def test_the_longer_it_is_away_the_longer_it_is_left_in_peace_up_to_five_minutes(
    misses: int, seconds: int
) -> None:
    breaker = missing(misses)

    assert not breaker.may_try(NOW + timedelta(seconds=seconds - 1))
    assert breaker.may_try(NOW + timedelta(seconds=seconds))


def test_one_trial_at_a_time() -> None:
    breaker = missing(FAILURES_TO_OPEN)
    later = NOW + LONGEST_PAUSE
    breaker.tries(later)

    assert not breaker.may_try(later)
    assert breaker.may_try(later + timedelta(seconds=15)), "whoever had the trial may have died"


def test_it_is_away_since_the_miss_that_told_until_it_answers() -> None:
    breaker = missing(FAILURES_TO_OPEN)
    breaker.misses(NOW + timedelta(hours=1))
    assert breaker.away_since == NOW

    breaker.hears()

    assert (breaker.failures, breaker.is_open) == (0, False)
    assert breaker.may_try(NOW)


def test_a_clock_that_went_back_does_not_shut_an_agency_for_hours() -> None:
    assert missing(FAILURES_TO_OPEN).may_try(NOW - timedelta(hours=5))


@pytest.mark.parametrize(
    ("measure", "verb", "danger", "is_tried"),
    [
        (Measure.HOUSING, Verb.SEND, DangerBand.WATCH, True),
        (Measure.HOUSING, Verb.RECALL, DangerBand.WATCH, True),
        (Measure.AUU, Verb.SEND, DangerBand.IMMEDIATE, True),
        (Measure.CHILDCARE, Verb.ACCEPT_OFFER, DangerBand.HIGH, True),
        (Measure.CHILDCARE, Verb.HOLD_OFFER, DangerBand.HIGH, True),
        (Measure.AUU, Verb.SEND, DangerBand.HIGH, False),
        (Measure.PSY, Verb.REMIND, DangerBand.WATCH, False),
    ],
)
def test_a_shelter_an_immediate_danger_an_offer_are_tried_all_the_same(
    measure: Measure, verb: Verb, danger: DangerBand, is_tried: bool
) -> None:
    assert always_tried(measure, verb, danger) is is_tried
