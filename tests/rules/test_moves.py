"""A departure that goes on in another territory: one new departure there, nothing pending here."""

from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from core.settings import settings
from models.act import Verb
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import Departure, DepartureState, MeasureWish, Outcome
from models.journal import Event
from models.measure import Measure, MeasureState
from models.protection import ProtectionKind, ProtectionState
from models.question import Choice, QuestionKind, Wish
from models.referral import Referral
from models.request import ENDED
from models.territories import known_territory
from store import journal, passes
from store.cases import read_case
from store.clock import jump_to
from store.engine import session
from store.leases import take
from store.runs import runs_to_watch
from store.vault import open_referral
from tests.rules.grounds import InPostgres
from tests.rules.walk import Walk

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def walk() -> Walk:
    """A departure in immediate danger: its housing request left at the first pass."""
    return Walk.begins(InPostgres(), "danger-immediat", Random(0), is_kind=True)


def _tells(walk: Walk, wish: Wish, kind: QuestionKind, option: str) -> None:
    walk.wishes(wish)
    walk.settles()
    [question] = [q for q in walk.case.open_questions(kind) if option in q.options]
    walk.answers(question, option)
    walk.settles()


def _moves(walk: Walk, code: str = "59") -> Case:
    """Move the departure; return the new one."""
    _tells(walk, Wish.TRANSFER, QuestionKind.TRANSFER, f"transfer_to:{code}")
    moved_to = walk.case.departure.moved_to
    assert moved_to is not None
    case = read_case(moved_to)
    assert case is not None
    return case


def _departures() -> list[Departure]:
    with session() as opened:
        return list(opened.exec(select(Departure)).all())


def _leaves_as(walk: Walk, **states: MeasureState) -> None:
    """Write where some measures stand, as earlier passes would have."""
    with session() as opened:
        wishes = opened.exec(
            select(MeasureWish).where(MeasureWish.reference == walk.ground.reference)
        )
        for wish in wishes.all():
            wish.state = states.get(wish.measure.value, wish.state)


def _sealed(reference: str) -> Referral:
    with session() as opened:
        return open_referral(opened, reference)


# --- What opens there


def test_a_move_opens_exactly_one_departure_which_says_where_it_comes_from(walk: Walk) -> None:
    there = _moves(walk)

    assert {one.reference for one in _departures()} == {
        walk.ground.reference,
        there.departure.reference,
    }
    assert there.departure.territory == "59"
    assert there.departure.came_from == walk.ground.reference
    assert there.departure.state is DepartureState.PROPOSED
    assert there.departure.danger is walk.case.departure.danger


def test_it_has_a_referent_of_the_pathway_there(walk: Walk) -> None:
    there = _moves(walk)

    nord = known_territory(settings().territories, "59")
    assert there.departure.pathway is nord.pathways[0].code
    assert there.departure.referent in nord.pathways[0].referents


def test_with_nobody_trained_there_the_coordinator_takes_the_person(walk: Walk) -> None:
    jump_to(datetime(2040, 1, 2, 9, tzinfo=UTC))

    assert _moves(walk).departure.referent == "coord-59"


def test_no_yes_no_request_and_no_question_goes_with_the_person(walk: Walk) -> None:
    there = _moves(walk)

    assert walk.case.consents
    assert there.consents == []
    assert there.requests == []
    assert there.questions == []
    assert there.acts == []


@pytest.mark.parametrize(
    ("stand", "sought"),
    [
        (
            {
                "heberg": MeasureState.ONGOING,
                "auu": MeasureState.DELIVERED,
                "psy": MeasureState.GIVEN_UP,
                "justice": MeasureState.AGREED,
            },
            {Measure.HOUSING, Measure.AUU, Measure.PSY, Measure.JUSTICE},
        ),
        # In hand, or not wanted.
        (
            {
                "auu": MeasureState.CONFIRMED,
                "psy": MeasureState.DECLINED,
                "justice": MeasureState.WITHDRAWN,
            },
            {Measure.HOUSING},
        ),
    ],
)
def test_what_is_still_sought_is_sought_there(
    walk: Walk, stand: dict[str, MeasureState], sought: set[Measure]
) -> None:
    _leaves_as(walk, **stand)

    there = _moves(walk)

    assert {wish.measure for wish in there.wishes} == sought
    assert {wish.state for wish in there.wishes} == {MeasureState.WISHED}


def test_the_facts_go_with_the_person_but_the_agencies_that_were_set_aside_here(
    walk: Walk,
) -> None:
    _tells(walk, Wish.CONFLICT, QuestionKind.CONFLICT, "conflict_with:cmp-95")
    _tells(walk, Wish.CONFLICT, QuestionKind.CONFLICT, "avoid_agent:bav-95")

    here, there = walk.case.facts, _moves(walk).facts

    assert (here.excluded_agencies, here.guarded_agencies) == (["cmp-95"], ["bav-95"])
    apart = {"reference", "excluded_agencies", "guarded_agencies"}
    assert there.model_dump(exclude=apart) == here.model_dump(exclude=apart)
    assert (there.excluded_agencies, there.guarded_agencies) == ([], [])


def test_the_vault_there_opens_on_the_same_person_without_the_danger_answers_or_any_yes(
    walk: Walk,
) -> None:
    there = _moves(walk)

    before, after = _sealed(walk.ground.reference), _sealed(there.departure.reference)
    assert after.person == before.person
    assert before.danger.answers
    assert before.consents
    assert (after.danger.answers, after.consents) == ({}, [])
    assert after.danger.band is walk.case.departure.danger
    assert after.territory == "59"
    assert after.referral_id == there.departure.referral_id != before.referral_id


