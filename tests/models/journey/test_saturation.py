"""When there is no place: what bridges the time, who else is asked, and asking again each day."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.approach import candidates
from models.journey.asking import ask_to_call
from models.journey.ending import confirmation
from models.journey.requests import calls, requests
from models.measure import Measure, MeasureState
from models.person import Scheme
from models.question import Choice, QuestionKind
from models.reply import ReplyKind
from models.request import AgencyRequest, RefusalReason, RequestState
from tests.models.journey.cases import NOW, a_case, a_question, a_request, a_yes, the_facts
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")
_NO_PLACE = {"reason": RefusalReason.NO_CAPACITY}


def _sheltering(**household: Any) -> tuple[Life, AgencyRequest]:
    """A shelter asked of the SIAO with the person's yes."""
    case = a_case(facts=the_facts(**household), heberg=MeasureState.ONGOING)
    a_yes(case, Measure.HOUSING, "siao-21")
    return Life(case), a_request(case, measure=Measure.HOUSING, agency="siao-21")


def _refused(**household: Any) -> Life:
    life, request = _sheltering(**household)
    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)
    return life


# --- What is put to the referent


def _gap(case: Case, state: RequestState) -> AgencyRequest:
    return a_request(case, state, measure=Measure.HOUSING, agency="hotel-21", channel=Channel.CALL)


def _nothing_else(case: Case) -> None:
    """Nobody else was asked."""


def _hotel_excluded(case: Case) -> None:
    case.facts = the_facts(excluded_agencies=["hotel-21"])


def _siao_excluded(case: Case) -> None:
    case.facts = the_facts(excluded_agencies=["siao-21"])


def _elsewhere_asked(case: Case) -> None:
    a_request(case, RequestState.REFUSED, measure=Measure.HOUSING, agency="inter-siao-21")


def _hotel_asked(case: Case) -> None:
    _gap(case, RequestState.REQUESTED)


def _hotel_refused(case: Case) -> None:
    _gap(case, RequestState.REFUSED)


def _hotel_in_place(case: Case) -> None:
    _gap(case, RequestState.FULFILLED)


def _hotel_of_an_earlier_departure(case: Case) -> None:
    _gap(case, RequestState.FULFILLED).round = 0


_STOP_GAP, _KEEP, _NEXT, _AGAIN, _GIVE_UP = (
    Choice.ASK_STOP_GAP,
    Choice.KEEP_STOP_GAP,
    Choice.ASK_NEXT_AGENCY,
    Choice.ASK_AGAIN,
    Choice.GIVE_UP,
)


@pytest.mark.parametrize(
    ("stands", "options"),
    [
        (_nothing_else, [_STOP_GAP, _NEXT, _AGAIN, _GIVE_UP]),
        (_hotel_excluded, [_NEXT, _AGAIN, _GIVE_UP]),
        (_siao_excluded, [_STOP_GAP, _NEXT, _GIVE_UP]),
        (_elsewhere_asked, [_STOP_GAP, _AGAIN, _GIVE_UP]),
        (_hotel_asked, [_NEXT, _AGAIN, _GIVE_UP]),
        (_hotel_refused, [_STOP_GAP, _NEXT, _AGAIN, _GIVE_UP]),
        (_hotel_in_place, [_KEEP, _NEXT, _AGAIN, _GIVE_UP]),
        (_hotel_of_an_earlier_departure, [_STOP_GAP, _NEXT, _AGAIN, _GIVE_UP]),
    ],
)
def test_without_a_place_what_bridges_the_time_comes_first_and_giving_up_last(
    stands: Any, options: list[Choice]
) -> None:
    life, request = _sheltering()
    stands(life.case)

    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)

    asked = life.asked(QuestionKind.NEXT_STEP)
    assert asked.options == options
    assert (asked.agency == "inter-siao-21") is (_NEXT in options)


def test_a_refusal_is_no_reason_to_ask_about_a_measure_that_another_agency_promised() -> None:
    life, request = _sheltering()
    a_request(life.case, RequestState.OFFERED, measure=Measure.HOUSING, agency="inter-siao-21")

    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)

    assert not life.case.open_questions(QuestionKind.NEXT_STEP)


