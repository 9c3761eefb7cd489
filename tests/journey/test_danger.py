"""Danger has its own lane: a new fact, a suicidal risk; no queue, no calendar, no planned date."""

from models.about import Trigger
from models.danger import DangerBand
from models.measure import Measure
from models.question import Choice, QuestionKind, Wish
from tests.journey.driver import Journey

_TWO_HOURS = 2 * 3600


def test_danger_named_by_a_new_fact_is_assessed_at_once_and_reviewed_within_a_day(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.ADDRESS)
    journey.plans()

    journey.wishes(Wish.NEW_FACT)
    journey.answers(QuestionKind.NEW_FACT, Choice.PERPETRATOR_RELEASED)
    assessed = journey.question(QuestionKind.DANGER)
    assert assessed.about == Trigger.PERPETRATOR_RELEASED
    assert (assessed.due_at - assessed.opened_at).total_seconds() <= _TWO_HOURS

    journey.answers(QuestionKind.DANGER, Choice.IMMEDIATE)
    journey.answers(QuestionKind.DANGER_NOW, Choice.SHELTERED)
    assert journey.case.departure.danger is DangerBand.HIGH
    journey.passes(hours=24.1)

    assert journey.question(QuestionKind.DANGER).about == Trigger.REVIEW


def test_a_suicidal_risk_asks_for_a_human_act_at_once_and_queues_no_psychological_request(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY, person={"psy_triage": "suicidal_risk"})
    asked = journey.question(QuestionKind.SUICIDAL_RISK)
    assert (asked.due_at - asked.opened_at).total_seconds() <= _TWO_HOURS
    assert "3114" in journey.form()["properties"][asked.field]["description"]

    journey.plans()
    journey.answers(QuestionKind.SUICIDAL_RISK, Choice.ACCOMPANIED)
    assert not journey.case.requests, "the risk stands: it is asked again the next day"
    journey.passes(hours=24.1)
    assert not journey.case.requests
    journey.answers(QuestionKind.SUICIDAL_RISK, Choice.RISK_LIFTED)

    assert journey.sent_once("france-victimes-21", "send")
