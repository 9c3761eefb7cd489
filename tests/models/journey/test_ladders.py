"""The four ladders of Côte-d'Or: one act at a time, each once, never back down, each told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.ladders import climbs
from models.journey.stopping import go_home
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.reply import ReplyKind
from models.request import AgencyRequest, RequestState
from tests.models.journey.cases import (
    NOW,
    a_case,
    a_deadline,
    a_question,
    a_request,
    a_yes,
    an_act,
    the_facts,
)
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")
# The backup of the first referent is away until the 20th.
_IN_AUGUST = datetime(2027, 8, 4, 8, 0, tzinfo=UTC)


def _local(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=_PARIS)


def _silent(
    measure: Measure,
    agency: str,
    kind: DeadlineKind = DeadlineKind.ACKNOWLEDGE,
    state: RequestState = RequestState.REQUESTED,
    channel: Channel = Channel.API,
) -> tuple[Life, AgencyRequest]:
    """A request whose first deadline is now reached in silence."""
    case = a_case(having={measure: MeasureState.ONGOING})
    request = a_request(case, state, measure=measure, agency=agency, channel=channel)
    a_deadline(case, kind, request)
    return Life(case), request


def _stays_silent(life: Life, days: int = 40) -> list[str | None]:
    """Let time pass without a word, and return the steps that were climbed."""
    life.sleeps_until(life.case.now + timedelta(days=days))
    return _climbed(life)


def _climbed(life: Life) -> list[str | None]:
    return [code for code, _ in life.told(Event.LADDER_CLIMBED)]


# --- An agency


@pytest.mark.parametrize(
    ("measure", "agency", "climbed"),
    [
        # Two, two, one and one working days: the day of a step is not counted.
        (
            Measure.PSY,
            "france-victimes-21",
            [
                ("remind", _local(11, 23, 9)),
                ("call", _local(11, 26)),
                ("backup", _local(12, 1)),
                ("coordinator", _local(12, 3)),
                ("alternative", _local(12, 5)),
            ],
        ),
        (
            Measure.AUU,
            "caf-21",
            [
                ("remind", _local(11, 23, 9)),
                ("call", _local(11, 26)),
                ("backup", _local(12, 1)),
                ("coordinator", _local(12, 3)),
            ],
        ),
        (
            Measure.HOUSING,
            "siao-21",
            [
                ("call", _local(11, 23, 9)),
                ("backup", _local(11, 23, 10)),
                ("coordinator", _local(11, 23, 11)),
                ("supervisor", _local(11, 23, 12)),
                ("alternative", _local(11, 23, 14)),
            ],
        ),
        # Counted in hours, medical evidence climbs as shelter does.
        (
            Measure.MEDICAL,
            "umj-21",
            [
                ("call", _local(11, 23, 9)),
                ("backup", _local(11, 23, 10)),
                ("coordinator", _local(11, 23, 11)),
                ("supervisor", _local(11, 23, 12)),
            ],
        ),
    ],
)
def test_a_silent_agency_is_met_with_each_step_once_in_order_and_at_its_hour(
    measure: Measure, agency: str, climbed: list[tuple[str, datetime]]
) -> None:
    life, _ = _silent(measure, agency)

    _stays_silent(life)

    assert life.told(Event.LADDER_CLIMBED) == climbed


@pytest.mark.parametrize(
    ("measure", "agency", "said"),
    [
        (
            Measure.PSY,
            "france-victimes-21",
            [
                ["act remind 1"],
                ["ask call_agency"],
                ["hand call_agency to ref-21-b"],
                ["hand call_agency to coord-21"],
                ["ask alternative"],
                [],
            ],
        ),
        (
            Measure.HOUSING,
            "siao-21",
            [
                ["ask call_agency"],
                ["hand call_agency to ref-21-b"],
                ["hand call_agency to coord-21"],
                ["hand call_agency to sup-21"],
                ["ask alternative"],
                [],
            ],
        ),
    ],
)
def test_each_step_is_one_act(measure: Measure, agency: str, said: list[list[str]]) -> None:
    life, _ = _silent(measure, agency)
    steps = [life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))]
    while [*life.case.running(DeadlineKind.LADDER)]:
        steps.append(life.goes_to(life.expected(DeadlineKind.LADDER)))

    wanted = ("note", "expect")
    assert [[word for word in step if not word.startswith(wanted)] for step in steps] == said


def _already_reminded(case: Case, request: AgencyRequest) -> None:
    an_act(case, Verb.REMIND, request)


def _already_to_be_called(case: Case, request: AgencyRequest) -> None:
    a_question(case, QuestionKind.CALL_AGENCY, request)


def _asked_by_phone(case: Case, request: AgencyRequest) -> None:
    request.channel = Channel.CALL


def _backup_on_leave(case: Case, request: AgencyRequest) -> None:
    case.now = _IN_AUGUST


def _nobody_else_left(case: Case, request: AgencyRequest) -> None:
    case.facts = the_facts(excluded_agencies=["cmp-21"])


def _elsewhere_already_asked(case: Case, request: AgencyRequest) -> None:
    a_request(case, RequestState.REFUSED, measure=Measure.PSY, agency="cmp-21")


@pytest.mark.parametrize(
    ("because", "skipped"),
    [
        (_already_reminded, "remind"),
        (_asked_by_phone, "remind"),
        (_already_to_be_called, "call"),
        (_backup_on_leave, "backup"),
        (_nobody_else_left, "alternative"),
        (_elsewhere_already_asked, "alternative"),
    ],
)
def test_a_step_that_cannot_be_done_gives_way_to_the_next(
    because: Callable[[Case, AgencyRequest], None], skipped: str
) -> None:
    life, request = _silent(Measure.PSY, "france-victimes-21")
    because(life.case, request)

    climbed = _stays_silent(life)

    everything = ["remind", "call", "backup", "coordinator", "alternative"]
    assert climbed == [step for step in everything if step != skipped]


@pytest.mark.parametrize(
    ("measure", "agency", "asked_before", "other"),
    [
        (Measure.PSY, "france-victimes-21", [], "cmp-21"),
        # What bridges the time comes first: a night is not spent waiting for a place elsewhere.
        (Measure.HOUSING, "siao-21", [], "hotel-21"),
        (Measure.HOUSING, "siao-21", ["hotel-21"], "inter-siao-21"),
    ],
)
def test_another_agency_with_a_yes_is_asked_in_parallel_at_the_end_of_the_ladder(
    measure: Measure, agency: str, asked_before: list[str], other: str
) -> None:
    life, silent = _silent(measure, agency)
    for code in asked_before:
        a_request(life.case, RequestState.REFUSED, measure=measure, agency=code)
    a_yes(life.case, measure, other)

    _stays_silent(life, days=20)

    alive = life.case.live_requests(measure)
    assert alive[0] is silent
    assert [(r.agency, r.state) for r in alive[1:]] == [(other, RequestState.DRAFT)]


def test_without_a_yes_the_other_agency_is_not_asked_before_the_person_is() -> None:
    life, _ = _silent(Measure.HOUSING, "siao-21")
    _stays_silent(life, days=1)
    alternative = life.asked(QuestionKind.ALTERNATIVE)
    assert alternative.agency == "hotel-21"
    assert len(life.case.requests) == 1

    said = life.answers(alternative, Choice.AGREED_ORAL)

    assert said[-3:] == ["yes heberg hotel-21", "open hotel-21 1", "heberg ongoing"]


def test_no_to_another_agency_leaves_the_silent_one_asked() -> None:
    life, silent = _silent(Measure.HOUSING, "siao-21")
    _stays_silent(life, days=1)

    life.answers(life.asked(QuestionKind.ALTERNATIVE), Choice.NOT_THIS_AGENCY)

    assert life.case.live_requests(Measure.HOUSING) == [silent]
    assert life.case.measures_in(MeasureState.ONGOING) == [Measure.HOUSING]


def test_the_other_agency_is_not_asked_along_a_path_to_the_alleged_perpetrator() -> None:
    life, _ = _silent(Measure.HOUSING, "siao-21")
    a_yes(life.case, Measure.HOUSING, "hotel-21")
    life.case.facts = the_facts(shared_accounts=["phone"])

    _stays_silent(life, days=1)

    assert life.asked(QuestionKind.LEAK_PATH).agency == "hotel-21"
    assert len(life.case.requests) == 1


def test_a_call_that_nobody_took_is_made_again_by_the_next_one_asked() -> None:
    life, _ = _silent(Measure.PSY, "france-victimes-21", DeadlineKind.DELIVER)
    life.case.requests[0].state = RequestState.ACCEPTED
    life.goes_to(life.expected(DeadlineKind.DELIVER))
    life.answers(life.asked(QuestionKind.CALL_AGENCY), Choice.CALL_NO_ANSWER)

    said = life.goes_to(life.expected(DeadlineKind.LADDER))

    assert "met ask_again" in said
    assert life.asked(QuestionKind.CALL_AGENCY).asked_of == "ref-21-b"


@pytest.mark.parametrize(
    ("measure", "agency", "state", "climbed"),
    [
        (Measure.AUU, "caf-21", RequestState.ACCEPTED, "call"),
        (Measure.PSY, "france-victimes-21", RequestState.IN_PROGRESS, "call"),
        (Measure.HOUSING, "siao-21", RequestState.ACCEPTED, "call"),
    ],
)
def test_what_was_promised_and_is_late_is_called_about_and_not_reminded_of(
    measure: Measure, agency: str, state: RequestState, climbed: str
) -> None:
    life, _ = _silent(measure, agency, DeadlineKind.DELIVER, state)

    said = life.goes_to(life.expected(DeadlineKind.DELIVER))

    assert _climbed(life) == [climbed]
    assert "ask call_agency" in said


@pytest.mark.parametrize(
    "state",
    [
        RequestState.REQUESTED,
        RequestState.ACKNOWLEDGED,
        RequestState.NEED_INFO,
        RequestState.ACCEPTED,
    ],
)
def test_an_allowance_late_by_law_is_put_to_the_coordinator_at_once(state: RequestState) -> None:
    life, _ = _silent(Measure.AUU, "caf-21", DeadlineKind.STATUTORY, state)

    life.goes_to(life.expected(DeadlineKind.STATUTORY))

    assert _climbed(life) == ["coordinator"]
    assert life.asked(QuestionKind.CALL_AGENCY).asked_of == "coord-21"


def test_a_call_already_asked_of_the_referent_goes_to_the_coordinator_when_the_law_is_late() -> (
    None
):
    life, _ = _silent(Measure.AUU, "caf-21")
    life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))
    life.goes_to(life.expected(DeadlineKind.LADDER))
    call = life.asked(QuestionKind.CALL_AGENCY)
    assert call.asked_of == "ref-21-a"

    life.goes_to(a_deadline(life.case, DeadlineKind.STATUTORY, life.case.requests[0]))

    assert life.asked(QuestionKind.CALL_AGENCY) is call
    assert call.asked_of == "coord-21"


@pytest.mark.parametrize("state", [RequestState.FULFILLED, RequestState.REFUSED])
def test_the_law_is_not_late_once_the_caisse_has_decided(state: RequestState) -> None:
    life, _ = _silent(Measure.AUU, "caf-21", DeadlineKind.STATUTORY, state)

    assert life.goes_to(life.expected(DeadlineKind.STATUTORY)) == ["note deadline_reached"]


@pytest.mark.parametrize("later", [DeadlineKind.REPLY, DeadlineKind.ACKNOWLEDGE])
def test_a_deadline_reached_during_a_ladder_begins_no_second_one(later: DeadlineKind) -> None:
    life, request = _silent(Measure.PSY, "france-victimes-21")
    life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))

    assert life.goes_to(a_deadline(life.case, later, request)) == ["note deadline_reached"]
    life.expected(DeadlineKind.LADDER)


def test_a_ladder_that_was_climbed_to_its_top_is_not_climbed_again_from_below() -> None:
    life, request = _silent(Measure.HEALTH_COVER, "cpam-21", channel=Channel.LETTERBOX)
    once = _stays_silent(life)

    life.goes_to(a_deadline(life.case, DeadlineKind.REPLY, request))

    assert _stays_silent(life) == once == ["remind", "call", "backup", "coordinator"]
    assert life.asked(QuestionKind.CALL_AGENCY).asked_of in ("coord-21", "sup-21")


_SEEKING = {
    Measure.PSY: "france-victimes-21",
    Measure.CHILDCARE: "petite-enfance-21",
    Measure.HOUSING: "siao-21",
}
# Law: no proof may be asked for a shelter (circulaire du 25 novembre 2025): that is no answer.
_WORDS = [
    (measure, kind)
    for measure in _SEEKING
    for kind in ReplyKind
    if kind is not ReplyKind.INFORMATION
    and (measure, kind) != (Measure.HOUSING, ReplyKind.NEED_INFO)
]


@pytest.mark.parametrize(("measure", "kind"), _WORDS)
def test_a_ladder_stops_when_the_agency_speaks(measure: Measure, kind: ReplyKind) -> None:
    life, request = _silent(measure, _SEEKING[measure])
    life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))
    while not life.case.open_questions(QuestionKind.CALL_AGENCY):
        life.goes_to(life.expected(DeadlineKind.LADDER))

    life.hears(request, kind)

    assert not [*life.case.running(DeadlineKind.LADDER)]
    assert not life.case.open_questions(QuestionKind.CALL_AGENCY)


def test_a_ladder_stops_with_the_departure() -> None:
    life, _ = _silent(Measure.PSY, "france-victimes-21")
    life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))

    life.goes_through(go_home)

    assert not [*life.case.running(DeadlineKind.LADDER)]


# --- A human


@pytest.mark.parametrize(
    ("kind", "measure", "first_due", "handed"),
    [
        (
            QuestionKind.DEPARTURE_DAY,
            None,
            _local(11, 26),
            [
                ("ref-21-b", _local(11, 26)),
                ("coord-21", _local(11, 28)),
                ("sup-21", _local(12, 1)),
                ("sup-21", _local(12, 4)),
                ("sup-21", _local(12, 9)),
            ],
        ),
        (
            QuestionKind.DANGER_NOW,
            None,
            _local(11, 23, 11),
            [
                ("ref-21-b", _local(11, 23, 11)),
                ("coord-21", _local(11, 23, 12)),
                ("sup-21", _local(11, 23, 13)),
                ("sup-21", _local(11, 23, 15)),
            ],
        ),
        (
            QuestionKind.SUICIDAL_RISK,
            None,
            _local(11, 23, 11),
            [
                ("ref-21-b", _local(11, 23, 11)),
                ("coord-21", _local(11, 23, 12)),
                ("sup-21", _local(11, 23, 13)),
            ],
        ),
        (
            QuestionKind.NEXT_STEP,
            Measure.HOUSING,
            _local(11, 23, 11),
            [
                ("ref-21-b", _local(11, 23, 11)),
                ("coord-21", _local(11, 23, 12)),
                ("sup-21", _local(11, 23, 13)),
            ],
        ),
    ],
)
def test_a_question_left_unanswered_goes_up_then_again_to_the_last(
    kind: QuestionKind,
    measure: Measure | None,
    first_due: datetime,
    handed: list[tuple[str, datetime]],
) -> None:
    life = _unanswered(kind, measure, first_due)

    life.sleeps_until(handed[-1][1])

    told = [entry for entry in life.journal if entry.event is Event.QUESTION_OVERDUE]
    assert [(entry.by, entry.at) for entry in told] == handed
    question = life.asked(kind)
    assert (question.asked_of, question.overdue_at) == (handed[-1][0], first_due)


@pytest.mark.parametrize(
    ("way_out", "again"),
    [(Choice.ASK_STOP_GAP, [4, 6, 8, 10]), (Choice.KEEP_STOP_GAP, [4, 28, 52, 76])],
)
def test_the_last_is_asked_again_every_two_hours_and_once_a_day_if_the_person_is_sheltered(
    way_out: Choice, again: list[int]
) -> None:
    life = _unanswered(QuestionKind.NEXT_STEP, Measure.HOUSING, NOW)
    life.asked(QuestionKind.NEXT_STEP).options = [way_out, Choice.GIVE_UP]

    life.sleeps_until(NOW + timedelta(hours=again[-1]))

    told = [(entry.by, entry.at) for entry in life.journal if entry.event is Event.QUESTION_OVERDUE]
    assert told[3:] == [("sup-21", NOW + timedelta(hours=hours)) for hours in again]


def _unanswered(kind: QuestionKind, measure: Measure | None, due_at: datetime) -> Life:
    case = a_case(auu=MeasureState.ONGOING, heberg=MeasureState.ONGOING)
    request = a_request(case, RequestState.REFUSED, measure=measure) if measure else None
    question = a_question(case, kind, request)
    question.due_at = due_at
    a_deadline(case, DeadlineKind.QUESTION, question=question).due_at = due_at
    return Life(case)


def test_whoever_answers_a_question_that_was_handed_over_answers_it() -> None:
    life = _unanswered(QuestionKind.DANGER_NOW, None, NOW)
    life.sleeps_until(NOW + timedelta(hours=1))
    question = life.asked(QuestionKind.DANGER_NOW)

    life.answers(question, Choice.SHELTERED)

    assert question.answered_by == "coord-21"
    assert not [*life.case.running(DeadlineKind.QUESTION)]


def test_a_backup_on_leave_gives_way_to_the_coordinator() -> None:
    life = _unanswered(QuestionKind.DANGER_NOW, None, _IN_AUGUST)
    life.case.now = _IN_AUGUST

    life.sleeps_until(_IN_AUGUST)

    assert life.asked(QuestionKind.DANGER_NOW).asked_of == "coord-21"


def test_a_question_that_already_stands_with_the_backup_goes_to_the_coordinator() -> None:
    life = _unanswered(QuestionKind.DEPARTURE_DAY, None, NOW)
    life.asked(QuestionKind.DEPARTURE_DAY).asked_of = "ref-21-b"

    life.sleeps_until(NOW)

    assert life.asked(QuestionKind.DEPARTURE_DAY).asked_of == "coord-21"


def test_a_departure_without_a_referent_goes_from_its_coordinator_to_the_supervisor() -> None:
    life = _unanswered(QuestionKind.DEPARTURE_DAY, None, NOW)
    life.case.departure.referent = "coord-21"
    life.asked(QuestionKind.DEPARTURE_DAY).asked_of = "coord-21"

    life.sleeps_until(NOW)

    assert life.asked(QuestionKind.DEPARTURE_DAY).asked_of == "sup-21"


def test_a_call_about_a_request_that_climbs_is_late_but_climbs_no_ladder_of_its_own() -> None:
    life, _ = _silent(Measure.PSY, "france-victimes-21")
    life.goes_to(life.expected(DeadlineKind.ACKNOWLEDGE))
    life.goes_to(life.expected(DeadlineKind.LADDER))
    call = life.asked(QuestionKind.CALL_AGENCY)

    said = life.goes_to(life.expected(DeadlineKind.QUESTION))

    assert "overdue call_agency" in said
    assert (call.asked_of, call.overdue_at) == ("ref-21-a", life.case.now)


def test_a_call_about_a_request_at_the_top_of_its_ladder_goes_up_as_any_question() -> None:
    life, _ = _silent(Measure.HEALTH_COVER, "cpam-21", channel=Channel.LETTERBOX)

    _stays_silent(life)

    assert life.asked(QuestionKind.CALL_AGENCY).asked_of == "sup-21"


def test_an_offer_left_unanswered_expires_and_is_handed_to_nobody() -> None:
    life = _unanswered(QuestionKind.OFFER, Measure.HOUSING, NOW)
    life.case.requests[0].state = RequestState.OFFERED

    life.sleeps_until(NOW)

    assert life.told(Event.QUESTION_OVERDUE) == []
    assert life.case.requests[0].state is RequestState.EXPIRED


@pytest.mark.parametrize("state", [DepartureState.PAUSED, DepartureState.CLOSED])
def test_a_danger_goes_up_even_when_the_departure_is_at_rest(state: DepartureState) -> None:
    life = _unanswered(QuestionKind.DANGER_NOW, None, NOW)
    life.case.departure.state = state

    life.sleeps_until(NOW + timedelta(hours=2))

    assert life.asked(QuestionKind.DANGER_NOW).asked_of == "sup-21"


def test_a_step_whose_hour_has_come_is_under_way_until_it_is_read() -> None:
    case = a_case()
    request = a_request(case)
    step = a_deadline(case, DeadlineKind.LADDER, request)
    life = Life(case)

    news = life.reaches(step)
    assert climbs(case, request)
    news.read_at = NOW

    assert not climbs(case, request)


def test_a_step_that_has_lost_its_reason_is_not_under_way() -> None:
    case = a_case()
    request = a_request(case)
    life = Life(case)
    step = a_deadline(case, DeadlineKind.LADDER, request)
    life.reaches(step)

    step.met_at = NOW

    assert not climbs(case, request)