def test_a_stop_gap_that_is_promised_does_not_end_the_search_for_what_lasts() -> None:
    life, request = _sheltering()
    life.hears(request, ReplyKind.WAITING)
    life.answers(life.asked(QuestionKind.NEXT_STEP), _STOP_GAP)
    life.goes_through(calls)
    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)
    hotel = next(q for q in life.case.open_questions() if q.agency == "hotel-21")
    life.answers(hotel, Choice.CALL_ACCEPTED)

    said = life.answers(life.asked(QuestionKind.NEXT_STEP), _AGAIN)

    assert "open siao-21 2" in said


def test_to_revise_the_plan_does_not_forget_whom_danger_had_asked_before_it() -> None:
    life, request = _sheltering()
    life.case.departure.state = DepartureState.CONTACTED
    life.answers(a_question(life.case, QuestionKind.SIGN_PLAN), Choice.REVISE)

    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)

    assert life.asked(QuestionKind.NEXT_STEP).agency == "inter-siao-21"


def test_a_waiting_list_is_no_place_and_asks_for_what_bridges_the_time() -> None:
    life, request = _sheltering()

    life.hears(request, ReplyKind.WAITING)

    assert request.state is RequestState.IN_PROGRESS
    asked = life.asked(QuestionKind.NEXT_STEP)
    assert asked.options[:2] == [_STOP_GAP, _NEXT]
    assert life.expected(DeadlineKind.DELIVER).request_id == request.id


def test_a_waiting_list_is_the_answer_where_places_are_not_scarce() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    request = a_request(case, measure=Measure.PSY, agency="france-victimes-21")
    life = Life(case)

    life.hears(request, ReplyKind.WAITING)

    assert not case.open_questions()


# --- What bridges the time


def test_a_waiting_list_with_nobody_else_left_to_ask_is_not_put_as_nobody_being_left() -> None:
    life, request = _sheltering()
    a_request(life.case, RequestState.REFUSED, measure=Measure.HOUSING, agency="inter-siao-21")
    _gap(life.case, RequestState.REQUESTED)

    life.hears(request, ReplyKind.WAITING)

    assert not life.case.open_questions()
    assert life.expected(DeadlineKind.DELIVER).request_id == request.id


_FOUND = (ReplyKind.ACCEPTED, ReplyKind.FULFILLED)
_SOUGHT = (
    QuestionKind.NEXT_STEP,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.DOUBT,
)


@pytest.mark.parametrize("said", _FOUND)
@pytest.mark.parametrize("kind", _SOUGHT)
def test_what_is_promised_or_there_is_sought_nowhere_else(
    kind: QuestionKind, said: ReplyKind
) -> None:
    life, request = _sheltering()
    asked = a_question(life.case, kind, measure=Measure.HOUSING, slot=f"{kind.value}:1")
    other = a_question(life.case, kind, measure=Measure.PSY, slot=f"{kind.value}:2")

    life.hears(request, said)

    assert not asked.is_open
    assert other.is_open


def test_a_stop_gap_that_is_kept_ends_the_search_too() -> None:
    life = _in_place()
    asked = a_question(life.case, QuestionKind.ALTERNATIVE, measure=Measure.HOUSING)

    life.answers(life.asked(QuestionKind.NEXT_STEP), Choice.KEEP_STOP_GAP)

    assert not asked.is_open


@pytest.mark.parametrize("said", _FOUND)
@pytest.mark.parametrize("kind", [QuestionKind.LEAK_PATH, QuestionKind.NO_AGENCY])
def test_what_was_to_be_asked_again_in_order_to_find_a_place_is_not_once_it_is_found(
    kind: QuestionKind, said: ReplyKind
) -> None:
    life, request = _sheltering()
    life.answers(
        a_question(life.case, kind, measure=Measure.HOUSING, slot=f"{kind.value}:1"), Choice.WAIT
    )
    assert life.case.awaits(kind, Measure.HOUSING)

    life.hears(request, said)

    assert not life.case.awaits(kind, Measure.HOUSING)


