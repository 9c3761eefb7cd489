"""Lists gone through with the person, line by line: nothing is asked of any agency."""

from datetime import timedelta

import pytest

from models.about import ChecklistItem
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.lists import items, lists
from models.journey.plan import plan
from models.journey.requests import nothing_forgotten, requests
from models.measure import CHECKLISTS, Measure, MeasureState
from models.protection import ProtectionKind, ProtectionState
from models.question import Choice, Question, QuestionKind, Wish
from models.step import SetProtection
from tests.models.journey.cases import NOW, a_case, in_words, the_facts
from tests.models.journey.lives import Life

_PROOF, _ACCOUNT, _FILED = (
    ChecklistItem.SAVINGS_PROOF,
    ChecklistItem.SAVINGS_ACCOUNT,
    ChecklistItem.SAVINGS_FILED,
)
_ADDRESS = [
    ChecklistItem.PASSWORDS,
    ChecklistItem.MAIL_HOME,
    ChecklistItem.MAIL_FORWARDING,
    ChecklistItem.VEHICLE_REGISTER,
]
_ROLL = ChecklistItem.ELECTORAL_ROLL


def _list(measure: Measure, *proofs: str) -> Life:
    """A list agreed on by somebody who holds these proofs."""
    facts = the_facts(evidence=[[proof, "2026-11-10"] for proof in proofs])
    life = Life(a_case(facts=facts, having={measure: MeasureState.AGREED}))
    life.goes_through(lists)
    return life


def _lines(life: Life) -> list[str | None]:
    return [question.about for question in life.case.open_questions(QuestionKind.CHECKLIST)]


def _line(life: Life, item: ChecklistItem) -> Question:
    return next(
        q for q in life.case.open_questions(QuestionKind.CHECKLIST) if q.about == item.value
    )


@pytest.mark.parametrize(
    ("proofs", "lines"),
    [
        ([], [_PROOF]),
        # A complaint is not enough (C. trav. R3324-22).
        (["depot_de_plainte"], [_PROOF]),
        (["signalement_au_procureur"], [_PROOF]),
        (["ordonnance_de_protection"], [_ACCOUNT, _FILED]),
        (["depot_de_plainte", "ordonnance_de_protection"], [_ACCOUNT, _FILED]),
    ],
)
def test_savings_are_released_on_an_order_and_not_on_a_bare_complaint(
    proofs: list[str], lines: list[ChecklistItem]
) -> None:
    assert _lines(_list(Measure.SAVINGS, *proofs)) == lines


@pytest.mark.parametrize(
    ("kind", "state", "opens"),
    [
        (ProtectionKind.OP, ProtectionState.GRANTED, True),
        (ProtectionKind.OP, ProtectionState.ASKED, False),
        (ProtectionKind.PROSECUTION, ProtectionState.GRANTED, True),
        (ProtectionKind.TGD, ProtectionState.GRANTED, False),
    ],
)
def test_an_order_or_a_prosecution_that_comes_meanwhile_opens_the_savings(
    kind: ProtectionKind, state: ProtectionState, opens: bool
) -> None:
    case = a_case(facts=the_facts(evidence=[]), epargne=MeasureState.AGREED)
    life = Life(case)

    life.does([SetProtection(kind, state, None, "ref-21-a")])

    assert (items(case, Measure.SAVINGS) == [_ACCOUNT, _FILED]) is opens


def test_savings_go_line_by_line_and_end_confirmed() -> None:
    life = _list(Measure.SAVINGS)

    life.answers(_line(life, _PROOF), Choice.ITEM_DONE)
    life.goes_through(lists)
    assert _lines(life) == [_ACCOUNT, _FILED]

    life.answers(_line(life, _ACCOUNT), Choice.ITEM_DONE)
    assert life.goes_through(lists) == []

    life.answers(_line(life, _FILED), Choice.ITEM_NOT_NEEDED)
    assert life.goes_through(lists) == ["epargne confirmed"]


