"""What one pass does to the store: read the news in order, apply what each chapter decides."""

from models.case import Case
from models.departure import DepartureState
from models.journey.chapters import Chapter
from models.journey.digest import digest
from store.cases import load_case
from store.leases import Turn, fenced
from store.news import next_unread
from store.steps import apply_steps


def read_next_news(turn: Turn) -> bool:
    """Digest the oldest unread news: its steps and its being read are one transaction. False: none
    left.
    """
    with fenced(turn) as (opened, departure):
        news = next_unread(opened, turn.reference)
        if news is None:
            return False
        case = load_case(opened, departure)
        apply_steps(opened, case, digest(case, news))
        news.read_at = case.now
        return True


def apply_chapters(turn: Turn, *chapters: Chapter) -> None:
    """Apply what each chapter finds due, seeing what those before it changed; one transaction."""
    with fenced(turn) as (opened, departure):
        case = load_case(opened, departure)
        for chapter in chapters:
            apply_steps(opened, case, chapter(case))


def look(turn: Turn) -> Case:
    """Return the case as it stands, to be looked at only."""
    with fenced(turn) as (opened, departure):
        return load_case(opened, departure)


def is_over(case: Case) -> bool:
    """Whether nothing is left to do: closed, and nobody has anything to answer or to be told."""
    closed = case.departure.state is DepartureState.CLOSED
    unread = any(news.read_at is None for news in case.news)
    return closed and not (case.open_questions() or case.pending_acts() or unread)