def test_a_stop_gap_is_asked_for_with_a_yes_and_the_search_goes_on() -> None:
    life = _refused()

    said = life.answers(life.asked(QuestionKind.NEXT_STEP), _STOP_GAP)

    assert said[-3:] == ["yes heberg hotel-21", "open hotel-21 1", "heberg ongoing"]
    assert life.goes_through(calls) == ["ask call_agency"]


def _in_place() -> Life:
    life = _refused()
    life.answers(life.asked(QuestionKind.NEXT_STEP), _STOP_GAP)
    life.goes_through(calls)
    life.answers(life.asked(QuestionKind.CALL_AGENCY), Choice.CALL_DONE)
    return life


def test_a_stop_gap_in_place_is_told_and_is_not_the_measure() -> None:
    life = _in_place()

    assert len(life.told(Event.STOP_GAP_IN_PLACE)) == 1
    assert life.case.measures_in(MeasureState.ONGOING) == [Measure.HOUSING]
    assert life.asked(QuestionKind.NEXT_STEP).options == [_KEEP, _NEXT, _AGAIN, _GIVE_UP]


def test_a_stop_gap_that_is_kept_is_confirmed_by_the_person_as_any_measure() -> None:
    life = _in_place()
    life.goes_through(requests)
    again = a_request(life.case, measure=Measure.HOUSING, agency="siao-21")

    said = life.answers(life.asked(QuestionKind.NEXT_STEP), _KEEP)

    assert again.state is RequestState.WITHDRAWN
    assert "act recall 1" in said
    assert "heberg delivered" in said
    assert not [*life.case.running(DeadlineKind.REASK)]
    assert life.goes_through(confirmation) == ["ask confirm_delivery"]


def test_from_a_stop_gap_the_lasting_agency_is_asked_again_under_a_new_number() -> None:
    life = _in_place()

    said = life.answers(life.asked(QuestionKind.NEXT_STEP), _AGAIN)

    assert said[-2:] == ["open siao-21 2", "heberg ongoing"]


# --- Asking again each day


def test_the_same_agency_is_asked_again_each_day_as_long_as_nobody_decides() -> None:
    life = _refused()
    asked = life.asked(QuestionKind.NEXT_STEP)

    for attempt in (2, 3, 4):
        life.goes_through(requests)
        again = life.expected(DeadlineKind.REASK)
        assert again.due_at == NOW + timedelta(days=attempt - 1)
        assert f"open siao-21 {attempt}" in life.goes_to(again)
        life.carries_out()
        life.hears(life.case.requests[-1], ReplyKind.REFUSED, **_NO_PLACE)

    assert life.asked(QuestionKind.NEXT_STEP) is asked
    assert len({request.key for request in life.case.requests}) == 4


def test_an_agency_that_was_asked_again_is_not_asked_a_second_time_while_it_may_answer() -> None:
    life = _refused()
    life.goes_through(requests)
    life.goes_to(life.expected(DeadlineKind.REASK))

    life.goes_through(requests)

    assert not [*life.case.running(DeadlineKind.REASK)]


def test_another_agency_that_is_asked_ends_the_asking_again() -> None:
    life = _refused()
    life.goes_through(requests)
    life.answers(life.asked(QuestionKind.NEXT_STEP), _NEXT)

    said = life.goes_to(life.expected(DeadlineKind.REASK))

    assert said == ["note deadline_reached"]
    life.goes_through(requests)
    assert not [*life.case.running(DeadlineKind.REASK)]


def test_what_only_bridges_the_time_does_not_end_the_asking_again() -> None:
    life = _refused()
    life.goes_through(requests)
    life.answers(life.asked(QuestionKind.NEXT_STEP), _STOP_GAP)

    assert "open siao-21 2" in life.goes_to(life.expected(DeadlineKind.REASK))


def test_an_offer_to_what_was_asked_again_takes_the_question_away() -> None:
    life = _refused()
    life.goes_through(requests)
    life.goes_to(life.expected(DeadlineKind.REASK))
    life.carries_out()

    life.hears(life.case.requests[-1], ReplyKind.OFFER, offer="OF-1")

    assert [question.kind for question in life.case.open_questions()] == [QuestionKind.OFFER]


