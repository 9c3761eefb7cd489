"""What the watch is for: a bell that was lost, a deadline that passed while nobody looked."""

import pytest

from cli.world import World
from models.journal import Event
from models.question import Choice, QuestionKind
from store import journal
from store.news import record_answer
from tests.living import Life, eventually

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def test_what_happened_while_the_watch_was_dead_is_read_once_it_lives_again(
    life: Life, living_world: World
) -> None:
    departure = life.files_in_danger()
    contact = departure.asks(QuestionKind.FIRST_CONTACT)
    danger = departure.asks(QuestionKind.DANGER_NOW)

    living_world.kill("watch")
    # The answer is stored, and whoever stored it died before the bell.
    assert record_answer(departure.reference, contact.id or 0, Choice.REACHED, "test")
    life.lets_pass(hours=2, minutes=1)
    assert any(news.read_at is None for news in departure.case.news)
    living_world.start("watch")

    departure.asks(QuestionKind.DEPARTURE_DAY)
    eventually(lambda: departure.case.question(danger.id).overdue_at, "the silence is escalated")
    backup = departure.case.territory.referent(departure.case.departure.referent)
    assert backup is not None
    late = {"en retard", f"à répondre:{backup.backup}"}
    eventually(lambda: late <= set(departure.flow_run["tags"]), "the page tells it")
    told = [entry.event for entry in journal.entries(departure.reference)]
    assert told.count(Event.QUESTION_OVERDUE) == 1
