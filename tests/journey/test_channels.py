"""Agencies without an API: the letterbox and the phone work end to end, down to the result."""

import pytest

from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import RequestState
from store.letterbox import notices
from tests.journey.driver import Journey
from tests.journey.letterbox import answer_in_letterbox, link_in


def test_an_agency_without_an_api_answers_in_its_letterbox(journey: Journey) -> None:
    journey.starts("regime-agricole", Measure.AUU)
    journey.plans()
    (notice,) = notices()
    assert journey.request(Measure.AUU).state is RequestState.REQUESTED
    assert "Inventé" not in notice.subject + notice.text

    answer_in_letterbox(link_in(notice.text), reponse="acceptee")
    journey.settles()
    assert journey.request(Measure.AUU).state is RequestState.ACCEPTED

    answer_in_letterbox(link_in(notice.text), reponse="realisee")
    journey.settles()
    assert journey.measure(Measure.AUU) is MeasureState.DELIVERED
    assert len(notices()) == 1


def test_a_silent_letterbox_is_reminded_then_after_a_while_phoned(journey: Journey) -> None:
    journey.starts("homme-sans-enfant", Measure.PSY)
    journey.plans()

    journey.passes(days=3)
    assert len(notices()) == 2
    assert not journey.asks(QuestionKind.CALL_AGENCY)
    journey.passes(days=2)

    assert len(notices()) == 2
    assert journey.asks(QuestionKind.CALL_AGENCY, Measure.PSY)


@pytest.mark.parametrize(
    ("choice", "state"),
    [
        (Choice.CALL_TAKEN, RequestState.ACKNOWLEDGED),
        (Choice.CALL_ACCEPTED, RequestState.ACCEPTED),
        (Choice.CALL_DONE, RequestState.FULFILLED),
        (Choice.CALL_NO_CAPACITY, RequestState.REFUSED),
    ],
)
def test_what_is_heard_on_the_phone_is_worth_the_agencys_word(
    journey: Journey, choice: Choice, state: RequestState
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.MEDICAL)
    journey.plans()

    journey.answers(QuestionKind.CALL_AGENCY, choice)

    assert journey.requests(Measure.MEDICAL) == [("umj-21", 1, state)]
