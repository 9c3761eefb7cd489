"""A referent decides through the guard, in a real Chromium: the screen works, and says who."""

import pytest
from playwright.sync_api import expect

from models.labels import label
from models.question import Choice, QuestionKind
from models.wording import title_of
from tests.browser.conftest import Screen
from tests.living import Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def test_a_referent_answers_through_the_guard_and_is_named(life: Life, screen: Screen) -> None:
    departure = life.files()
    contact = departure.asks(QuestionKind.FIRST_CONTACT)

    page = screen.opens(departure)
    expect(page.tab.get_by_text(departure.reference).first).to_be_visible()
    page.resumes()
    page.opens_list(title_of(contact, departure.case))
    page.chooses(label(Choice.REACHED))
    page.submits()

    def answered() -> str | None:
        return departure.case.question(contact.id).answered_by

    assert eventually(answered, "the answer is read") == departure.case.departure.referent
    # What a page is refused, or may not load, it says in its console.
    assert not screen.wrong