def test_the_vault_there_opens_even_when_everything_is_in_hand(walk: Walk) -> None:
    _leaves_as(walk, **{wish.measure.value: MeasureState.CONFIRMED for wish in walk.case.wishes})

    there = _moves(walk)

    assert there.wishes == []
    assert _sealed(there.departure.reference).person.given_name == "Morgan"


# --- Protections


def test_protections_and_what_warns_of_their_end_go_with_the_person(walk: Walk) -> None:
    for step in (Choice.TGD_GIVEN, Choice.OP_HEARING_FIXED):
        _tells(walk, Wish.JUSTICE, QuestionKind.PROTECTION, step)
    watched = {
        (d.kind, d.about, d.due_at)
        for d in walk.case.running(DeadlineKind.LEGAL_END, DeadlineKind.COURT)
    }
    assert len(watched) == 2

    there = _moves(walk)

    assert {(one.kind, one.state, one.ends_at) for one in there.protections} == {
        (one.kind, one.state, one.ends_at) for one in walk.case.protections
    }
    carried = {(d.kind, d.about, d.due_at) for d in there.running() if d.about}
    assert carried == watched
    assert not [*walk.case.running(DeadlineKind.LEGAL_END, DeadlineKind.COURT)]


def test_a_protection_noted_there_changes_nothing_here(walk: Walk) -> None:
    _tells(walk, Wish.JUSTICE, QuestionKind.PROTECTION, Choice.OP_ASKED)
    there = _follows(_moves(walk))

    _tells(there, Wish.JUSTICE, QuestionKind.PROTECTION, Choice.OP_GRANTED)

    ours, theirs = (one.case.protection(ProtectionKind.OP) for one in (walk, there))
    assert ours is not None
    assert theirs is not None
    assert (ours.state, theirs.state) == (ProtectionState.ASKED, ProtectionState.GRANTED)


# --- What ends here


def test_the_departure_here_is_closed_as_moved_and_everything_pending_is_recalled(
    walk: Walk,
) -> None:
    sent = {r.id for r in walk.case.live_requests() if r.sent_at is not None}
    assert sent

    there = _moves(walk)

    case = walk.case
    assert (case.departure.state, case.departure.outcome) == (
        DepartureState.CLOSED,
        Outcome.MOVED,
    )
    assert {request.state for request in case.requests} <= ENDED
    told: set[int | None] = {a.request_id for a in case.acts if a.verb is Verb.RECALL}
    told |= {q.request_id for q in case.questions if q.kind is QuestionKind.TELL_RECALL}
    assert sent <= told
    assert all(consent.withdrawn_at for consent in case.consents)
    moved = [e for e in walk.ground.entries() if e.event is Event.DEPARTURE_TRANSFERRED]
    assert [entry.code for entry in moved] == [there.departure.reference]


def test_a_person_who_stays_has_one_departure(walk: Walk) -> None:
    _tells(walk, Wish.TRANSFER, QuestionKind.TRANSFER, Choice.STAYS_HERE)

    assert len(_departures()) == 1
    assert walk.case.departure.state is DepartureState.PROPOSED


# --- All or nothing


def test_a_move_that_breaks_before_its_end_leaves_neither(walk: Walk) -> None:
    walk.wishes(Wish.TRANSFER)
    walk.settles()
    [question] = walk.case.open_questions(QuestionKind.TRANSFER)
    walk.answers(question, "transfer_to:59")
    with session() as opened:
        # A rule that breaks: the journal refuses the line that closes the departure here.
        opened.execute(text("ALTER TABLE journal ADD CHECK (code <> 'closed:moved')"))
    turn = take(walk.ground.reference, uuid4())

    with pytest.raises(DBAPIError):
        passes.read_next_news(turn)

    assert len(_departures()) == 1
    assert walk.case.departure.moved_to is None
    assert walk.case.departure.state is DepartureState.PROPOSED
    assert walk.case.live_requests()
    with session() as opened:
        opened.execute(text("ALTER TABLE journal DROP CONSTRAINT journal_code_check"))
    assert passes.read_next_news(turn)
    assert len(_departures()) == 2, "what broke is done when it no longer breaks"


# --- It lives


def test_the_watch_finds_the_new_departure_and_its_first_pass_begins_as_any_other(
    walk: Walk,
) -> None:
    there = _moves(walk)
    reference = there.departure.reference

    assert reference in {run.reference for run in runs_to_watch()}
    new = _follows(there)
    assert new.case.open_questions(QuestionKind.FIRST_CONTACT)
    assert journal.entries(reference)[0].by == walk.ground.reference


def test_a_person_may_move_twice(walk: Walk) -> None:
    there = _moves(walk)

    back = _moves(_follows(there), code="95")

    assert back.departure.came_from == there.departure.reference
    assert len(_departures()) == 3


def test_every_yes_is_asked_anew_there(walk: Walk) -> None:
    new = _follows(_moves(walk))
    [contact] = new.case.open_questions(QuestionKind.FIRST_CONTACT)

    new.answers(contact, Choice.REACHED)
    new.settles()

    asked = {q.agency for q in new.case.open_questions(QuestionKind.CONFIRM_MEASURE)}
    assert "caf-59" in asked
    assert not any((agency or "").endswith("-95") for agency in asked)


def _follows(case: Case) -> Walk:
    ground = InPostgres()
    ground.reference = case.departure.reference
    walk = Walk(ground, Random(0), is_kind=True)
    walk.settles()
    return walk
