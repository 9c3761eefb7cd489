"""A row of a table, lived: its situation, then what arrives, then what follows in French."""

from functools import lru_cache

from tests.decisions.phrases import UnknownPhrase, parted
from tests.decisions.story import Heard, Story
from tests.decisions.tables import Row
from tests.decisions.telling import sentence
from tests.decisions.vocabulary import HAPPENS, STANDS

MEANWHILE = "au même moment "
"""What comes in while nobody looks: the next pass reads it first."""


@lru_cache(maxsize=1024)
def live(row: Row) -> tuple[str, Heard]:
    """Return what follows, told, and all that was heard of the last event."""
    story = Story(row.measure)
    for phrase in parted(row.situation):
        _understand(story, phrase)
    story.listens()
    HAPPENS.tell(story, row.arrives)
    return sentence(story.heard.clauses), story.heard


def _understand(story: Story, phrase: str) -> None:
    story.sleeps = phrase.startswith(MEANWHILE)
    phrase = phrase.removeprefix(MEANWHILE)
    if STANDS.meaning_of(phrase):
        STANDS.tell(story, phrase)
    elif HAPPENS.meaning_of(phrase):
        story.begins()
        HAPPENS.tell(story, phrase)
    else:
        raise UnknownPhrase(phrase, [*STANDS.known(), *HAPPENS.known()])
    story.sleeps = False
