"""Agencies without an API: the letterbox and the phone work end to end, down to the result."""

import re

import httpx
import pytest

from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import RequestState
from store.letterbox import notices
from tests.journey.driver import Journey


def answer_in_letterbox(link: str, **fields: str) -> None:
    """Do what an agency's agent does with a link: open it, read, answer."""
    with httpx.Client(follow_redirects=False) as browser:
        assert browser.get(link).is_success
        page = browser.post(link, data={"acte": "lire"})
        assert page.is_success
        number = re.search(r'name="envoi" value="([^"]+)"', page.text)
        assert number
        form = {"acte": "repondre", "envoi": number[1], **fields}
        assert browser.post(link, data=form).status_code < 400
        # A double click sends the same form twice.
        assert browser.post(link, data=form).status_code < 400


def link_in(text: str) -> str:
    found = re.search(r"http://\S+/boite/\S+", text)
    assert found
    return found[0]


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


def test_a_silent_letterbox_is_reminded_then_phoned(journey: Journey) -> None:
    journey.starts("regime-agricole", Measure.AUU)
    journey.plans()

    journey.passes(days=6)

    assert len(notices()) == 2
    assert journey.asks(QuestionKind.CALL_AGENCY, Measure.AUU)


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
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.order("france-victimes-21", "refuse:no_capacity")
    journey.plans()
    journey.passes(days=5)
    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_NEXT_AGENCY)

    journey.answers(QuestionKind.CALL_AGENCY, choice)

    assert journey.request(Measure.PSY).agency == "cmp-21"
    assert journey.request(Measure.PSY).state is state