def test_a_place_in_a_nursery_is_asked_for_again_after_ten_working_days() -> None:
    case = a_case(garde=MeasureState.ONGOING)
    a_yes(case, Measure.CHILDCARE, "petite-enfance-21")
    request = a_request(case, measure=Measure.CHILDCARE, agency="petite-enfance-21")
    life = Life(case)
    life.hears(request, ReplyKind.REFUSED, **_NO_PLACE)

    life.goes_through(requests)

    assert life.expected(DeadlineKind.REASK).due_at == datetime(2026, 12, 8, tzinfo=_PARIS)


def test_nobody_is_asked_again_by_itself_where_refusal_is_not_the_usual_answer() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    request = a_request(case, measure=Measure.PSY, agency="france-victimes-21")
    life = Life(case)
    life.hears(request, ReplyKind.REFUSED)

    life.goes_through(requests)

    assert not [*case.running(DeadlineKind.REASK)]


def test_nobody_is_asked_again_without_a_living_yes() -> None:
    life = _refused()
    life.goes_through(requests)
    life.case.consents[0].withdrawn_at = NOW

    assert life.goes_to(life.expected(DeadlineKind.REASK)) == ["note deadline_reached"]


# --- Offers


def _offered(hours: int = 6) -> tuple[Life, AgencyRequest]:
    life, request = _sheltering()
    life.hears(request, ReplyKind.OFFER, offer="OF-1", expires_at=NOW + timedelta(hours=hours))
    return life, request


def test_a_place_that_is_to_be_kept_keeps_its_hour_until_the_agency_says_more() -> None:
    life, request = _offered()
    hour = NOW + timedelta(hours=6)

    said = life.answers(life.asked(QuestionKind.OFFER), Choice.HOLD_OFFER)

    assert any(word.startswith("act hold_offer") for word in said)
    again = life.asked(QuestionKind.OFFER)
    assert (again.due_at, again.options) == (hour, [Choice.ACCEPT_OFFER, Choice.DECLINE_OFFER])

    said = life.hears(request, ReplyKind.OFFER, offer="OF-1", expires_at=NOW + timedelta(hours=30))

    assert "extend offer" in said
    assert life.asked(QuestionKind.OFFER) is again
    assert again.due_at == NOW + timedelta(hours=30)
    # Long before it is gone, somebody else is asked.
    assert life.expected(DeadlineKind.QUESTION).due_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("hours", [3, 6])
def test_an_offer_told_again_with_no_later_hour_changes_nothing(hours: int) -> None:
    life, request = _offered()

    life.hears(request, ReplyKind.OFFER, offer="OF-1", expires_at=NOW + timedelta(hours=hours))

    assert life.asked(QuestionKind.OFFER).due_at == NOW + timedelta(hours=6)


def test_a_place_that_was_to_be_kept_and_was_not_is_lost_at_its_hour() -> None:
    life, request = _offered()
    life.answers(life.asked(QuestionKind.OFFER), Choice.HOLD_OFFER)

    life.sleeps_until(NOW + timedelta(hours=6))

    assert request.state is RequestState.EXPIRED
    assert life.asked(QuestionKind.NEXT_STEP).measure is Measure.HOUSING


def test_a_place_that_nobody_answers_for_is_put_to_the_backup_before_it_is_lost() -> None:
    life, request = _offered()

    life.sleeps_until(NOW + timedelta(hours=2))
    assert life.asked(QuestionKind.OFFER).asked_of == "ref-21-b"
    assert request in life.case.live_requests()

    life.sleeps_until(NOW + timedelta(hours=6))
    assert request.state is RequestState.EXPIRED


def test_a_place_that_is_to_be_kept_is_put_to_the_backup_too_before_it_is_lost() -> None:
    life, _ = _offered()
    life.answers(life.asked(QuestionKind.OFFER), Choice.HOLD_OFFER)

    life.sleeps_until(NOW + timedelta(hours=5))

    assert life.asked(QuestionKind.OFFER).asked_of != "ref-21-a"