@pytest.mark.parametrize(
    ("proofs", "lines"),
    [
        (["depot_de_plainte"], _ADDRESS),
        # The electoral roll hides an address on an order (loi n° 2024-536).
        (["ordonnance_de_protection"], [*_ADDRESS, _ROLL]),
    ],
)
def test_an_address_is_hidden_line_by_line_passwords_first(
    proofs: list[str], lines: list[ChecklistItem]
) -> None:
    assert _lines(_list(Measure.ADDRESS, *proofs)) == lines


def test_an_order_that_comes_meanwhile_adds_its_line_to_the_list() -> None:
    life = _list(Measure.ADDRESS)

    life.does([SetProtection(ProtectionKind.OP, ProtectionState.GRANTED, None, "ref-21-a")])
    life.goes_through(lists)

    assert _lines(life) == [*_ADDRESS, _ROLL]


def test_a_line_that_is_not_done_yet_is_put_again_after_a_week_and_holds_the_list_open() -> None:
    life = _list(Measure.ADDRESS)
    for item in _ADDRESS[1:]:
        life.answers(_line(life, item), Choice.ITEM_DONE)

    life.answers(_line(life, ChecklistItem.PASSWORDS), Choice.NOT_YET)

    assert life.goes_through(lists) == []
    again = life.expected(DeadlineKind.ASK_AGAIN)
    assert again.due_at == NOW + timedelta(days=7)
    life.goes_to(again)
    assert _lines(life) == [ChecklistItem.PASSWORDS]


@pytest.mark.parametrize("measure", sorted(CHECKLISTS))
def test_a_list_asks_nothing_of_any_agency(measure: Measure) -> None:
    life = Life(a_case(having={measure: MeasureState.AGREED}))

    life.goes_through(requests, lists, nothing_forgotten)

    assert life.case.measures_in(MeasureState.ONGOING) == [measure]
    assert not life.case.requests
    assert {q.kind for q in life.case.open_questions()} == {QuestionKind.CHECKLIST}


@pytest.mark.parametrize("measure", sorted(CHECKLISTS))
def test_a_list_is_agreed_on_in_the_plan_without_a_yes_for_an_agency(measure: Measure) -> None:
    life = Life(a_case(DepartureState.CONTACTED, having={measure: MeasureState.WISHED}))
    life.goes_through(plan)
    asked = life.asked(QuestionKind.CONFIRM_MEASURE)
    assert asked.agency is None

    life.answers(asked, Choice.AGREED_ORAL)

    assert life.case.measures_in(MeasureState.AGREED) == [measure]
    assert not life.case.consents


@pytest.mark.parametrize(
    ("state", "goes"),
    [
        (DepartureState.PROPOSED, False),
        (DepartureState.CONTACTED, False),
        (DepartureState.ACTIVE, True),
        (DepartureState.STABILISING, True),
        (DepartureState.PAUSED, False),
        (DepartureState.CLOSED, False),
    ],
)
def test_a_list_is_gone_through_once_the_plan_is_signed(state: DepartureState, goes: bool) -> None:
    case = a_case(state, epargne=MeasureState.AGREED)

    assert bool(lists(case)) is goes


def test_a_list_is_gone_through_anew_when_the_person_leaves_again() -> None:
    life = _list(Measure.SAVINGS)
    life.answers(_line(life, _PROOF), Choice.ITEM_DONE)
    life.case.departure.round = 2

    assert in_words(lists(life.case)) == ["ask checklist"]
    assert items(life.case, Measure.SAVINGS) == [_PROOF]


@pytest.mark.parametrize("state", sorted(set(MeasureState)))
def test_only_a_list_that_is_in_the_plan_is_gone_through(state: MeasureState) -> None:
    in_the_plan = (MeasureState.AGREED, MeasureState.ONGOING)

    assert bool(lists(a_case(epargne=state))) is (state in in_the_plan)


def test_to_take_a_list_back_drops_its_lines() -> None:
    life = _list(Measure.ADDRESS)
    life.wishes(Wish.TAKE_BACK)

    life.answers(life.asked(QuestionKind.TAKE_BACK), "take_back:adresse")

    assert _lines(life) == []
    assert life.goes_through(lists) == []
    assert life.case.measures_in(MeasureState.WITHDRAWN) == [Measure.ADDRESS]
