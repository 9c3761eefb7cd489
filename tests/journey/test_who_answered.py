"""A form that was answered through the guard says who answered it; one that nobody can vouch for
says so too.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest

from models.identity import Role
from models.journal import Event
from models.labels import label
from models.measure import Measure
from models.question import Choice, QuestionKind, Wish
from models.sending import SendingOutcome
from models.wording import option_label
from store import sendings
from tests.guard.standing import as_, guard_of, somebody
from tests.journey.driver import Journey

_COORDINATOR = "coord-21"
_NOT_KNOWN = "page-prefect"


@pytest.fixture
def told(journey: Journey) -> Journey:
    """A departure whose first contact is to be told."""
    return journey.starts("mere-de-deux-enfants", Measure.PSY)


@pytest.fixture
def guard(told: Journey) -> Iterator[str]:
    """The guard, where the referent of that departure and their coordinator are known."""
    people = [
        somebody(told.case.departure.referent, (Role.REFERENT, "21")),
        somebody(_COORDINATOR, (Role.COORDINATOR, "21")),
    ]
    prefect = str(told.prefect.api_url).rstrip("/").removesuffix("/api")
    shown = os.environ["PREFECT_API_AUTH_STRING"]
    with guard_of(prefect, {one.account: one for one in people}.get, shown) as url:
        yield url


def _form(told: Journey, choice: Choice = Choice.REACHED) -> dict[str, str]:
    question = told.question(QuestionKind.FIRST_CONTACT)
    return {question.field: option_label(choice, told.case)}


def _sent(guard: str, told: Journey, who: str, fields: dict[str, str]) -> httpx.Response:
    with as_(guard, who) as client:
        path = f"/api/flow_runs/{told.flow_run.id}/resume"
        return client.post(path, json={"run_input": fields})


def _by(told: Journey) -> str | None:
    told.settles()
    answered = [q for q in told.case.questions if q.kind is QuestionKind.FIRST_CONTACT]
    (written,) = [e for e in told.events(Event.QUESTION_ANSWERED) if e.by]
    assert written.by == answered[0].answered_by
    return written.by


def test_an_answer_says_who_gave_it(told: Journey, guard: str) -> None:
    referent = told.case.departure.referent
    assert _sent(guard, told, referent, _form(told)).json()["status"] == "ACCEPT"
    assert _by(told) == referent


def test_of_two_people_at_once_the_one_whose_form_was_taken_is_named(
    told: Journey, guard: str
) -> None:
    choices = {
        told.case.departure.referent: Choice.REACHED,
        _COORDINATOR: Choice.CONTACT_LOST,
    }
    forms = {who: _form(told, choice) for who, choice in choices.items()}
    with ThreadPoolExecutor(2) as both:
        asked = {who: both.submit(_sent, guard, told, who, form) for who, form in forms.items()}
    answers = {who: one.result() for who, one in asked.items()}
    taken = [
        who
        for who, answer in answers.items()
        if answer.is_success and answer.json()["status"] == "ACCEPT"
    ]
    assert len(taken) == 1
    assert _by(told) == taken[0]


def test_a_guard_that_died_before_the_form_left_names_nobody(told: Journey, guard: str) -> None:
    run = UUID(str(told.flow_run.id))
    sendings.remember(run, _COORDINATOR, _form(told))
    assert _sent(guard, told, told.case.departure.referent, _form(told)).is_success
    assert _by(told) == told.case.departure.referent


def test_a_guard_that_died_after_the_form_was_taken_does_not_hide_who_sent_it(
    told: Journey, guard: str
) -> None:
    sendings.remember(UUID(str(told.flow_run.id)), _COORDINATOR, _form(told))
    assert told.resume(_form(told)) == "ACCEPT"
    assert _by(told) == _COORDINATOR


def test_of_two_who_sent_the_same_form_to_a_guard_that_died_neither_is_named(
    told: Journey, guard: str
) -> None:
    for who in (_COORDINATOR, told.case.departure.referent):
        sendings.remember(UUID(str(told.flow_run.id)), who, _form(told))
    assert told.resume(_form(told)) == "ACCEPT"
    assert _by(told) == _NOT_KNOWN


def test_whose_form_was_refused_is_not_named(told: Journey, guard: str) -> None:
    run = UUID(str(told.flow_run.id))
    refused = sendings.remember(run, _COORDINATOR, _form(told))
    sendings.ended(refused, SendingOutcome.REFUSED)
    assert told.resume(_form(told)) == "ACCEPT"
    assert _by(told) == _NOT_KNOWN


def test_a_form_that_is_no_more_the_departure_s_is_refused(told: Journey, guard: str) -> None:
    referent = told.case.departure.referent
    assert _sent(guard, told, referent, _form(told)).json()["status"] == "ACCEPT"
    again = _sent(guard, told, referent, _form(told))
    assert again.json()["status"] == "ABORT"
    assert _by(told) == referent
    assert not told.events(Event.ANSWER_TOO_LATE)


def test_a_wish_through_the_guard_is_taken(told: Journey, guard: str) -> None:
    fields = {"agir": label(Wish.DANGER)}
    assert _sent(guard, told, told.case.departure.referent, fields).json()["status"] == "ACCEPT"
    told.settles()
    assert told.asks(QuestionKind.DANGER_NOW)
