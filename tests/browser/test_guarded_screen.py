"""A referent decides through the guard, in a real Chromium: the screen works, and says who."""

import pytest
from playwright.sync_api import ConsoleMessage, WebSocket, expect

from models.identity import Role
from models.labels import label
from models.question import Choice, QuestionKind
from models.wording import title_of
from tests.browser.conftest import Screen
from tests.browser.flow_run_page import FlowRunPage
from tests.guard.standing import SHOWS_WHO, guard_of, somebody
from tests.living import Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def test_a_referent_answers_through_the_guard_and_is_named(life: Life, screen: Screen) -> None:
    departure = life.files()
    contact = departure.asks(QuestionKind.FIRST_CONTACT)
    referent = departure.case.departure.referent
    wrong: list[str] = []

    def hears(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    def dials(socket: WebSocket) -> None:
        wrong.append(socket.url)

    people = {referent: somebody(referent, (Role.REFERENT, "21"))}
    with guard_of(life.world.urls["prefect"], people) as guard:
        screen.context.set_extra_http_headers({SHOWS_WHO: referent})
        tab = screen.context.new_page()
        tab.on("console", hears)
        tab.on("websocket", dials)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("request", screen.notes)
        tab.goto(f"{guard}/runs/flow-run/{departure.flow_run['id']}")
        page = FlowRunPage(tab)
        expect(tab.get_by_text(departure.reference).first).to_be_visible()
        page.resumes()
        page.opens_list(title_of(contact, departure.case))
        page.chooses(label(Choice.REACHED))
        page.submits()
        eventually(
            lambda: not departure.case.open_questions(QuestionKind.FIRST_CONTACT), "the answer"
        )
        # What the screen is refused, or may not load, it says in its console.
        assert not wrong
    answered = next(q for q in departure.case.questions if q.id == contact.id)
    assert answered.answered_by == referent
