"""A case that lives on: what rules decide is applied to its rows, and time goes to what is due."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session, SQLModel

from models.act import Act, Result
from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.journal import Event, JournalEntry
from models.journey.acts import concluded
from models.journey.chapters import Chapter
from models.journey.digest import digest
from models.measure import Measure
from models.news import News, NewsKind
from models.question import Question, QuestionKind, Wish, about_of, choice_of
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest
from models.step import Steps
from store.steps import apply_steps
from tests.models.journey.cases import REFERENCE, in_words


@dataclass
class Life:
    """One case, whose rows change as in the store: by the same steps, one after the other."""

    case: Case
    journal: list[JournalEntry] = field(default_factory=list)
    _numbers: Counter[type[SQLModel]] = field(default_factory=Counter)

    # --- What `store.steps` and `store.journal` use of a session

    def add(self, row: SQLModel) -> None:
        """Keep a row under the next number of its table, far from those a test gave."""
        self._numbers[type(row)] += 1
        cast(Any, row).id = 100 + self._numbers[type(row)]
        if isinstance(row, JournalEntry):
            self.journal.append(row)

    def flush(self) -> None:
        """Nothing waits to be written."""

    # --- What happens

    def does(self, steps: Steps) -> list[str]:
        """Apply steps, and return them in words."""
        words = in_words(steps)
        apply_steps(cast(Session, self), self.case, steps)
        return words

    def goes_through(self, *chapters: Chapter) -> list[str]:
        """Apply what each chapter finds due, and return it in words."""
        return [word for chapter in chapters for word in self.does(chapter(self.case))]

    def hears(self, request: AgencyRequest, kind: ReplyKind, **about: Any) -> list[str]:
        """An agency says something of a request."""
        event = f"evt-{len(self.case.news) + 1}"
        reply = AgencyReply(
            event=event, request_key=request.key, kind=kind, said_at=self.case.now, **about
        )
        codes = reply.as_codes()
        return self._reads(News(**_news(NewsKind.REPLY), request_id=request.id, reply=codes))

    def answers(self, question: Question, option: str) -> list[str]:
        """A human gives one of the answers that are offered."""
        assert question.is_open
        assert option in question.options, f"{option} is not among {question.options}"
        question.answer, question.answer_about = choice_of(option), about_of(option) or None
        question.answered_at, question.answered_by = self.case.now, question.asked_of
        return self._reads(News(**_news(NewsKind.ANSWER), question_id=question.id))

    def wishes(self, wish: Wish) -> list[str]:
        """A referent uses the last field of the form."""
        return self._reads(News(**_news(NewsKind.WISH), wish=wish))

    def carries_out(self, result: Result = Result.DONE) -> list[str]:
        """Try every act that is pending, with the same result."""
        return [
            word
            for act in self.case.pending_acts()
            for word in self.does(concluded(self.case, self._tried(act), result, None))
        ]

    def goes_to(self, deadline: Deadline) -> list[str]:
        """Let time pass until a deadline, which is reached in silence."""
        return self.digests(self.reaches(deadline))

    def reaches(self, deadline: Deadline) -> News:
        """Let time pass until a deadline, and leave that news to be read."""
        self.case.now = max(self.case.now, deadline.due_at)
        deadline.reached_at = self.case.now
        return self._comes(News(**_news(NewsKind.DEADLINE), deadline_id=deadline.id))

    def digests(self, news: News) -> list[str]:
        """Read a piece of news, and return in words what it changes."""
        said = self.does(digest(self.case, news))
        news.read_at = self.case.now
        return said

    def sleeps_until(self, instant: datetime) -> list[str]:
        """Let time pass, reaching what falls due in its order."""
        said: list[str] = []
        while (first := self._first_due()) is not None and first.due_at <= instant:
            said += self.goes_to(first)
        self.case.now = instant
        return said

    def _first_due(self) -> Deadline | None:
        return min(self.case.running(), key=lambda deadline: deadline.due_at, default=None)

    def _reads(self, news: News) -> list[str]:
        return self.digests(self._comes(news))

    def _comes(self, news: News) -> News:
        news.id = 500 + len(self.case.news)
        news.came_at = self.case.now
        self.case.news.append(news)
        return news

    def _tried(self, act: Act) -> Act:
        act.tries += 1
        return act

    # --- What is looked at

    def asked(self, kind: QuestionKind, measure: Measure | None = None) -> Question:
        """Return the one open question of a kind."""
        found = [q for q in self.case.open_questions(kind) if measure in (None, q.measure)]
        [question] = found
        return question

    def expected(self, kind: DeadlineKind) -> Deadline:
        """Return the one running deadline of a kind."""
        [deadline] = self.case.running(kind)
        return deadline

    def told(self, event: Event) -> list[tuple[str | None, datetime]]:
        """Return the journal's lines of an event: their code, and when."""
        return [(entry.code, entry.at) for entry in self.journal if entry.event is event]


def _news(kind: NewsKind) -> dict[str, Any]:
    return {"reference": REFERENCE, "event": "test", "kind": kind}