def test_only_a_shelter_can_be_kept() -> None:
    case = a_case(garde=MeasureState.ONGOING)
    request = a_request(case, measure=Measure.CHILDCARE, agency="petite-enfance-21")
    life = Life(case)

    life.hears(request, ReplyKind.OFFER, offer="OF-1")

    assert life.asked(QuestionKind.OFFER).options == [Choice.ACCEPT_OFFER, Choice.DECLINE_OFFER]


def test_of_two_places_the_one_that_expires_leaves_the_other() -> None:
    life, request = _offered(hours=2)
    life.hears(request, ReplyKind.OFFER, offer="OF-2", expires_at=NOW + timedelta(hours=6))

    life.sleeps_until(NOW + timedelta(hours=2))

    assert life.asked(QuestionKind.OFFER).offer == "OF-2"
    assert request.state is RequestState.OFFERED


def test_of_two_places_the_one_that_is_taken_declines_the_other() -> None:
    life, request = _offered()
    life.hears(request, ReplyKind.OFFER, offer="OF-2", expires_at=NOW + timedelta(hours=6))
    first = next(q for q in life.case.open_questions(QuestionKind.OFFER) if q.offer == "OF-1")

    life.answers(first, Choice.ACCEPT_OFFER)

    done = [(act.verb, act.offer) for act in life.case.acts]
    assert done == [("accept_offer", "OF-1"), ("decline_offer", "OF-2")]
    assert not life.case.open_questions(QuestionKind.OFFER)


def test_from_a_place_that_was_declined_the_same_agency_is_asked_under_a_new_number() -> None:
    life, _ = _offered()
    life.answers(life.asked(QuestionKind.OFFER), Choice.DECLINE_OFFER)

    said = life.answers(life.asked(QuestionKind.NEXT_STEP), Choice.ASK_AGAIN)

    assert "open siao-21 2" in said


def test_a_place_put_to_the_backup_is_lost_at_its_own_hour() -> None:
    life, request = _sheltering()
    until = NOW + timedelta(hours=2, minutes=30)
    life.hears(request, ReplyKind.OFFER, offer="OF-1", expires_at=until)

    said = life.sleeps_until(until + timedelta(minutes=1))

    assert "note offer_expired" in said


def test_the_last_place_declined_asks_for_what_follows() -> None:
    life, request = _offered()
    life.hears(request, ReplyKind.OFFER, offer="OF-2", expires_at=NOW + timedelta(hours=6))
    first, second = life.case.open_questions(QuestionKind.OFFER)

    life.answers(first, Choice.DECLINE_OFFER)
    assert not life.case.open_questions(QuestionKind.NEXT_STEP)

    life.answers(second, Choice.DECLINE_OFFER)
    assert life.asked(QuestionKind.NEXT_STEP)


# --- What a shelter has of its own


@pytest.mark.parametrize(
    ("kind", "reason", "asked"),
    [
        (ReplyKind.FAILED, RefusalReason.NO_SHOW, ["no_show"]),
        (ReplyKind.REFUSED, RefusalReason.NO_SHOW, ["no_show"]),
        (ReplyKind.FAILED, RefusalReason.OTHER, []),
        (ReplyKind.REFUSED, RefusalReason.NO_CAPACITY, []),
    ],
)
def test_somebody_who_does_not_come_to_a_shelter_may_have_been_kept_from_it(
    kind: ReplyKind, reason: RefusalReason, asked: list[str]
) -> None:
    life, request = _sheltering()
    request.state = RequestState.ACCEPTED

    life.hears(request, kind, reason=reason)

    assert [q.about for q in life.case.open_questions(QuestionKind.DANGER)] == asked


def test_an_appointment_missed_elsewhere_says_nothing_of_the_danger() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    request = a_request(case, RequestState.IN_PROGRESS, measure=Measure.PSY, agency="cmp-21")
    life = Life(case)

    life.hears(request, ReplyKind.FAILED, reason=RefusalReason.NO_SHOW)

    assert not case.open_questions(QuestionKind.DANGER)


