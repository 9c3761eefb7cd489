"""Justice, accompanied: each step is noted, each date is watched, nothing is ever filed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.settings import ROOT
from models.about import Trigger
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.moving import transfer_told
from models.journey.protections import carried, has_order
from models.measure import Measure, MeasureState
from models.protection import Protection, ProtectionKind, ProtectionState
from models.question import Choice, QuestionKind, Wish
from models.reply import Detail, ReplyKind
from models.request import AgencyRequest, RequestState
from models.territories import load_territory
from tests.models.journey.cases import NOW, REFERENCE, a_case, a_question, a_request, in_words
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")
_REUNION = ZoneInfo("Indian/Reunion")


def _paris(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=_PARIS)


def _told(choice: Choice, case: Case | None = None) -> Life:
    life = Life(case or a_case())
    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), choice)
    return life


def _ruling_asked() -> Life:
    life = _told(Choice.OP_HEARING_FIXED)
    life.goes_to(life.expected(DeadlineKind.COURT))
    return life


def _end_announced() -> Life:
    life = _told(Choice.OP_GRANTED)
    for question in life.case.open_questions():
        life.answers(question, Choice.WATCH)
    life.goes_to(life.expected(DeadlineKind.LEGAL_END))
    return life


# --- Each step, as a referent tells it on Monday 23 November 2026


@pytest.mark.parametrize(
    ("choice", "kind", "state", "ends_at"),
    [
        (Choice.OP_ASKED, ProtectionKind.OP, ProtectionState.ASKED, None),
        (Choice.OP_HEARING_FIXED, ProtectionKind.OP, ProtectionState.HEARING_FIXED, None),
        # Twelve months (C. civ. 515-12).
        (Choice.OP_GRANTED, ProtectionKind.OP, ProtectionState.GRANTED, _paris(2027, 11, 24)),
        (Choice.OP_REFUSED, ProtectionKind.OP, ProtectionState.REFUSED, None),
        (Choice.OPPI_ASKED, ProtectionKind.OPPI, ProtectionState.ASKED, None),
        # It ends when the OP is decided.
        (Choice.OPPI_GRANTED, ProtectionKind.OPPI, ProtectionState.GRANTED, None),
        (Choice.OPPI_REFUSED, ProtectionKind.OPPI, ProtectionState.REFUSED, None),
        # Six months (CPP 41-3-1, R24-19).
        (Choice.TGD_GIVEN, ProtectionKind.TGD, ProtectionState.GRANTED, _paris(2027, 5, 24)),
        (Choice.BAR_SET, ProtectionKind.BAR, ProtectionState.GRANTED, _paris(2027, 5, 24)),
        (Choice.PROSECUTED, ProtectionKind.PROSECUTION, ProtectionState.STARTED, None),
    ],
)
def test_each_step_is_noted_with_until_when_it_holds(
    choice: Choice, kind: ProtectionKind, state: ProtectionState, ends_at: datetime | None
) -> None:
    noted = _told(choice).case.protection(kind)

    assert noted is not None
    assert (noted.state, noted.changed_at, noted.ends_at) == (state, NOW, ends_at)


def test_every_step_that_a_referent_can_tell_is_among_the_answers() -> None:
    life = Life(a_case())

    life.wishes(Wish.JUSTICE)

    asked = life.asked(QuestionKind.PROTECTION).options
    assert asked[-1] == Choice.NO_STEP
    assert len(asked) == 11


def test_a_ruling_that_is_asked_about_hides_no_other_step() -> None:
    life = _ruling_asked()

    life.wishes(Wish.JUSTICE)
    life.wishes(Wish.JUSTICE)

    asked = life.case.open_questions(QuestionKind.PROTECTION)
    assert [question.about for question in asked] == [ProtectionKind.OP, None]


def test_nothing_yet_notes_nothing() -> None:
    assert _told(Choice.NO_STEP).case.protections == []


@pytest.mark.parametrize(
    ("choice", "warned_at"),
    [
        # Sixty days before the 23rd of November 2027, at nine.
        (Choice.OP_GRANTED, [_paris(2027, 9, 24, 9)]),
        # Thirty days before the 23rd of May 2027.
        (Choice.TGD_GIVEN, [_paris(2027, 4, 23, 9)]),
        (Choice.BAR_SET, [_paris(2027, 4, 23, 9)]),
        (Choice.OPPI_GRANTED, []),
        (Choice.PROSECUTED, []),
        (Choice.OP_REFUSED, []),
    ],
)
def test_what_ends_is_announced_in_time_and_in_the_morning(
    choice: Choice, warned_at: list[datetime]
) -> None:
    life = _told(choice)

    assert [d.due_at for d in life.case.running(DeadlineKind.LEGAL_END)] == warned_at


def test_a_warning_comes_at_nine_on_the_clocks_of_the_island() -> None:
    case = a_case()
    case.territory = load_territory(ROOT / "territories", "974")

    life = _told(Choice.TGD_GIVEN, case)

    assert life.expected(DeadlineKind.LEGAL_END).due_at == datetime(2027, 4, 23, 9, tzinfo=_REUNION)


@pytest.mark.parametrize(
    ("choice", "on", "ruled_by"),
    [
        # Six days from Monday end on a Sunday: put off to Monday, 24:00 (CPC 642).
        (Choice.OP_HEARING_FIXED, _paris(2026, 11, 23, 9), [_paris(2026, 12, 1)]),
        (Choice.OP_HEARING_FIXED, _paris(2026, 11, 25, 9), [_paris(2026, 12, 2)]),
        # The 24th of December: six days end on the 30th.
        (Choice.OP_HEARING_FIXED, _paris(2026, 12, 24, 9), [_paris(2026, 12, 31)]),
        # The first of January is no working day, nor are the two days that follow.
        (Choice.OP_HEARING_FIXED, _paris(2026, 12, 26, 9), [_paris(2027, 1, 5)]),
        # A delay in hours is never put off.
        (Choice.OPPI_ASKED, _paris(2026, 11, 27, 16), [_paris(2026, 11, 28, 16)]),
        (Choice.OP_ASKED, _paris(2026, 11, 23, 9), []),
        (Choice.OP_GRANTED, _paris(2026, 11, 23, 9), []),
    ],
)
def test_a_ruling_is_awaited_as_the_courts_count(
    choice: Choice, on: datetime, ruled_by: list[datetime]
) -> None:
    case = a_case()
    case.now = on

    life = _told(choice, case)

    assert [d.due_at for d in life.case.running(DeadlineKind.COURT)] == ruled_by


@pytest.mark.parametrize(
    ("fixed", "kind", "options"),
    [
        (
            Choice.OP_HEARING_FIXED,
            ProtectionKind.OP,
            [Choice.OP_GRANTED, Choice.OP_REFUSED, Choice.NO_STEP],
        ),
        (
            Choice.OPPI_ASKED,
            ProtectionKind.OPPI,
            [Choice.OPPI_GRANTED, Choice.OPPI_REFUSED, Choice.NO_STEP],
        ),
    ],
)
def test_when_the_time_to_rule_is_over_the_ruling_is_asked(
    fixed: Choice, kind: ProtectionKind, options: list[Choice]
) -> None:
    life = _told(fixed)

    life.goes_to(life.expected(DeadlineKind.COURT))

    asked = life.asked(QuestionKind.PROTECTION)
    assert (asked.about, asked.options) == (kind, options)


@pytest.mark.parametrize(
    ("fixed", "ruled"),
    [
        (Choice.OP_HEARING_FIXED, Choice.OP_GRANTED),
        (Choice.OP_HEARING_FIXED, Choice.OP_REFUSED),
        (Choice.OPPI_ASKED, Choice.OPPI_GRANTED),
    ],
)
def test_a_ruling_that_is_known_is_awaited_no_more(fixed: Choice, ruled: Choice) -> None:
    life = _told(fixed)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), ruled)

    assert not [*life.case.running(DeadlineKind.COURT)]
    assert len(life.case.protections) == 1


def test_a_ruling_on_one_protection_leaves_the_other_awaited() -> None:
    life = _told(Choice.OP_HEARING_FIXED)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OPPI_REFUSED)

    assert life.expected(DeadlineKind.COURT).about == ProtectionKind.OP


def test_a_ruling_that_has_not_come_is_asked_for_again_the_next_day() -> None:
    life = _told(Choice.OP_HEARING_FIXED)
    life.goes_to(life.expected(DeadlineKind.COURT))
    over = life.case.now

    life.answers(life.asked(QuestionKind.PROTECTION), Choice.NO_STEP)

    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == over + timedelta(days=1)
    life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))
    assert life.asked(QuestionKind.PROTECTION).about == ProtectionKind.OP


@pytest.mark.parametrize("ruled", [Choice.OP_GRANTED, Choice.OP_REFUSED])
def test_a_provisional_order_ends_when_the_order_is_ruled_upon(ruled: Choice) -> None:
    life = _told(Choice.OPPI_GRANTED)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), ruled)

    provisional = life.case.protection(ProtectionKind.OPPI)
    assert provisional is not None
    assert provisional.state is ProtectionState.ENDED


def test_an_order_asked_for_again_before_its_end_is_still_held_and_watched() -> None:
    life = _told(Choice.OP_GRANTED)
    life.case.now = _paris(2027, 9, 1, 9)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OP_ASKED)

    assert has_order(life.case)
    assert life.expected(DeadlineKind.LEGAL_END).due_at == _paris(2027, 9, 24, 9)


def test_a_hearing_fixed_anew_is_awaited_from_the_new_day() -> None:
    life = _told(Choice.OP_HEARING_FIXED)
    life.case.now = _paris(2026, 11, 25, 9)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OP_HEARING_FIXED)

    assert life.expected(DeadlineKind.COURT).due_at == _paris(2026, 12, 2)


@pytest.mark.parametrize(
    ("choice", "triggers"),
    [
        (Choice.OP_HEARING_FIXED, [Trigger.HEARING_FIXED]),
        (Choice.OP_GRANTED, [Trigger.ORDER_SERVED]),
        (Choice.OPPI_GRANTED, [Trigger.ORDER_SERVED]),
        (Choice.OP_REFUSED, [Trigger.ORDER_REFUSED]),
        (Choice.OP_ASKED, []),
        (Choice.TGD_GIVEN, []),
        (Choice.PROSECUTED, []),
    ],
)
def test_the_days_around_a_hearing_and_an_order_are_dangerous(
    choice: Choice, triggers: list[Trigger]
) -> None:
    life = _told(choice)

    abouts = [question.about for question in life.case.open_questions(QuestionKind.DANGER)]
    assert abouts == triggers


@pytest.mark.parametrize(
    "choice", [c for c in Choice if c.startswith(("op_", "oppi_", "tgd_", "bar_", "prosecuted"))]
)
def test_no_step_in_justice_ever_files_anything(choice: Choice) -> None:
    life = _told(choice)

    assert life.case.acts == []
    assert life.case.requests == []


# --- A warning


@pytest.mark.parametrize("answer", [Choice.RENEWAL_STARTED, Choice.LET_END])
def test_an_end_that_comes_near_is_put_to_the_referent_once(answer: Choice) -> None:
    life = _told(Choice.TGD_GIVEN)
    life.goes_to(life.expected(DeadlineKind.LEGAL_END))
    asked = life.asked(QuestionKind.LEGAL_END)
    assert asked.about == ProtectionKind.TGD

    life.answers(asked, answer)

    assert not life.case.open_questions(QuestionKind.LEGAL_END)
    assert not [*life.case.running(DeadlineKind.LEGAL_END)]


@pytest.mark.parametrize("end", [Wish.WENT_BACK, Wish.CLOSE])
def test_a_protection_runs_on_whatever_becomes_of_the_departure(end: Wish) -> None:
    life = _told(Choice.TGD_GIVEN)

    life.wishes(end)
    if end is Wish.CLOSE:
        life.answers(life.asked(QuestionKind.CLOSE), Choice.CLOSE_EXIT)

    life.goes_to(life.expected(DeadlineKind.LEGAL_END))
    assert life.asked(QuestionKind.LEGAL_END).about == ProtectionKind.TGD


def test_a_protection_that_is_renewed_is_watched_until_its_new_end_only() -> None:
    life = _told(Choice.TGD_GIVEN)
    life.case.now = _paris(2027, 4, 1, 9)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.TGD_GIVEN)

    # Six months more end on the 1st of October.
    assert life.expected(DeadlineKind.LEGAL_END).due_at == _paris(2027, 9, 1, 9)


# --- What the office for victims says


def _followed() -> tuple[Life, AgencyRequest]:
    case = a_case(justice=MeasureState.ONGOING)
    request = a_request(case, RequestState.IN_PROGRESS, measure=Measure.JUSTICE, agency="bav-21")
    return Life(case), request


@pytest.mark.parametrize(
    ("detail", "on", "state", "ends_at"),
    [
        (Detail.HEARING_DATE, _paris(2026, 12, 1, 14), ProtectionState.HEARING_FIXED, None),
        # From the day of the order, and not from the day on which we are told.
        (
            Detail.PROTECTION_ORDER,
            _paris(2026, 11, 20, 14),
            ProtectionState.GRANTED,
            _paris(2027, 11, 21),
        ),
        (Detail.PROTECTION_ORDER, None, ProtectionState.GRANTED, _paris(2027, 11, 24)),
        # An order is not of tomorrow.
        (
            Detail.PROTECTION_ORDER,
            _paris(2026, 12, 20, 14),
            ProtectionState.GRANTED,
            _paris(2027, 11, 24),
        ),
        (Detail.PROTECTION_ORDER_REFUSED, None, ProtectionState.REFUSED, None),
    ],
)
def test_what_an_agency_says_of_an_order_is_noted_and_moves_no_request(
    detail: Detail, on: datetime | None, state: ProtectionState, ends_at: datetime | None
) -> None:
    life, request = _followed()

    life.hears(request, ReplyKind.INFORMATION, detail=detail, on=on)

    noted = life.case.protection(ProtectionKind.OP)
    assert noted is not None
    assert (noted.state, noted.ends_at) == (state, ends_at)
    assert request.state is RequestState.IN_PROGRESS


def test_a_hearing_is_ruled_upon_within_six_days_of_being_fixed_and_not_of_being_held() -> None:
    life, request = _followed()

    life.hears(
        request, ReplyKind.INFORMATION, detail=Detail.HEARING_DATE, on=_paris(2027, 1, 15, 14)
    )

    assert life.expected(DeadlineKind.COURT).due_at == _paris(2026, 12, 1)


@pytest.mark.parametrize("state", [DepartureState.PAUSED, DepartureState.CLOSED])
def test_an_order_is_noted_even_when_the_departure_is_at_rest(state: DepartureState) -> None:
    life, request = _followed()
    life.case.departure.state = state

    life.hears(request, ReplyKind.INFORMATION, detail=Detail.PROTECTION_ORDER)

    assert has_order(life.case)


def test_an_information_about_something_else_is_only_told() -> None:
    life, request = _followed()

    assert life.hears(request, ReplyKind.INFORMATION, detail=Detail.SESSION) == [
        "note information_received"
    ]


@pytest.mark.parametrize("state", ProtectionState)
def test_an_order_is_held_once_it_is_granted(state: ProtectionState) -> None:
    case = a_case()
    assert not has_order(case)

    case.protections.append(
        Protection(
            reference=case.departure.reference,
            kind=ProtectionKind.OP,
            state=state,
            changed_at=NOW,
        )
    )

    assert has_order(case) is (state is ProtectionState.GRANTED)


# --- Six months of rights from the first payment of the allowance (CASF L214-10)


@pytest.mark.parametrize(
    ("paid_on", "warned_at"),
    [
        (None, _paris(2027, 4, 23, 9)),
        (_paris(2026, 11, 20, 10), _paris(2027, 4, 20, 9)),
        # Six months from the 31st of August end on the last of February.
        (_paris(2026, 8, 31, 10), _paris(2027, 1, 29, 9)),
    ],
)
def test_the_rights_that_come_with_the_allowance_are_watched_from_its_payment(
    paid_on: datetime | None, warned_at: datetime
) -> None:
    case = a_case(auu=MeasureState.ONGOING)
    life = Life(case)

    life.hears(a_request(case), ReplyKind.FULFILLED, on=paid_on)

    watched = life.expected(DeadlineKind.LEGAL_END)
    assert (watched.due_at, watched.about) == (warned_at, "auu_rights")
    life.goes_to(watched)
    assert life.asked(QuestionKind.LEGAL_END).about == "auu_rights"


def test_no_other_measure_brings_rights_that_end() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    life = Life(case)

    life.hears(
        a_request(case, measure=Measure.PSY, agency="france-victimes-21"), ReplyKind.FULFILLED
    )

    assert not [*case.running(DeadlineKind.LEGAL_END)]


def test_an_order_that_has_ended_holds_no_more_and_a_hearing_is_a_new_one() -> None:
    life = _told(Choice.OP_GRANTED)
    life.answers(life.asked(QuestionKind.DANGER), Choice.WATCH)
    life.case.now = _paris(2028, 1, 10, 9)
    assert not has_order(life.case)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OP_HEARING_FIXED)

    [order] = life.case.protections
    assert order.state is ProtectionState.HEARING_FIXED
    assert life.asked(QuestionKind.DANGER).about == Trigger.HEARING_FIXED


# --- A ruling that an agency tells, or that comes after closure


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("said", [Detail.PROTECTION_ORDER, Detail.PROTECTION_ORDER_REFUSED])
def test_a_ruling_that_an_agency_tells_is_asked_of_nobody_any_more(
    said: Detail, rests: bool
) -> None:
    life = _ruling_asked()
    if rests:
        life.answers(life.asked(QuestionKind.PROTECTION), Choice.NO_STEP)
    request = a_request(life.case, measure=Measure.JUSTICE, agency="bav-21")

    life.hears(request, ReplyKind.INFORMATION, detail=said)

    assert not life.case.awaits(QuestionKind.PROTECTION)


def test_a_refusal_to_prolong_that_an_agency_tells_is_asked_of_nobody_any_more() -> None:
    life = _told(Choice.OP_GRANTED)
    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OP_HEARING_FIXED)
    life.goes_to(life.expected(DeadlineKind.COURT))
    request = a_request(life.case, measure=Measure.JUSTICE, agency="bav-21")

    life.hears(request, ReplyKind.INFORMATION, detail=Detail.PROTECTION_ORDER_REFUSED)

    assert not life.case.awaits(QuestionKind.PROTECTION)
    assert has_order(life.case)


def test_a_hearing_put_off_is_awaited_from_its_new_day_and_not_asked_about_before() -> None:
    life = _ruling_asked()
    request = a_request(life.case, measure=Measure.JUSTICE, agency="bav-21")

    life.hears(request, ReplyKind.INFORMATION, detail=Detail.HEARING_DATE)

    assert not life.case.awaits(QuestionKind.PROTECTION)
    assert life.expected(DeadlineKind.COURT).about == ProtectionKind.OP


def test_an_order_asked_for_once_more_does_not_make_the_first_ruling_forgotten() -> None:
    life = _ruling_asked()
    life.wishes(Wish.JUSTICE)
    [told] = [q for q in life.case.open_questions(QuestionKind.PROTECTION) if q.about is None]

    life.answers(told, Choice.OP_ASKED)

    assert life.case.awaits(QuestionKind.PROTECTION, about=ProtectionKind.OP.value)


@pytest.mark.parametrize(
    ("choice", "trigger"),
    [
        (Choice.OP_HEARING_FIXED, Trigger.HEARING_FIXED),
        (Choice.OP_REFUSED, Trigger.ORDER_REFUSED),
    ],
)
def test_the_days_around_a_hearing_are_dangerous_while_an_order_holds_too(
    choice: Choice, trigger: Trigger
) -> None:
    life = _told(Choice.OP_GRANTED)
    life.answers(life.asked(QuestionKind.DANGER), Choice.WATCH)

    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), choice)

    assert life.asked(QuestionKind.DANGER).about == trigger


def test_a_ruling_that_is_awaited_after_closure_is_noted() -> None:
    case = a_case(DepartureState.CLOSED)
    life = Life(case)
    request = a_request(case, measure=Measure.JUSTICE, agency="bav-21")
    life.hears(request, ReplyKind.INFORMATION, detail=Detail.HEARING_DATE)
    life.goes_to(life.expected(DeadlineKind.COURT))
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.NO_STEP)
    life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))

    life.answers(life.asked(QuestionKind.PROTECTION), Choice.OP_GRANTED)

    assert has_order(case)
    assert life.expected(DeadlineKind.LEGAL_END)


# --- What was asked and not answered is not forgotten with the departure


@pytest.mark.parametrize("answer", [None, Choice.NO_STEP])
def test_a_return_home_does_not_make_a_ruling_forgotten(answer: Choice | None) -> None:
    life = _ruling_asked()
    if answer is not None:
        life.answers(life.asked(QuestionKind.PROTECTION), answer)

    life.wishes(Wish.WENT_BACK)

    assert life.case.awaits(QuestionKind.PROTECTION, about=ProtectionKind.OP.value)


@pytest.mark.parametrize("end", [Wish.CLOSE, Wish.WENT_BACK])
def test_an_end_that_was_announced_stays_asked_whatever_becomes_of_the_departure(end: Wish) -> None:
    life = _end_announced()

    life.wishes(end)
    for question in life.case.open_questions(QuestionKind.CLOSE):
        life.answers(question, Choice.CLOSE_EXIT)

    assert life.asked(QuestionKind.LEGAL_END).about == ProtectionKind.OP


@pytest.mark.parametrize("answer", [None, Choice.NO_STEP])
def test_a_ruling_that_was_asked_here_is_asked_at_once_where_the_person_goes_on(
    answer: Choice | None,
) -> None:
    life = _ruling_asked()
    if answer is not None:
        life.answers(life.asked(QuestionKind.PROTECTION), answer)

    (date,) = carried(life.case, "59-TESTXX")

    assert (date.kind, date.about) == (DeadlineKind.COURT, ProtectionKind.OP)
    assert (date.reference, date.due_at) == ("59-TESTXX", life.case.now)
    assert date.is_running
    assert "515-11" in date.source


def test_an_end_that_was_announced_here_is_asked_there_and_no_longer_here() -> None:
    life = _end_announced()
    question = a_question(life.case, QuestionKind.TRANSFER, answer=Choice.TRANSFER_TO)
    question.answer_about = "59"

    (date,) = carried(life.case, "59-TESTXX")
    steps = transfer_told(life.case, question, Choice.TRANSFER_TO)

    assert (date.kind, date.due_at) == (DeadlineKind.LEGAL_END, life.case.now)
    assert "drop legal_end" in in_words(steps)


def test_what_runs_keeps_its_hour_and_what_was_answered_stays_here() -> None:
    life = _end_announced()
    life.answers(life.asked(QuestionKind.LEGAL_END), Choice.LET_END)
    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.TGD_GIVEN)

    (date,) = carried(life.case, "59-TESTXX")

    assert date.about == ProtectionKind.TGD
    assert date.due_at == life.expected(DeadlineKind.LEGAL_END).due_at


def test_what_is_watched_after_a_move_is_never_taken_for_what_came_with_the_person() -> None:
    life = _end_announced()
    life.wishes(Wish.JUSTICE)
    life.answers(life.asked(QuestionKind.PROTECTION), Choice.TGD_GIVEN)
    life.answers(life.asked(QuestionKind.LEGAL_END), Choice.RENEWAL_STARTED)
    there = Life(a_case())
    there.case.now, there.case.deadlines = life.case.now, carried(life.case, REFERENCE)

    there.wishes(Wish.JUSTICE)
    there.answers(there.asked(QuestionKind.PROTECTION), Choice.TGD_GIVEN)

    assert there.expected(DeadlineKind.LEGAL_END).about == ProtectionKind.TGD
