"""Bell, answer, deadline, reply, change of mind, second pass: in any order, and at the same time.

Whatever the order: the first answer wins, once; each piece of news is read once; nothing leaves
for a person who took her yes back once that was read; nobody waits for nobody for ever.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from threading import Event as Signal
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlmodel import col, select, update

from models.act import Result
from models.case import Case
from models.deadline import Deadline
from models.journal import Event
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS
from models.news import News
from models.question import Question, QuestionKind, Wish
from models.reply import AgencyReply, ReplyKind
from store import leases, news
from store.acts import Intent
from store.clock import journey_clock
from store.engine import session
from store.leases import StalePass
from store.runs import count_restart
from tests.rules.grounds import InPostgres
from tests.rules.invariants import Memory
from tests.rules.walk import Walk, is_still

_IN_CI = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
_WAIT_SECONDS = 30.0
# Long enough for another thread to come to its lock.
_A_MOMENT = 0.5

Steps = Iterator[None]


class Race:
    """A departure to which everything happens at once: the shelter was asked in the first pass, a
    question is open, a deadline has come.
    """

    def __init__(self) -> None:
        self.ground = InPostgres()
        self.walk = Walk.begins(self.ground, "danger-immediat", Random(0), is_kind=True)
        due = self.ground.next_due()
        assert due is not None
        self.ground.jumps_to(due)
        self.question = self.case.open_questions(QuestionKind.FIRST_CONTACT)[0]
        self.request = self.case.live_requests()[0]
        self.event = str(uuid4())
        self.told: list[tuple[str, bool]] = []
        """Who answered, and whether they were told that theirs is the answer."""

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.walk.case

    @property
    def reference(self) -> str:
        """Whose departure it is."""
        return self.ground.reference

    def actors(self) -> dict[str, Steps]:
        """Everybody who may come at any moment, each step being a transaction or more."""
        first, last = self.question.options[0], self.question.options[-1]
        return {
            "the form": self._answers(first, "page-prefect"),
            "pnd answer": self._answers(last, "ref-test"),
            "the watch": self._sweeps(),
            "the agency": self._says(),
            "the person": self._goes_back(),
            "a pass": self._passes(),
            "another pass": self._passes(takes_over=True),
        }

    def ends(self) -> None:
        """Let the dust settle, and check all that must be true whatever the order."""
        # The last pass may have been overtaken: its run is started again.
        count_restart(self.reference)
        self.walk.settles()
        Memory().check(self.walk)
        assert is_still(self.case), "she went back: nothing is done any more"
        self._first_answer_won_once()
        with session() as opened:
            mine = select(News).where(News.reference == self.reference)
            kept = opened.exec(mine).all()
        assert all(each.read_at for each in kept)
        said = f"{self.request.agency}:{self.event}"
        assert [each.event for each in kept].count(said) == 1

    def _first_answer_won_once(self) -> None:
        entries = self.ground.entries()
        late = [entry.by for entry in entries if entry.event is Event.ANSWER_TOO_LATE]
        won = [by for by, has_won in self.told if has_won]
        assert len(won) <= 1
        # Who came second was told so, once.
        assert [late.count(by) for by, has_won in self.told if not has_won] == [1] * (2 - len(won))
        with session() as opened:
            question = opened.get_one(Question, self.question.id)
            heard = select(News).where(News.event == f"answer:{question.id}")
            assert [question.answered_by or ""] == (won or [""])
            assert len(opened.exec(heard).all()) == len(won)

    # --- Who may come at any moment

    def _answers(self, option: str, by: str) -> Steps:
        has_won = news.record_answer(self.reference, self.question.id or 0, option, by)
        self.told.append((by, has_won))
        yield

    def _sweeps(self) -> Steps:
        news.deadlines_become_news()
        yield

    def _says(self) -> Steps:
        said = AgencyReply(
            event=self.event,
            request_key=self.request.key,
            kind=ReplyKind.ACCEPTED,
            said_at=journey_clock().now(),
        )
        for _ in range(2):
            news.receive_reply(self.request.agency, said)
            yield

    def _goes_back(self) -> Steps:
        with session() as opened:
            news.record_wish(opened, self.reference, Wish.WENT_BACK, "race", "page")
        yield

    def _passes(self, *, takes_over: bool = False) -> Steps:
        """What the flow does, by steps. A pass that lost the departure stops."""
        if takes_over:
            yield
            # The lease has run out.
            count_restart(self.reference)
        mine = InPostgres()
        mine.reference, mine._flow_run = self.reference, self.ground._flow_run
        try:
            mine.takes_turn()
            yield
            while mine.reads_news():
                yield
            for chapter in BEFORE_ACTS:
                mine.applies(chapter)
                yield
            for intent in mine.due_acts():
                yield from self._acts(mine, intent)
            for chapter in AFTER_ACTS:
                mine.applies(chapter)
                yield
            mine.ends_turn()
        except StalePass:
            return

    def _acts(self, mine: InPostgres, intent: Intent) -> Steps:
        # What was read by then is what consent is judged by.
        then = mine.case()
        if mine.begins(intent):
            self.walk.tried.append((intent, then))
            yield
            mine.concludes(intent, Result.DONE, None)
        else:
            mine.concludes(intent, Result.NO_CONSENT, None)
        yield


def _in_turns(actors: dict[str, Steps], order: list[str]) -> None:
    """One step at a time: who comes next is told, then whoever is left."""
    for name in order:
        next(actors[name], None)
    for steps in actors.values():
        for _ in steps:
            pass


def _at_once(actors: dict[str, Steps]) -> None:
    start = Barrier(len(actors))

    def runs(steps: Steps) -> None:
        start.wait(_WAIT_SECONDS)
        for _ in steps:
            pass

    with ThreadPoolExecutor(len(actors)) as pool:
        for done in [pool.submit(runs, steps) for steps in actors.values()]:
            done.result(_WAIT_SECONDS)


_NAMES = (
    "the form",
    "pnd answer",
    "the watch",
    "the agency",
    "the person",
    "a pass",
    "another pass",
)


@pytest.mark.timeout(400)
@_IN_CI
@given(order=some.lists(some.sampled_from(_NAMES), min_size=5, max_size=50))
def test_in_any_order_the_end_is_right(store: str, order: list[str]) -> None:
    race = Race()

    _in_turns(race.actors(), order)

    race.ends()


@pytest.mark.parametrize("time", range(3))
def test_all_at_the_same_time_nobody_waits_for_ever(store: str, time: int) -> None:
    race = Race()

    _at_once(race.actors())

    race.ends()


@pytest.fixture
def slowly(store: str) -> Iterator[Callable[[str], Signal]]:
    """Make whoever locks rows of a table go on a moment later; say when they are locked."""
    hooks: list[Any] = []

    def slow(table: str) -> Signal:
        locked = Signal()

        def after(_: Connection, __: Any, statement: str, *___: Any) -> None:
            if f"FROM {table}" in statement and "FOR UPDATE" in statement and not locked.is_set():
                locked.set()
                sleep(_A_MOMENT)

        event.listen(Engine, "after_cursor_execute", after)
        hooks.append(after)
        return locked

    yield slow
    for hook in hooks:
        event.remove(Engine, "after_cursor_execute", hook)


def test_an_answer_and_a_pass_that_drops_its_question_do_not_block_each_other(
    slowly: Callable[[str], Signal],
) -> None:
    race = Race()
    number, option = race.question.id or 0, race.question.options[0]
    turn = leases.take(race.reference, race.ground._flow_run)
    locked = slowly("question")

    def drops() -> None:
        assert locked.wait(_WAIT_SECONDS)
        with leases.fenced(turn) as (opened, _):
            mine = col(Question.id) == number
            opened.execute(update(Question).where(mine).values(dropped_at=journey_clock().now()))

    with ThreadPoolExecutor(2) as pool:
        answered = pool.submit(news.record_answer, race.reference, number, option, "ref-test")
        dropped = pool.submit(drops)
        dropped.result(_WAIT_SECONDS)
        assert answered.result(_WAIT_SECONDS), "it was first"


def test_the_watch_and_a_pass_that_meets_a_deadline_do_not_block_each_other(
    slowly: Callable[[str], Signal],
) -> None:
    race = Race()
    turn = leases.take(race.reference, race.ground._flow_run)
    locked = slowly("deadline")

    def meets() -> None:
        assert locked.wait(_WAIT_SECONDS)
        with leases.fenced(turn) as (opened, _):
            running = (col(Deadline.reference) == race.reference, col(Deadline.met_at).is_(None))
            opened.execute(update(Deadline).where(*running).values(met_at=journey_clock().now()))

    with ThreadPoolExecutor(2) as pool:
        reached = pool.submit(news.deadlines_become_news)
        pool.submit(meets).result(_WAIT_SECONDS)
        assert reached.result(_WAIT_SECONDS) == [race.reference]


def test_a_departure_whose_pass_is_writing_does_not_hold_back_the_deadlines_of_others(
    store: str,
) -> None:
    busy, other = Race(), Race()
    turn = leases.take(busy.reference, busy.ground._flow_run)

    with leases.fenced(turn):
        assert news.deadlines_become_news() == [other.reference]

    assert news.deadlines_become_news() == [busy.reference]
