"""Referents come in by the door and decide through the guard, in a real Chromium, in the world as
`pnd up` starts it: the screen works, says who, and shows nobody else's.
"""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from models.journal import Event
from models.labels import label
from models.question import Choice, QuestionKind
from models.wording import title_of
from store import journal
from tests.browser.conftest import Screen
from tests.browser.flow_run_page import FlowRunPage
from tests.living import Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)

_WORD = "MARQUE974"


@pytest.fixture
def elsewhere(life: Life) -> Iterator[str]:
    """A run of the 974, by its number, with a word in it that must not be seen."""
    with httpx.Client(base_url=life.api, auth=life.credential, timeout=60, trust_env=False) as api:
        flow = api.post("/flows/", json={"name": f"ailleurs-{uuid4().hex}"}).json()["id"]
        deployment = api.post("/deployments/", json={"name": "depart-974", "flow_id": flow})
        number = deployment.json()["id"]
        body = {"name": _WORD, "state": {"type": "PENDING"}}
        run = api.post(f"/deployments/{number}/create_flow_run", json=body).json()["id"]
        yield str(run)
        for gone in (f"/flow_runs/{run}", f"/deployments/{number}", f"/flows/{flow}"):
            assert api.delete(gone).is_success


def test_a_visitor_logs_in_finds_the_screen_answers_and_the_journal_says_who(
    life: Life, screen: Screen
) -> None:
    departure = life.files()
    contact = departure.asks(QuestionKind.FIRST_CONTACT, seconds=150)
    referent = departure.case.departure.referent

    tab = screen.goes_to(str(departure.flow_run["id"])).tab
    expect(tab).to_have_url(f"{life.world.urls['door']}/connexion")
    screen.logs_in(tab, referent)
    tab.get_by_role("link", name="Ouvrir l'écran des départs").click()
    expect(tab).to_have_url(f"{life.world.urls['guard']}/dashboard")
    tab.goto(f"{life.world.urls['guard']}/runs/flow-run/{departure.flow_run['id']}")

    page = FlowRunPage(tab)
    expect(tab.get_by_text(departure.reference).first).to_be_visible()
    page.resumes()
    page.opens_list(title_of(contact, departure.case))
    page.chooses(label(Choice.REACHED))
    page.submits()

    def answered() -> str | None:
        return departure.case.question(contact.id).answered_by

    assert eventually(answered, "the answer is read") == referent
    [said] = [
        entry
        for entry in journal.entries(departure.reference, after=0)
        if entry.event is Event.QUESTION_ANSWERED
    ]
    assert said.by == referent
    # What a page is refused, or may not load, it says in its console.
    assert not screen.wrong


def test_the_run_of_another_territory_is_not_shown_nor_resumed(
    life: Life, screen: Screen, elsewhere: str
) -> None:
    screen.is_of("ref-21-a")

    tab = screen.new_tab()
    with tab.expect_response(lambda answer: answer.url.endswith(f"/flow_runs/{elsewhere}")) as told:
        tab.goto(f"{life.world.urls['guard']}/runs/flow-run/{elsewhere}")
    assert told.value.status == 404
    tab.wait_for_load_state("networkidle")
    assert _WORD not in tab.content()

    api = f"{life.world.urls['guard']}/api/flow_runs/{elsewhere}"
    seen = screen.context.request.get(api)
    assert seen.status == 404
    assert _WORD not in seen.text()
    assert screen.context.request.post(f"{api}/resume", data={"run_input": {}}).status == 404


def test_prefect_itself_opens_to_nobody(life: Life, screen: Screen) -> None:
    screen.is_of("ref-21-a")

    straight = screen.context.request.post(f"{life.api}/flow_runs/filter", data={})

    assert straight.status == 401
