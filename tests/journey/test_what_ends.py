"""What ends of itself: an order, a yes. Somebody is told in time, and what leaned on it is taken
back.
"""

from datetime import timedelta

from models.departure import Outcome
from models.measure import Measure
from models.protection import ProtectionKind
from models.question import Choice, QuestionKind, Wish
from models.request import RequestState
from tests.journey.driver import BEGINNING, Journey


def test_an_order_is_warned_of_sixty_days_before_its_end_even_after_an_exit(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.JUSTICE)
    journey.plans()
    for days in (3.1, 6):
        # The hearing is fixed, then the order is served: each time the danger is assessed.
        journey.passes(days=days)
        journey.answers(QuestionKind.DANGER, Choice.HIGH)
    order = journey.case.protection(ProtectionKind.OP)
    assert order is not None
    assert order.ends_at is not None
    journey.wishes(Wish.CLOSE)
    journey.answers(QuestionKind.CLOSE, Choice.CLOSE_EXIT)
    assert journey.flow_run.state_name == "Completed"

    journey.jumps_to(order.ends_at - timedelta(days=61))
    assert not journey.case.open_questions()
    journey.passes(days=1)

    warned = journey.question(QuestionKind.LEGAL_END)
    assert warned.about == ProtectionKind.OP
    assert journey.case.departure.outcome is Outcome.EXIT
    journey.answers(QuestionKind.LEGAL_END, Choice.RENEWAL_STARTED)
    assert journey.flow_run.state_name == "Completed"


def test_a_yes_that_nobody_renews_ends_what_is_pending_is_recalled_and_what_stays_is_told(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.order("france-victimes-21", "never")
    journey.plans()
    journey.says("france-victimes-21", Measure.PSY, "appointment", on=BEGINNING + timedelta(300))

    journey.lives_until(QuestionKind.RENEW_CONSENT)
    assert not journey.calls("france-victimes-21", "recall")
    journey.passes(days=16)

    assert journey.sent_once("france-victimes-21", "recall")
    assert journey.request(Measure.PSY).state is RequestState.WITHDRAWN
    assert not journey.case.has_consent(Measure.PSY, "france-victimes-21")
    assert journey.asks(QuestionKind.CANNOT_UNDO, Measure.PSY)
    assert journey.asks(QuestionKind.NEXT_STEP, Measure.PSY)
