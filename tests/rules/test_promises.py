"""What the store promises whatever the rules: one turn, one reading, one answer, one reply."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.act import Result
from models.journal import Event
from models.journey.contact import first_contact
from models.question import Choice, QuestionKind, Wish
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest, RequestState
from store import acts, journal, leases, news, passes, polls
from store.clock import journey_clock, jump_to
from store.engine import session
from store.leases import StalePass
from store.runs import count_restart, runs_to_watch
from tests.rules.grounds import InPostgres
from tests.rules.walk import Walk

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def walk() -> Walk:
    """A departure in immediate danger: its housing request left at the first pass."""
    return Walk.begins(InPostgres(), "danger-immediat", Random(0), is_kind=True)


def _said(request: AgencyRequest, event: str, kind: ReplyKind = ReplyKind.ACCEPTED) -> AgencyReply:
    return AgencyReply(
        event=event, request_key=request.key, kind=kind, said_at=journey_clock().now()
    )


# --- One pass at a time


def test_a_departure_is_taken_by_one_pass_at_a_time(walk: Walk) -> None:
    flow_run = uuid4()
    leases.take(walk.ground.reference, flow_run)

    with pytest.raises(StalePass):
        leases.take(walk.ground.reference, flow_run)


def test_of_two_passes_that_take_a_departure_at_once_one_has_it(walk: Walk) -> None:
    together = Barrier(2)

    def takes() -> bool:
        together.wait()
        try:
            leases.take(walk.ground.reference, uuid4())
        except StalePass:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        had = [attempt.result() for attempt in [both.submit(takes), both.submit(takes)]]

    assert sorted(had) == [False, True]


def test_a_pass_that_lost_the_departure_commits_nothing(walk: Walk) -> None:
    stale = leases.take(walk.ground.reference, uuid4())
    walk.wishes(Wish.CLOSE)
    count_restart(walk.ground.reference)
    leases.take(walk.ground.reference, uuid4())
    lines = len(walk.ground.entries())

    with pytest.raises(StalePass):
        passes.read_next_news(stale)
    with pytest.raises(StalePass):
        passes.apply_chapters(stale, first_contact)
    with pytest.raises(StalePass):
        leases.release(stale)

    assert len(walk.ground.entries()) == lines
    assert [news.read_at for news in walk.case.news if news.wish] == [None]


def test_what_came_of_an_act_is_not_told_by_a_pass_that_lost_the_departure(walk: Walk) -> None:
    _accepts_an_offer(walk)
    stale = leases.take(walk.ground.reference, uuid4())
    assert passes.read_next_news(stale)
    [intent] = acts.due_acts(stale)
    acts.begin_try(stale, intent)
    count_restart(walk.ground.reference)
    turn = leases.take(walk.ground.reference, uuid4())

    with pytest.raises(StalePass):
        acts.conclude(stale, intent, Result.DONE, None)

    [again] = acts.due_acts(turn)
    assert (again.act, again.key) == (intent.act, intent.key), "the same key is for ever"


def test_an_act_that_another_one_made_pointless_does_not_begin(walk: Walk) -> None:
    _accepts_an_offer(walk)
    turn = leases.take(walk.ground.reference, uuid4())
    assert passes.read_next_news(turn)
    [intent] = acts.due_acts(turn)

    acts.conclude(turn, intent, Result.REFUSED_FORM, None)

    assert acts.begin_try(turn, intent) is None


def _accepts_an_offer(walk: Walk) -> None:
    [housing] = walk.case.requests
    walk.ground.hears(housing.agency, _said(housing, "evt-1", ReplyKind.OFFER))
    walk.settles()
    [offer] = walk.case.open_questions(QuestionKind.OFFER)
    walk.answers(offer, Choice.ACCEPT_OFFER)


# --- Each thing once


def test_the_same_reply_received_twice_is_stored_once(walk: Walk) -> None:
    [request] = walk.case.requests

    first = news.receive_reply(request.agency, _said(request, "evt-1"))
    second = news.receive_reply(request.agency, _said(request, "evt-1"))

    assert (first.is_new, second.is_new) == (True, False)
    assert first.reference == second.reference == walk.ground.reference
    assert len([row for row in walk.case.news if row.reply]) == 1


def test_an_agency_cannot_speak_of_the_request_of_another(walk: Walk) -> None:
    [request] = walk.case.requests

    received = news.receive_reply("hotel-95", _said(request, "evt-1"))

    assert received.reference is None
    assert not [row for row in walk.case.news if row.reply]


def test_two_agencies_may_give_the_same_number_to_what_they_say(walk: Walk) -> None:
    [request] = walk.case.requests
    _asks_another(walk, request)
    _, other = walk.case.requests

    assert news.receive_reply(request.agency, _said(request, "evt-9")).is_new
    assert news.receive_reply(other.agency, _said(other, "evt-9")).is_new


def _asks_another(walk: Walk, request: AgencyRequest) -> None:
    walk.ground.hears(request.agency, _said(request, "evt-1", ReplyKind.REFUSED))
    walk.settles()
    [question] = walk.case.open_questions(QuestionKind.NEXT_STEP)
    walk.answers(question, Choice.ASK_NEXT_AGENCY)
    walk.settles()


def test_the_first_answer_wins_and_the_second_is_told(walk: Walk) -> None:
    [contact] = walk.case.open_questions(QuestionKind.FIRST_CONTACT)
    number, reference = contact.id or 0, walk.ground.reference

    assert news.record_answer(reference, number, Choice.UNREACHABLE, "ref-95-a")
    assert not news.record_answer(reference, number, Choice.REACHED, "ref-95-b")

    assert walk.case.question(number).answer is Choice.UNREACHABLE
    late = [entry for entry in walk.ground.entries() if entry.event is Event.ANSWER_TOO_LATE]
    assert [entry.by for entry in late] == ["ref-95-b"]


def test_of_two_answers_given_at_once_one_wins(walk: Walk) -> None:
    [contact] = walk.case.open_questions(QuestionKind.FIRST_CONTACT)
    together = Barrier(2)

    def answers(choice: Choice) -> bool:
        together.wait()
        return news.record_answer(walk.ground.reference, contact.id or 0, choice, "ref-test")

    with ThreadPoolExecutor(2) as both:
        choices = (Choice.REACHED, Choice.UNREACHABLE)
        won = [each.result() for each in [both.submit(answers, choice) for choice in choices]]

    assert sorted(won) == [False, True]


def test_an_answer_that_was_not_offered_or_of_another_departure_is_no_answer(walk: Walk) -> None:
    [contact] = walk.case.open_questions(QuestionKind.FIRST_CONTACT)
    number = contact.id or 0

    assert not news.record_answer(walk.ground.reference, number, Choice.SIGN, "ref-test")
    assert not news.record_answer("95-XXXXXX", number, Choice.REACHED, "ref-test")

    assert walk.case.question(number).is_open


def test_one_occasion_is_one_wish(walk: Walk) -> None:
    walk.ground.wishes(Wish.CLOSE, "form-1")
    walk.ground.wishes(Wish.CLOSE, "form-1")

    assert len([row for row in walk.case.news if row.wish]) == 1


def test_two_sweeps_at_once_tell_each_deadline_once(walk: Walk) -> None:
    jump_to(journey_clock().now() + timedelta(days=1))
    due = [deadline.id for deadline in walk.case.running() if deadline.due_at <= walk.case.now]
    together = Barrier(2)

    def sweeps() -> None:
        together.wait()
        news.deadlines_become_news()

    with ThreadPoolExecutor(2) as both:
        for sweep in [both.submit(sweeps), both.submit(sweeps)]:
            sweep.result()

    told = [row.deadline_id for row in walk.case.news if row.read_at is None]
    assert len(due) > 1
    assert sorted(told, key=str) == sorted(due, key=str)


def test_a_piece_of_news_and_what_it_changes_are_one_transaction(walk: Walk) -> None:
    walk.wishes(Wish.WENT_BACK)
    with session() as opened:
        # A rule that breaks: the journal refuses the line that the wish would write.
        opened.execute(text("ALTER TABLE journal ADD CHECK (code <> 'went_back')"))
    turn = leases.take(walk.ground.reference, uuid4())

    with pytest.raises(DBAPIError):
        passes.read_next_news(turn)

    assert [row.read_at for row in walk.case.news if row.wish] == [None]
    assert not walk.case.open_questions(QuestionKind.REOPEN)


# --- For ever


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET code = 'reached'",
        "DELETE FROM journal",
        "TRUNCATE journal",
    ],
)
def test_the_journal_is_only_added_to(walk: Walk, change: str) -> None:
    before = [entry.model_dump() for entry in journal.entries(walk.ground.reference)]

    with pytest.raises(DBAPIError, match="append-only"), session() as opened:
        opened.execute(text(change))

    assert [entry.model_dump() for entry in journal.entries(walk.ground.reference)] == before


def test_an_act_has_one_row_for_its_key_whoever_writes_it(walk: Walk, store: str) -> None:
    [act] = [act for act in walk.case.acts]
    columns = "reference, request_id, verb, key, state, tries, not_before, intended_at"
    again = f"INSERT INTO act ({columns}) SELECT {columns} FROM act WHERE id = %s"

    url = store.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as opened, pytest.raises(psycopg.errors.UniqueViolation):
        opened.execute(again, [act.id])


# --- After the end


def test_a_closed_departure_that_still_has_something_to_say_is_watched(walk: Walk) -> None:
    walk.wishes(Wish.CLOSE)
    walk.settles()
    [how] = walk.case.open_questions(QuestionKind.CLOSE)
    walk.answers(how, Choice.CLOSE_WITHDRAWN)
    turn = leases.take(walk.ground.reference, uuid4())
    while passes.read_next_news(turn):
        continue

    watched = [run.reference for run in runs_to_watch()]
    assert watched == [walk.ground.reference], "the recall of its request has not left"

    leases.release(turn)
    walk.settles()
    [danger] = walk.case.open_questions(QuestionKind.DANGER_NOW)
    assert len(runs_to_watch()) == 1, "nobody has answered for the danger"

    walk.answers(danger, Choice.SHELTERED)
    walk.settles()
    assert runs_to_watch() == []


def test_an_agency_is_listened_to_after_its_last_request_has_ended(walk: Walk) -> None:
    [request] = walk.case.requests
    assert polls.agencies_that_owe() == [request.agency]
    walk.ground.hears(request.agency, _said(request, "evt-1", ReplyKind.REFUSED))
    walk.settles()
    assert walk.case.requests[0].state is RequestState.REFUSED

    jump_to(journey_clock().now() + timedelta(days=29))
    assert polls.agencies_that_owe() == [request.agency]

    jump_to(journey_clock().now() + timedelta(days=2))
    assert polls.agencies_that_owe() == []
