"""A case on paper: what the rules decide is written on copies of its rows, which no store sees."""

from dataclasses import replace
from itertools import count
from typing import TypeVar, cast

from sqlmodel import Session, SQLModel

from models.act import Act
from models.case import Case
from models.deadline import Deadline
from models.news import News, NewsKind
from models.question import Question, about_of, choice_of
from models.request import AgencyRequest
from models.step import Steps, Transfer
from store.steps import RuleBroken, apply_steps

Row = TypeVar("Row", bound=SQLModel)

_HAND = "essai"
# Far from the numbers of the store, so that nothing new is taken for what is there.
_FIRST_NUMBER = 1_000_000_000


class Paper:
    """A case whose rows nobody else sees, and all that `store.steps` wants of a session."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._numbers = count(_FIRST_NUMBER)
        self._marks = {
            mark
            for row in (*case.acts, *case.deadlines, *case.questions, *case.requests)
            if (mark := _mark(row)) is not None
        }

    def add(self, row: SQLModel) -> None:
        """Give a new row its number. Raises `RuleBroken` where the store would refuse it."""
        mark = _mark(row)
        if mark in self._marks:
            raise RuleBroken(f"{self.case.departure.reference}: deux fois {mark}")
        if mark is not None:
            self._marks.add(mark)
        if "id" in type(row).model_fields:
            setattr(row, "id", next(self._numbers))  # noqa: B010 - a row of any table

    def flush(self) -> None:
        """Nothing waits to be written."""

    def applies(self, steps: Steps) -> None:
        """Apply steps to the rows."""
        # Rule: nobody is moved on paper, for that needs the vault; the state tells the decision.
        kept: Steps = [step for step in steps if not isinstance(step, Transfer)]
        apply_steps(cast(Session, self), self.case, kept)

    def passes(self, deadline: Deadline) -> None:
        """A deadline passes in silence; time goes to its hour, if that is still to come."""
        self.case.now = max(self.case.now, deadline.due_at)
        deadline.reached_at = self.case.now
        self._hears(
            News(
                reference=deadline.reference,
                event=f"deadline:{deadline.id}",
                kind=NewsKind.DEADLINE,
                deadline_id=deadline.id,
                request_id=deadline.request_id,
                came_at=self.case.now,
            )
        )

    def answers(self, question: Question, option: str) -> None:
        """Somebody answers."""
        question.answer, question.answer_about = choice_of(option), about_of(option) or None
        question.answered_at, question.answered_by = self.case.now, _HAND
        self._hears(
            News(
                reference=question.reference,
                event=f"answer:{question.id}",
                kind=NewsKind.ANSWER,
                question_id=question.id,
                came_at=self.case.now,
            )
        )

    def _hears(self, news: News) -> None:
        self.add(news)
        self.case.news.append(news)


def on_paper(case: Case) -> Paper:
    """Copy a case, so that what is done to the copy is done to nobody."""
    return Paper(
        replace(
            case,
            departure=_copied(case.departure),
            facts=_copied(case.facts),
            wishes=[_copied(row) for row in case.wishes],
            consents=[_copied(row) for row in case.consents],
            requests=[_copied(row) for row in case.requests],
            questions=[_copied(row) for row in case.questions],
            deadlines=[_copied(row) for row in case.deadlines],
            acts=[_copied(row) for row in case.acts],
            protections=[_copied(row) for row in case.protections],
            news=[_copied(row) for row in case.news],
        )
    )


def _copied(row: Row) -> Row:
    return type(row)(**row.model_dump())


def _mark(row: SQLModel) -> tuple[str, str] | None:
    """Return what the store holds once only, of a departure."""
    if isinstance(row, Act | AgencyRequest):
        return type(row).__name__, row.key
    if isinstance(row, Question | Deadline):
        return type(row).__name__, row.slot
    return None
