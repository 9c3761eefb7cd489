"""Agencies that say nothing, or are not there: silence escalates, an outage means a call."""

from datetime import UTC, datetime

import pytest

from models.act import ActState
from models.agency import Channel
from models.deadline import DeadlineKind
from models.journal import Event
from models.labels import label
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.request import RequestState
from tests.journey.driver import Journey

# A Friday; ref-21-b is away from Monday 2 August 2027 on.
_EVE_OF_LEAVE = datetime(2027, 7, 30, 8, 0, tzinfo=UTC)


def test_a_silent_caisse_is_reminded_once_then_the_referent_is_asked_to_call(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.order("caf-21", "never")
    journey.plans()

    journey.passes(days=5)

    assert journey.sent_once("caf-21", "remind")
    assert journey.asks(QuestionKind.CALL_AGENCY, Measure.AUU)


def test_a_silent_agency_climbs_the_whole_ladder_down_to_another_agency_in_parallel(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.order("france-victimes-21", "never")
    journey.plans()

    journey.waits_for(QuestionKind.ALTERNATIVE)

    climbed = [entry.code for entry in journey.events(Event.LADDER_CLIMBED)]
    assert (climbed[:2], climbed[-1]) == (["remind", "call"], "alternative")
    assert journey.sent_once("france-victimes-21", "remind")
    handed = [entry.code for entry in journey.events(Event.QUESTION_OVERDUE)]
    assert [code for code in handed if "call" in str(code)] == [
        "call_agency:backup",
        "call_agency:coordinator",
    ]
    journey.answers(QuestionKind.ALTERNATIVE, Choice.AGREED_ORAL)
    assert journey.requests(Measure.PSY) == [
        ("france-victimes-21", 1, RequestState.REQUESTED),
        ("cmp-21", 1, RequestState.DRAFT),
    ]


def test_what_a_referent_on_leave_would_be_asked_is_asked_of_the_backup(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.ADDRESS, at=_EVE_OF_LEAVE)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    journey.starts("mere-de-deux-enfants", Measure.ADDRESS, at=_EVE_OF_LEAVE)
    assert journey.case.departure.referent == "ref-21-b", "the other one carries a departure"
    journey.plans()
    asked = journey.case.open_questions(QuestionKind.CHECKLIST)
    assert {question.asked_of for question in asked} == {"ref-21-b"}

    journey.submits({question.field: label(Choice.NOT_YET) for question in asked})
    journey.passes(days=7.1)

    asked = journey.case.open_questions(QuestionKind.CHECKLIST)
    assert {question.asked_of for question in asked} == {"ref-21-a"}
    assert {"référent:ref-21-b", "à répondre:ref-21-a"} <= set(journey.flow_run.tags)


def test_a_question_left_unanswered_goes_to_the_backup_then_higher_and_higher(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.ADDRESS)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    journey.confirms_plan()

    for who in ("ref-21-b", "coord-21", "sup-21"):
        journey.jumps()
        assert journey.question(QuestionKind.SIGN_PLAN).asked_of == who
        assert {"référent:ref-21-a", f"à répondre:{who}", "en retard"} <= set(journey.flow_run.tags)

    told = [entry.code for entry in journey.events(Event.QUESTION_OVERDUE)]
    assert told == [f"sign_plan:{step}" for step in ("backup", "coordinator", "supervisor")]
    assert list(journey.case.running(DeadlineKind.QUESTION)), "the silence is still watched"


def test_a_caisse_that_is_down_is_asked_again_under_the_same_key_until_it_is_up(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.order("caf-21", "error_500")
    journey.plans()
    assert journey.request(Measure.AUU).state is RequestState.DRAFT

    journey.order("caf-21", "accept")
    journey.passes(hours=1)

    assert journey.request(Measure.AUU).state is not RequestState.DRAFT
    assert journey.sent_once("caf-21", "send")
    assert not journey.asks(QuestionKind.CALL_AGENCY)


def test_a_housing_service_that_is_down_becomes_a_call_at_once_and_is_not_asked_twice(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "error_500")
    journey.plans()

    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_ACCEPTED)
    journey.order("siao-21", "accept")
    journey.passes(hours=6)

    assert journey.request(Measure.HOUSING).channel is Channel.CALL
    assert {act.state for act in journey.case.acts} == {ActState.GIVEN_UP}
    assert not [call for call in journey.calls("siao-21") if call.status < 400]


def test_nobody_answering_the_phone_twice_leads_to_another_choice(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.HOUSING)
    journey.order("siao-21", "error_500")
    journey.plans()

    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_NO_ANSWER)
    journey.passes(hours=1.1)
    journey.answers(QuestionKind.CALL_AGENCY, Choice.CALL_NO_ANSWER)

    assert journey.request(Measure.HOUSING).state is RequestState.EXPIRED
    assert journey.asks(QuestionKind.NEXT_STEP, Measure.HOUSING)


@pytest.mark.timeout(180)
def test_an_answer_lost_on_the_way_is_asked_for_again_and_the_agency_sees_a_duplicate(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.order("caf-21", "timeout:1")

    journey.plans()
    journey.passes(hours=1)

    calls = journey.calls("caf-21", "send")
    assert len({call.idempotency_key for call in calls}) == 1
    assert [call.duplicate for call in calls].count(False) == 1
    assert any(call.duplicate for call in calls)


def test_an_agency_that_answers_outside_its_contract_is_put_to_a_human(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.order("caf-21", "malformed")

    journey.plans()

    (failed,) = journey.events(Event.ACT_FAILED)
    assert failed.code == "send:refused_form"
    asked = [q for q in journey.case.questions if q.kind is QuestionKind.CALL_AGENCY]
    assert [question.measure for question in asked] == [Measure.AUU]
