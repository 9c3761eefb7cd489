"""A release reaches departures that are asleep, asked about, requested, in the midst of a pass: two
releases work side by side for a while, and nobody is asked twice, nor anything forgotten.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.settings import ROOT, settings
from models.act import ActState, Verb
from models.departure import DepartureState
from models.labels import label
from models.measure import Measure
from models.question import Choice, Question, QuestionKind
from models.reply import ReplyKind
from models.request import RequestState
from store.engine import session
from tests.journey.driver import Journey
from tests.living import eventually
from tests.release.side_by_side import SideBySide, Worker
from tests.release.tree import Tree, release_from_this_tree

pytestmark = pytest.mark.timeout(300)

_MEASURES = (Measure.AUU, Measure.PSY, Measure.SCHOOL)
_NEW_TITLE = "Quel jour la personne part-elle ?"
_CHOICES = {
    QuestionKind.DANGER: Choice.HIGH,
    QuestionKind.DEPARTURE_DAY: Choice.LEAVES_NOW,
    QuestionKind.CONFIRM_MEASURE: Choice.AGREED_ORAL,
    QuestionKind.DOUBT: Choice.DOUBT_SETTLED,
    QuestionKind.SIGN_PLAN: Choice.SIGN,
    QuestionKind.RELAY: Choice.RELAY_TOLD,
}


@pytest.fixture
def departure(journey: Journey) -> SideBySide:
    """A departure beside others."""
    return SideBySide(journey.sandbox, journey.prefect)


@pytest.fixture
def coming(tmp_path: Path) -> Tree:
    """The next release: a new column that it writes, a new question, a question in other words."""
    tree = release_from_this_tree(tmp_path / "coming").adds_a_migration(
        'op.add_column("question", sa.Column("colour", sa.String(), nullable=True))'
    )
    tree.changes(
        "models/question.py", "    slot: str\n", '    colour: str | None = "blue"\n    slot: str\n'
    )
    tree.changes("models/wording.py", "Départ — quand la personne part-elle ?", _NEW_TITLE)
    return tree.changes(
        "models/journey/plan.py",
        "    return [*questions, ask(",
        '    questions += [ask(case, QuestionKind.RELAY, "relais:1", (Choice.RELAY_TOLD,))]\n'
        "    return [*questions, ask(",
    )


@pytest.fixture
def new_worker(departure: SideBySide, coming: Tree) -> Iterator[Worker]:
    """A worker of the next release; its store is not migrated yet."""
    with Worker(coming) as worker:
        yield worker


def _answers_all(departure: SideBySide, *, without: tuple[QuestionKind, ...] = ()) -> None:
    """The referent answers what is in the form, from the labels that the form shows."""
    asked = [q for q in departure.case.open_questions() if q.kind not in without]
    shown = departure.form()["properties"]
    fields = {q.field: label(_CHOICES[q.kind]) for q in asked}
    assert set(fields) <= set(shown), "what is asked is in the form"
    departure.submits(fields)


def _title(departure: SideBySide, kind: QuestionKind) -> str:
    title: str = departure.form()["properties"][departure.question(kind).field]["title"]
    return title


def _colours(departure: SideBySide) -> dict[QuestionKind, str | None]:
    """Which release asked what: only the next one writes the new column."""
    query = text("SELECT kind, colour FROM question WHERE reference = :reference")
    with session() as opened:
        rows = opened.execute(query, {"reference": departure.reference}).all()
    return {QuestionKind(kind): colour for kind, colour in rows}


def _asked(question: Question) -> tuple[object, ...]:
    return (question.kind, question.measure, question.agency, question.about)


def _each_once(departure: SideBySide) -> None:
    """Nothing was sent twice or forgotten, nothing was asked twice."""
    case = departure.case
    asked = Counter(_asked(question) for question in case.questions)
    assert not [what for what, times in asked.items() if times > 1], "asked again"
    assert case.departure.state is DepartureState.ACTIVE
    assert {request.measure for request in case.requests} == set(_MEASURES), "nothing is forgotten"
    sends = [act for act in case.acts if act.verb is Verb.SEND]
    assert {act.state for act in sends} == {ActState.DONE}
    calls = departure.calls(verb="send")
    effects = Counter(call.idempotency_key for call in calls if not call.duplicate)
    by_api = {act.key for act in sends if act.key.split(":")[2] in {c.agency for c in calls}}
    assert effects == dict.fromkeys(by_api, 1)


def test_two_releases_side_by_side_answer_each_other_s_questions_and_send_each_request_once(
    departure: SideBySide, coming: Tree, new_worker: Worker
) -> None:
    first = departure
    second = departure.beside()
    first.starts("mere-de-deux-enfants", *_MEASURES)
    second.starts("mere-de-deux-enfants", *_MEASURES)
    coming.migrates()

    # The first stays with the running release, on the new shape; the second goes over.
    second.goes_over_to(new_worker)
    for one in (first, second):
        one.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    assert _title(first, QuestionKind.DEPARTURE_DAY) != _NEW_TITLE
    assert _title(second, QuestionKind.DEPARTURE_DAY) == _NEW_TITLE
    assert not first.asks(QuestionKind.RELAY)
    assert second.asks(QuestionKind.RELAY)

    # Each answers what the other one asked, in the form that the other one showed.
    second.goes_over_to(None)
    first.goes_over_to(new_worker)
    for one in (first, second):
        _answers_all(one)
    assert first.asks(QuestionKind.RELAY), "the new question reaches whoever was asleep"
    _answers_all(first)

    # And back: the requests of each are decided by the release that did not prepare them.
    first.goes_over_to(None)
    second.goes_over_to(new_worker)
    for one in (first, second):
        _answers_all(one)
        _each_once(one)

    # What an agency says of a request is heard by the release that did not send it.
    second.goes_over_to(None)
    first.goes_over_to(new_worker)
    for one in (first, second):
        one.says("caf-21", Measure.AUU, ReplyKind.ACCEPTED)
        assert one.request(Measure.AUU).state is RequestState.ACCEPTED
        _each_once(one)

    asked_by_the_new = {
        one.reference: {kind for kind, colour in _colours(one).items() if colour}
        for one in (first, second)
    }
    assert QuestionKind.RELAY in asked_by_the_new[first.reference]
    assert QuestionKind.DEPARTURE_DAY not in asked_by_the_new[first.reference]
    assert QuestionKind.DEPARTURE_DAY in asked_by_the_new[second.reference]
    assert QuestionKind.FIRST_CONTACT not in asked_by_the_new[second.reference]


def test_a_pass_that_is_under_way_is_taken_up_by_the_next_release_under_the_same_key(
    departure: SideBySide,
    coming: Tree,
    new_worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PND_LEASE_SECONDS", "5")
    settings.cache_clear()
    departure.order("siao-95", "timeout", times=1)
    with Worker(Tree(ROOT)) as old_worker:
        departure.files("danger-immediat", Measure.HOUSING)
        old_worker.begins(departure.reference)
        eventually(lambda: departure.calls("siao-95", "send"), "the shelter holds the call")

        old_worker.freezes()
        coming.migrates()
        old_worker.dies()

    departure.goes_over_to(new_worker)
    eventually(
        lambda: departure.settles().calls("siao-95", "send")[1:], "it is taken up and sent again"
    )

    first, *again = departure.calls("siao-95", "send")
    assert all(call.duplicate for call in again)
    assert {call.idempotency_key for call in again} == {first.idempotency_key}
    [sending] = [act for act in departure.case.acts if act.verb is Verb.SEND]
    assert (sending.state, sending.tries) == (ActState.DONE, 2)
