"""A referent decides in the flow run page of a real Prefect, in a real Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.departure import DepartureState
from models.labels import label
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.request import RequestState
from models.wording import title_of
from tests.browser.conftest import Screen
from tests.living import SHELTER, Life, LivingDeparture, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def _waits_for_the_offer(departure: LivingDeparture) -> None:
    def stands_at(state: RequestState) -> bool:
        return any(r.state is state for r in departure.case.requests_for(Measure.HOUSING))

    eventually(lambda: stands_at(RequestState.REQUESTED), "the shelter is asked")
    departure.life.lets_pass(minutes=11)
    eventually(lambda: stands_at(RequestState.ACKNOWLEDGED), "the shelter has acknowledged")
    departure.life.lets_pass(hours=2)


def test_a_referent_accepts_a_place_in_the_form_and_the_shelter_hears_it_once(
    life: Life, screen: Screen, pictures: Path
) -> None:
    life.orders("offer:6")
    departure = life.files()
    departure.signs_the_plan()
    _waits_for_the_offer(departure)
    offer = departure.asks(QuestionKind.OFFER)

    page = screen.opens(departure)
    expect(page.tab.get_by_text(departure.reference).first).to_be_visible()
    assert {"territoire:21", "à décider", f"référent:{departure.case.departure.referent}"} <= set(
        page.tags()
    )
    sent = page.task_runs()
    assert "Envoyer la demande : Hébergement d'urgence, SIAO de la Côte-d'Or" in sent
    assert "Envoyer la demande : Aide universelle d'urgence, CAF de la Côte-d'Or" in sent
    page.pictured(pictures / "flow-run-page.png")

    artifacts = page.shows("artifacts").get_by_role("link")
    expect(artifacts).to_have_count(1)
    artifacts.click()
    measures = page.tab.get_by_role("table")
    expect(measures).to_contain_text("Hébergement d'urgence")
    expect(measures).to_contain_text(label(RequestState.OFFERED))
    page.pictured(pictures / "artifact.png")
    page.tab.go_back()

    form = page.resumes()
    title = title_of(offer, departure.case)
    expect(form).to_contain_text("à décider avant")
    assert page.opens_list(title) == [
        "Plus tard",
        label(Choice.ACCEPT_OFFER),
        label(Choice.DECLINE_OFFER),
        label(Choice.HOLD_OFFER),
    ]
    page.pictured(pictures / "form.png")
    page.chooses(label(Choice.ACCEPT_OFFER))
    page.submits()

    [accepted] = eventually(lambda: departure.ledger("accept_offer"), "the shelter hears yes")
    assert accepted.agency == SHELTER
    assert accepted.idempotency_key
    assert not accepted.duplicate
    assert departure.case.question(offer.id).answer is Choice.ACCEPT_OFFER


def test_a_form_left_open_in_another_tab_changes_nothing_once_its_question_is_answered(
    life: Life, screen: Screen
) -> None:
    departure = life.files_in_danger()
    contact = departure.asks(QuestionKind.FIRST_CONTACT)
    title = title_of(contact, departure.case)
    first, second = screen.opens(departure), screen.opens(departure)
    for page, choice in ((first, Choice.REACHED), (second, Choice.CONTACT_LOST)):
        page.resumes()
        page.opens_list(title)
        page.chooses(label(choice))

    first.submits()
    departure.asks(QuestionKind.DEPARTURE_DAY)
    shown = departure.form()
    second.submits()

    refusal = second.tab.get_by_text(f"'{contact.field}' was unexpected")
    expect(refusal.first).to_be_visible()
    assert departure.form() == shown
    assert departure.case.question(contact.id).answer is Choice.REACHED
    assert departure.case.departure.state is DepartureState.CONTACTED
