"""An agency is away for days: nobody waits for it, a human phones, and it is asked again once it
is back.
"""

from datetime import timedelta

from sqlmodel import update

from core.clock import SystemClock
from models.act import ActState
from models.breaker import FAILURES_TO_OPEN, Breaker
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.request import RequestState
from store.breakers import gave_no_answer, open_breakers
from store.engine import session
from tests.journey.driver import Journey

_LONG = FAILURES_TO_OPEN + 5


def _was_away(agency: str) -> None:
    """Other departures had no answer, for so long that the next trial is five minutes away."""
    for _ in range(_LONG):
        gave_no_answer(agency)


def _time_for_a_trial() -> None:
    with session() as opened:
        opened.execute(update(Breaker).values(trial_at=SystemClock().now() - timedelta(seconds=1)))


def test_a_caisse_that_is_away_is_left_in_peace_the_referent_phones_and_it_is_asked_when_back(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    _was_away("caf-21")
    journey.order("caf-21", "error_500")
    journey.plans()
    assert journey.calls("caf-21") == [], "no call holds a worker"

    journey.passes(hours=1)
    assert journey.calls("caf-21") == []
    assert journey.asks(QuestionKind.CALL_AGENCY, Measure.AUU), "the way to the phone goes on"
    assert journey.case.pending_acts(), "the act is not lost"

    journey.order("caf-21", "accept")
    _time_for_a_trial()
    journey.passes(hours=12)

    assert journey.sent_once("caf-21", "send")
    assert open_breakers() == []
    assert journey.request(Measure.AUU).state is not RequestState.DRAFT
    assert not journey.asks(QuestionKind.CALL_AGENCY, Measure.AUU)
    journey.starts("mere-de-deux-enfants", Measure.AUU).plans()
    assert journey.sent_once("caf-21", "send"), "a new request goes by the API again"


def test_a_shelter_is_tried_once_though_its_service_is_away_and_somebody_phones_at_once(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    _was_away("siao-21")
    journey.order("siao-21", "error_500")

    journey.plans()

    assert len(journey.calls("siao-21", "send")) == 1, "one call, not three"
    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_ACCEPTED)
    assert {act.state for act in journey.case.acts} == {ActState.GIVEN_UP}
