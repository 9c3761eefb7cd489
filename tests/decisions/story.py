"""A departure lived in memory: by the real rules, applied by the real `store.steps`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlmodel import Session, SQLModel

from models.act import Act, Result
from models.case import Case
from models.consent import Consent
from models.deadline import Deadline, DeadlineKind
from models.departure import DepartureState, MeasureWish
from models.journal import JournalEntry
from models.journey.acts import concluded
from models.journey.approach import may_leave
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS
from models.journey.digest import digest
from models.measure import Measure, MeasureState
from models.news import News, NewsKind
from models.protection import Protection
from models.question import Choice, Question, Wish, about_of, choice_of
from models.reply import AgencyReply
from models.request import ENDED, AgencyRequest
from models.standing import Standing
from models.step import Step, Transfer
from store.steps import apply_steps
from tests.decisions.telling import Clause, tell
from tests.models.journey.cases import REFERENCE, a_case, a_yes


class SaysNothing(AssertionError):
    """A phrase of a table does not fit the story so far. Says in French why."""


@dataclass
class Heard:
    """What happened in a story: read by the tests that count what the tables cover."""

    steps: list[Step] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    replies: list[tuple[Measure, AgencyReply]] = field(default_factory=list)
    answers: list[tuple[Question, Choice]] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    reached: list[DeadlineKind] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


class Story:
    """One departure of Côte-d'Or, from its plan to what follows the last event."""

    def __init__(self, measure: Measure | None = None) -> None:
        self.case: Case = a_case(DepartureState.ACTIVE)
        self.case.wishes.clear()
        self.measure = measure
        if measure:
            self.wish(measure, MeasureState.AGREED)
        self.heard = Heard()
        self._rows = _Rows(self.case)
        self.spoken_of: AgencyRequest | None = None
        """The request that the last « demandée à … » opened."""
        self.sleeps = False
        """True while news comes in that the next pass only will read."""
        self._begun = False

    # --- What is

    def wish(self, measure: Measure, state: MeasureState) -> None:
        """Put a measure in the plan, or where it now stands; the story then speaks of it."""
        known = self.case.wish(measure)
        if known is None:
            known = MeasureWish(reference=REFERENCE, measure=measure)
            self.case.wishes.append(known)
        known.state = state
        self.measure = self.measure or measure

    def agrees(self, agency: str) -> None:
        """The person said yes to an agency, for the measure that it serves."""
        a_yes(self.case, self.measure_of(agency), agency)

    def measure_of(self, agency: str) -> Measure:
        """Return the measure for which an agency may be asked in this story."""
        plans = self.case.territory.measures
        served = [
            wish.measure
            for wish in self.case.wishes
            if (plan := plans.get(wish.measure)) and agency in (*plan.agencies, plan.stop_gap)
        ]
        if self.measure in served and self.measure:
            return self.measure
        if len(served) != 1:
            raise SaysNothing(f"{agency} : aucune mesure du plan, ou plusieurs, s'y demandent")
        return served[0]

    def request_to(self, agency: str, nth: int | None = None) -> AgencyRequest:
        """Return the last request to an agency, or the nth."""
        measure = self.measure_of(agency)
        made = [r for r in self.case.requests_for(measure) if r.agency == agency]
        made = [r for r in made if nth in (None, r.attempt)]
        if not made:
            raise SaysNothing(f"rien n'est demandé à {agency} à ce moment")
        return made[-1]

    # --- What happens

    def begins(self) -> None:
        """Read the chapters once, when all that stands is said."""
        if not self._begun:
            self._begun = True
            self.reads(*BEFORE_ACTS, *AFTER_ACTS)

    def listens(self) -> None:
        """Forget what was heard: only what follows now is told."""
        self.begins()
        self.heard = Heard()

    def decides(self, steps: Iterable[Step]) -> None:
        """Tell each step, then apply it."""
        for step in steps:
            self.heard.clauses += tell(step, self.case)
            self.heard.steps.append(step)
            # A move opens a second departure, behind the door of the vault (store.transfers).
            if not isinstance(step, Transfer):
                apply_steps(cast(Session, self._rows), self.case, [step])

    def reads(self, *chapters: Any) -> None:
        """Apply what each chapter finds due, once each, as one pass does."""
        for chapter in chapters:
            self.decides(chapter(self.case))

    def requested(self, agency: str) -> None:
        """An agency is asked, the person having said yes to it."""
        measure = self.measure_of(agency)
        if not self.case.has_consent(measure, agency):
            self.agrees(agency)
        if self._begun:
            self.reads(*BEFORE_ACTS, *AFTER_ACTS)
        self.begins()
        request = self.request_to(agency)
        if request.state in ENDED:
            raise SaysNothing(f"la demande à {agency} est déjà finie")
        self.spoken_of = request

    def tries(self, act: Act, result: Result, tries: int = 1) -> None:
        """An act is tried at its agency. What may not leave does not, whatever the agency says."""
        request = self.case.request(act.request_id)
        leaves = may_leave(self.case, act.verb, request)
        if leaves is (result is Result.NO_CONSENT):
            raise SaysNothing("cet acte peut partir" if leaves else "cet acte ne peut pas partir")
        if leaves:
            act.tries = max(tries, act.tries + 1)
        self.heard.results.append(result)
        number = f"N-{request.id}" if result is Result.DONE else None
        self.decides(concluded(self.case, act, result, number))
        self.reads(*AFTER_ACTS)

    def replies(self, request: AgencyRequest, reply: AgencyReply) -> None:
        """An agency speaks of a request."""
        self.heard.replies.append((request.measure, reply))
        self._news(NewsKind.REPLY, request_id=request.id, reply=reply.as_codes())
        self._pass()

    def stands(self, request: AgencyRequest, standing: Standing) -> None:
        """An agency, asked how it holds a request, contradicts us."""
        self._news(NewsKind.REPLY, request_id=request.id, reply=standing.as_codes())
        self._pass()

    def answers(self, question: Question, option: str) -> None:
        """The referent answers."""
        question.answer, question.answer_about = choice_of(option), about_of(option) or None
        question.answered_at, question.answered_by = self.case.now, self.case.departure.referent
        self.heard.answers.append((question, choice_of(option)))
        self._news(NewsKind.ANSWER, question_id=question.id)
        self._pass()

    def wants(self, wish: Wish) -> None:
        """The referent says something that was not asked."""
        self.heard.wishes.append(wish)
        self._news(NewsKind.WISH, wish=wish)
        self._pass()

    def passes_by(self, deadline: Deadline) -> None:
        """Time goes to a deadline, in silence. What else time brought until then is not told."""
        told, self.heard = self.heard, Heard()
        self.goes_to(deadline.due_at - timedelta.resolution)
        self.reads(*BEFORE_ACTS, *AFTER_ACTS)
        self.goes_to(deadline.due_at)
        self.heard = told
        if not deadline.is_running:
            raise SaysNothing(f"l'échéance {deadline.slot} ne court plus quand son heure arrive")
        deadline.reached_at = self.case.now
        self.heard.reached.append(deadline.kind)
        self._news(NewsKind.DEADLINE, deadline_id=deadline.id, request_id=deadline.request_id)
        self._pass()

    def goes_to(self, instant: datetime) -> None:
        """Time goes on."""
        self.case.now = max(self.case.now, instant)

    def goes_on(self, wait: timedelta) -> None:
        """Time goes on, by so much."""
        self.goes_to(self.case.now + wait)

    def _news(self, kind: NewsKind, **about: Any) -> None:
        news = News(
            reference=REFERENCE,
            event=f"{kind}:{len(self.case.news) + 1}",
            kind=kind,
            came_at=self.case.now,
            **about,
        )
        self._rows.add(news)
        self.case.news.append(news)

    def _pass(self) -> None:
        """Read the news in order, each once, then the chapters."""
        if self.sleeps:
            return
        for news in self.case.news:
            if news.read_at is None:
                self.decides(digest(self.case, news))
                news.read_at = self.case.now
        self.reads(*BEFORE_ACTS, *AFTER_ACTS)


class _Rows:
    """What `store.steps` uses of a session: numbers for the rows that it adds."""

    def __init__(self, case: Case) -> None:
        self._journal: list[JournalEntry] = []
        self._of: dict[type[SQLModel], list[Any]] = {
            AgencyRequest: case.requests,
            Act: case.acts,
            Consent: case.consents,
            Deadline: case.deadlines,
            JournalEntry: self._journal,
            News: case.news,
            Protection: case.protections,
            Question: case.questions,
        }

    def add(self, row: Any) -> None:
        """Give a row the next number of its table; the case keeps it."""
        row.id = len(self._of[type(row)]) + 1

    def flush(self) -> None:
        """Nothing waits to be written."""
