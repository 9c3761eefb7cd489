"""By when a question is to be answered, of whom it is asked, and when it is put again."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from models.about import Trigger
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.asking import CONTACT_KINDS, ask, later, patience
from models.journey.ending import follow_up
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.step import Ask, Expect
from models.territory import Unit
from tests.models.journey.cases import NOW, a_case, a_question, a_request, the_facts
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")
_BY_THE_HOUR = (Measure.HOUSING, Measure.MEDICAL)
_NEARER = (
    QuestionKind.CALL_AGENCY,
    QuestionKind.LATE_REPLY,
    QuestionKind.MISSING_DOCUMENT,
    QuestionKind.NEXT_STEP,
    QuestionKind.OFFER,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
)


def _paris(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=_PARIS)


# --- By when


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("kind", _NEARER)
def test_what_brings_a_shelter_or_a_medical_statement_nearer_is_asked_for_in_hours(
    kind: QuestionKind, measure: Measure
) -> None:
    delay = patience(a_case(), kind, measure)

    assert (delay.unit is Unit.HOURS) is (measure in _BY_THE_HOUR)


@pytest.mark.parametrize(
    ("kind", "measure", "about", "hurried", "hurried_in_danger"),
    [
        (QuestionKind.DANGER_NOW, None, None, True, True),
        (QuestionKind.SUICIDAL_RISK, None, None, True, True),
        (QuestionKind.NEW_FACT, None, None, True, True),
        (QuestionKind.DANGER, None, Trigger.NO_SHOW, True, True),
        (QuestionKind.DANGER, None, None, False, True),
        (QuestionKind.FIRST_CONTACT, None, None, False, True),
        (QuestionKind.CONFIRM_MEASURE, Measure.HOUSING, None, False, True),
        (QuestionKind.CONFIRM_MEASURE, Measure.AUU, None, False, False),
        (QuestionKind.DEPARTURE_DAY, None, None, False, False),
        (QuestionKind.FOLLOW_UP, None, None, False, False),
        # To confirm that a shelter is there never forces a contact.
        (QuestionKind.CONFIRM_DELIVERY, Measure.HOUSING, None, False, False),
        (QuestionKind.LEGAL_END, None, None, False, False),
    ],
)
def test_danger_hurries_some_questions_and_no_others(
    kind: QuestionKind,
    measure: Measure | None,
    about: str | None,
    hurried: bool,
    hurried_in_danger: bool,
) -> None:
    bands = {DangerBand.HIGH: hurried, DangerBand.IMMEDIATE: hurried_in_danger}

    for band, in_hours in bands.items():
        delay = patience(a_case(danger=band), kind, measure, about)
        assert (delay.unit is Unit.HOURS) is in_hours


def test_an_ordinary_question_may_wait_two_working_days() -> None:
    asked = ask(a_case(), QuestionKind.DEPARTURE_DAY, "day:1:1", (Choice.LEAVES_NOW,))

    assert asked.due_at == _paris(11, 26)
    assert asked.source == "à fixer par le territoire"


# --- Of whom


@pytest.mark.parametrize(
    ("now", "asked_of"),
    [
        (NOW, "ref-21-b"),
        # On leave until the 20th of August 2027: the backup.
        (datetime(2027, 8, 4, 8, tzinfo=UTC), "ref-21-a"),
        # Training expired on both sides: the coordinator.
        (datetime(2035, 1, 8, 8, tzinfo=UTC), "coord-21"),
    ],
)
def test_a_question_is_asked_of_whoever_stands_in_that_day(now: datetime, asked_of: str) -> None:
    case = a_case()
    case.departure.referent = "ref-21-b"
    case.now = now
    life = Life(case)

    life.does([ask(case, QuestionKind.NEW_FACT, "new-fact:1", (Choice.NOTHING_NEW,))])

    assert life.asked(QuestionKind.NEW_FACT).asked_of == asked_of


# --- Again


@pytest.mark.parametrize(
    ("kind", "answer", "again"),
    [
        # A day later is a Tuesday: the next safe window opens on Wednesday at two.
        (QuestionKind.FIRST_CONTACT, Choice.UNREACHABLE, _paris(11, 25, 14)),
        # Three days later is a Thursday: the next one is on Monday at eight.
        (QuestionKind.CONFIRM_DELIVERY, Choice.NOT_YET, _paris(11, 30, 8)),
        (QuestionKind.FOLLOW_UP, Choice.NO_CONTACT, _paris(11, 30, 8)),
        # Nobody reaches the person for these.
        (QuestionKind.CHECKLIST, Choice.NOT_YET, _paris(11, 30, 9)),
        (QuestionKind.DOUBT, Choice.WAIT, _paris(11, 26, 9)),
    ],
)
def test_the_person_is_reached_again_in_a_safe_window_only(
    kind: QuestionKind, answer: Choice, again: datetime
) -> None:
    not_reached = kind is QuestionKind.FIRST_CONTACT
    case = a_case(
        DepartureState.PROPOSED if not_reached else DepartureState.ACTIVE,
        auu=MeasureState.DELIVERED,
        adresse=MeasureState.ONGOING,
    )
    measure = {
        QuestionKind.CONFIRM_DELIVERY: Measure.AUU,
        QuestionKind.CHECKLIST: Measure.ADDRESS,
        QuestionKind.DOUBT: Measure.ADDRESS,
    }.get(kind)
    life = Life(case)

    life.answers(a_question(case, kind, measure=measure, slot=f"{kind.value}:1:1"), answer)

    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == again


@pytest.mark.parametrize("kind", QuestionKind)
def test_only_a_question_for_which_the_person_is_reached_waits_for_a_safe_window(
    kind: QuestionKind,
) -> None:
    case = a_case(facts=the_facts(windows=[[6, "10:00", "11:00"]]))
    wait = _paris(11, 24, 9) - NOW

    put_off = later(case, a_question(case, kind), wait)

    assert isinstance(put_off, Expect)
    sunday = _paris(11, 29, 10)
    assert put_off.due_at == (sunday if kind in CONTACT_KINDS else _paris(11, 24, 9))


def test_follow_ups_are_proposed_in_a_safe_window_from_the_morning_on() -> None:
    # Seven days after Friday the 20th is a Friday; thirty days is a Sunday; ninety a Thursday.
    case = a_case(departs_on=date(2026, 11, 20), auu=MeasureState.CONFIRMED)

    due = [step.due_at for step in follow_up(case) if isinstance(step, Expect)]

    assert due == [
        _paris(11, 30, 8),
        _paris(12, 21, 8),
        datetime(2027, 2, 22, 8, tzinfo=_PARIS),
    ]


def test_a_question_put_again_is_a_new_occasion_with_a_new_hour() -> None:
    case = a_case()
    life = Life(case)
    request = a_request(case)
    first = a_question(case, QuestionKind.CALL_AGENCY, request, slot="call_agency:1:1")
    life.answers(first, Choice.CALL_NO_ANSWER)

    life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))

    again = life.asked(QuestionKind.CALL_AGENCY)
    assert again.slot == "call_agency:1:2"
    assert again.opened_at == life.case.now
    assert again.options == first.options


def test_one_occasion_is_asked_once_whatever_rules_say() -> None:
    case = a_case()
    life = Life(case)
    twice: list[Ask] = [
        ask(case, QuestionKind.NEW_FACT, "new-fact:1", (Choice.NOTHING_NEW,)) for _ in range(2)
    ]

    life.does([*twice])

    assert len(case.open_questions()) == 1
