"""The law gives the caisse three working days, five for a new household, whatever is said between
(CASF L214-10).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from models.act import Verb
from models.deadline import DeadlineKind
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.reply import ReplyKind
from models.request import RequestState
from tests.models.journey.cases import (
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    an_act,
)
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")
# Monday 23 November 2026: the day itself is not counted, the last one ends at 24:00.
_IN_THREE_DAYS = datetime(2026, 11, 27, tzinfo=_PARIS)
_IN_FIVE_DAYS = datetime(2026, 12, 1, tzinfo=_PARIS)


def _asking(is_allocataire: bool = True) -> Life:
    case = a_case(auu=MeasureState.ONGOING)
    case.facts.is_allocataire = is_allocataire
    an_act(case, Verb.SEND, a_request(case, RequestState.DRAFT))
    return Life(case)


@pytest.mark.parametrize(
    ("is_allocataire", "paid_by"), [(True, _IN_THREE_DAYS), (False, _IN_FIVE_DAYS)]
)
def test_the_period_runs_from_the_day_on_which_the_caisse_has_the_request(
    is_allocataire: bool, paid_by: datetime
) -> None:
    life = _asking(is_allocataire)

    life.carries_out()

    assert life.expected(DeadlineKind.STATUTORY).due_at == paid_by
    assert "CASF L214-10" in life.expected(DeadlineKind.STATUTORY).source


def test_it_runs_when_the_request_was_made_by_voice() -> None:
    life = _asking()
    a_question(life.case, QuestionKind.CALL_AGENCY, life.case.requests[0])

    life.answers(life.asked(QuestionKind.CALL_AGENCY), Choice.CALL_TAKEN)

    assert life.expected(DeadlineKind.STATUTORY).due_at == _IN_THREE_DAYS


def test_it_runs_when_the_caisse_answers_before_its_receipt() -> None:
    life = _asking()

    life.hears(life.case.requests[0], ReplyKind.ACCEPTED)
    life.carries_out()

    assert life.expected(DeadlineKind.STATUTORY).due_at == _IN_THREE_DAYS


@pytest.mark.parametrize("answer", [Choice.CALL_TAKEN, Choice.CALL_ACCEPTED])
def test_it_runs_on_whatever_the_phone_says_but_a_payment(
    answer: Choice,
) -> None:
    case = a_case(auu=MeasureState.ONGOING)
    request = a_request(case)
    running = a_deadline(case, DeadlineKind.STATUTORY, request)
    life = Life(case)
    a_question(case, QuestionKind.CALL_AGENCY, request)

    life.answers(life.asked(QuestionKind.CALL_AGENCY), answer)

    assert running.is_running


@pytest.mark.parametrize(
    "kind", [ReplyKind.RECEIVED, ReplyKind.NEED_INFO, ReplyKind.ACCEPTED, ReplyKind.WAITING]
)
def test_it_runs_on_whatever_the_caisse_says_but_a_payment_or_a_no(
    kind: ReplyKind,
) -> None:
    case = a_case(auu=MeasureState.ONGOING)
    request = a_request(case)
    running = a_deadline(case, DeadlineKind.STATUTORY, request)

    Life(case).hears(request, kind)

    assert running.is_running


@pytest.mark.parametrize("kind", [ReplyKind.FULFILLED, ReplyKind.REFUSED])
def test_it_ends_with_a_payment_or_a_no(kind: ReplyKind) -> None:
    case = a_case(auu=MeasureState.ONGOING)
    request = a_request(case)
    running = a_deadline(case, DeadlineKind.STATUTORY, request)

    Life(case).hears(request, kind)

    assert not running.is_running


def test_no_other_measure_is_paid_by_law() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    request = a_request(case, RequestState.DRAFT, measure=Measure.PSY, agency="france-victimes-21")
    an_act(case, Verb.SEND, request)
    life = Life(case)

    life.carries_out()

    assert not [*case.running(DeadlineKind.STATUTORY)]


@pytest.mark.parametrize("answer", [None, Choice.CALL_NO_ANSWER])
def test_a_document_that_arrives_does_not_silence_a_delay_that_the_law_has_passed(
    answer: Choice | None,
) -> None:
    case = a_case(auu=MeasureState.ONGOING)
    a_yes(case)
    request = a_request(case, RequestState.NEED_INFO)
    life = Life(case)
    life.goes_to(a_deadline(case, DeadlineKind.STATUTORY, request))
    if answer is not None:
        life.answers(life.asked(QuestionKind.CALL_AGENCY), answer)
    life.answers(a_question(case, QuestionKind.MISSING_DOCUMENT, request), Choice.SUPPLIED)

    life.carries_out()

    assert case.awaits(QuestionKind.CALL_AGENCY)


def test_a_document_that_arrives_in_time_needs_no_call_any_more() -> None:
    case = a_case(auu=MeasureState.ONGOING)
    request = a_request(case, RequestState.NEED_INFO)
    a_deadline(case, DeadlineKind.STATUTORY, request)
    a_question(case, QuestionKind.CALL_AGENCY, request)
    an_act(case, Verb.SUPPLY_DOCUMENT, request)
    life = Life(case)

    life.carries_out()

    assert not case.awaits(QuestionKind.CALL_AGENCY)