def test_a_shelter_that_asks_for_a_proof_is_called_and_handed_nothing() -> None:
    life, request = _sheltering()

    life.hears(request, ReplyKind.NEED_INFO)

    assert request.state is RequestState.REQUESTED
    assert [question.kind for question in life.case.open_questions()] == [QuestionKind.CALL_AGENCY]
    assert not life.case.acts


def test_a_shelter_that_insists_on_a_proof_is_not_called_twice_at_once() -> None:
    life, request = _sheltering()
    life.does(ask_to_call(life.case, request))

    life.hears(request, ReplyKind.NEED_INFO)

    assert len(life.case.open_questions(QuestionKind.CALL_AGENCY)) == 1


# --- Whom a household may ask


@pytest.mark.parametrize(
    ("employment", "request_state", "asked"),
    [
        (None, None, ["petite-enfance-21"]),
        (MeasureState.AGREED, None, ["petite-enfance-21"]),
        (MeasureState.ONGOING, RequestState.REQUESTED, ["petite-enfance-21"]),
        (MeasureState.ONGOING, RequestState.REFUSED, ["petite-enfance-21"]),
        (MeasureState.ONGOING, RequestState.ACCEPTED, ["petite-enfance-21", "creche-avip-21"]),
        (MeasureState.ONGOING, RequestState.IN_PROGRESS, ["petite-enfance-21", "creche-avip-21"]),
        (MeasureState.DELIVERED, None, ["petite-enfance-21", "creche-avip-21"]),
        (MeasureState.CONFIRMED, None, ["petite-enfance-21", "creche-avip-21"]),
        (MeasureState.WITHDRAWN, None, ["petite-enfance-21"]),
    ],
)
def test_a_nursery_for_parents_who_look_for_work_supposes_that_work_is_promised(
    employment: MeasureState | None, request_state: RequestState | None, asked: list[str]
) -> None:
    wanted = {Measure.CHILDCARE: MeasureState.AGREED}
    case = a_case(having=wanted | ({Measure.EMPLOYMENT: employment} if employment else {}))
    if request_state:
        a_request(case, request_state, measure=Measure.EMPLOYMENT, agency="france-travail-21")

    assert [agency.code for agency in candidates(case, Measure.CHILDCARE)] == asked


@pytest.mark.parametrize("measure", [Measure.EMPLOYMENT, Measure.TRAINING])
@pytest.mark.parametrize(
    ("under_26", "asked"),
    [
        (True, ["mission-locale-21", "france-travail-21"]),
        (False, ["france-travail-21"]),
    ],
)
def test_the_mission_locale_is_asked_first_and_before_26_only(
    measure: Measure, under_26: bool, asked: list[str]
) -> None:
    case = a_case(facts=the_facts(under_26=under_26), having={measure: MeasureState.AGREED})

    assert [agency.code for agency in candidates(case, measure)] == asked


@pytest.mark.parametrize(
    ("scheme", "asked"), [(Scheme.GENERAL, ["caf-21"]), (Scheme.AGRICULTURAL, ["msa-21"])]
)
def test_the_allowance_is_asked_of_the_household_s_own_caisse(
    scheme: Scheme, asked: list[str]
) -> None:
    case = a_case(auu=MeasureState.AGREED)
    case.departure.scheme = scheme

    assert [agency.code for agency in candidates(case, Measure.AUU)] == asked


def test_nobody_left_to_ask_is_put_to_a_human() -> None:
    case = a_case(facts=the_facts(excluded_agencies=["bav-21"]), justice=MeasureState.AGREED)
    life = Life(case)

    assert life.goes_through(requests) == ["ask no_agency"]
    assert life.goes_through(requests) == []

    another = a_question(case, QuestionKind.ALTERNATIVE, measure=Measure.JUSTICE)
    life.answers(life.asked(QuestionKind.NO_AGENCY), Choice.ARRANGED)
    assert not another.is_open
    assert case.measures_in(MeasureState.DELIVERED) == [Measure.JUSTICE]
