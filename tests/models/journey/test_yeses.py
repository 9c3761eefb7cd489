"""A yes is for one measure at one agency, for what the measure needs, and for a time."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.agency import Channel
from models.consent import NEEDED, Consent, DataSet, Manner, data_sets_for
from models.deadline import DeadlineKind
from models.journey.approach import candidates
from models.journey.next_steps import following_agency
from models.journey.requests import requests
from models.journey.yeses import yeses
from models.measure import CHECKLISTS, Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import ENDED, AgencyRequest, RequestState
from models.step import GiveConsent
from tests.models.journey.cases import NOW, REFERENCE, a_case, a_question, a_request, a_yes
from tests.models.journey.lives import Life

_PARIS = ZoneInfo("Europe/Paris")


def _paris(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=_PARIS)


# --- What a yes lets out


def _consent(measure: Measure, *sets: DataSet, **otherwise: Any) -> Consent:
    plain: dict[str, Any] = {
        "reference": REFERENCE,
        "measure": measure,
        "agency": "caf-21",
        "data_sets": [one.value for one in sets],
        "manner": Manner.ORAL,
        "given_at": NOW,
        "given_through": "test",
        "ends_at": NOW + timedelta(days=180),
    }
    return Consent(**plain | otherwise)


@pytest.mark.parametrize("measure", Measure)
def test_a_full_yes_covers_its_measure(measure: Measure) -> None:
    assert _consent(measure, *map(DataSet, data_sets_for(measure))).covers(measure, NOW)


@pytest.mark.parametrize(
    ("measure", "missing"), [(measure, one) for measure in Measure for one in NEEDED[measure]]
)
def test_a_yes_that_lacks_one_set_of_data_lets_nothing_leave(
    measure: Measure, missing: DataSet
) -> None:
    said = NEEDED[measure] - {missing}

    assert not _consent(measure, *said).covers(measure, NOW)


def test_a_yes_to_more_than_the_measure_needs_covers_it() -> None:
    assert _consent(Measure.JUSTICE, *DataSet).covers(Measure.JUSTICE, NOW)


def test_a_list_gone_through_with_the_person_lets_nothing_out() -> None:
    assert all(not NEEDED[measure] for measure in CHECKLISTS)


@pytest.mark.parametrize(
    ("otherwise", "is_alive"),
    [
        ({}, True),
        ({"ends_at": NOW + timedelta(seconds=1)}, True),
        ({"ends_at": NOW}, False),
        ({"withdrawn_at": NOW - timedelta(days=1)}, False),
    ],
)
def test_a_yes_is_alive_until_its_end_or_until_it_is_taken_back(
    otherwise: dict[str, Any], is_alive: bool
) -> None:
    given = _consent(Measure.JUSTICE, *DataSet, **otherwise)

    assert given.covers(Measure.JUSTICE, NOW) is is_alive


def test_a_yes_given_here_is_good_for_180_days_and_covers_its_measure() -> None:
    life = Life(a_case())

    life.does([GiveConsent(Measure.AUU, "caf-21", Manner.WRITTEN, "ref-21-a")])

    [given] = life.case.consents
    assert given.ends_at == _paris(2027, 5, 23), "until 24:00 on the 22nd of May"
    assert given.covers(Measure.AUU, NOW)


# --- Its end is watched


def _leaning(
    state: RequestState = RequestState.REQUESTED, channel: Channel = Channel.API
) -> tuple[Life, AgencyRequest]:
    case = a_case(psy=MeasureState.ONGOING)
    a_yes(case, Measure.PSY, "france-victimes-21")
    case.consents[0].ends_at = _paris(2027, 1, 20)
    request = a_request(
        case, state, measure=Measure.PSY, agency="france-victimes-21", channel=channel
    )
    return Life(case), request


def test_the_end_of_a_yes_that_a_request_leans_on_is_watched_and_announced() -> None:
    life, _ = _leaning()

    life.goes_through(yeses)

    # Fifteen days before its last day, the 19th of January, at nine.
    assert life.expected(DeadlineKind.CONSENT_WARNING).due_at == _paris(2027, 1, 4, 9)
    assert life.expected(DeadlineKind.CONSENT_END).due_at == _paris(2027, 1, 20)
    assert life.goes_through(yeses) == []


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_yes_that_nothing_leans_on_is_left_to_end(state: RequestState) -> None:
    life, _ = _leaning(state)

    assert life.goes_through(yeses) == []


def test_a_yes_with_little_time_left_is_asked_anew_before_it_ends() -> None:
    life, _ = _leaning()
    life.case.consents[0].ends_at = NOW + timedelta(days=5)

    life.goes_through(yeses)
    life.sleeps_until(NOW + timedelta(days=4))

    assert life.asked(QuestionKind.RENEW_CONSENT)


def test_a_yes_on_which_nothing_leans_any_more_is_watched_no_longer_then_again() -> None:
    life, request = _leaning()
    life.goes_through(yeses)

    request.state = RequestState.REFUSED
    life.goes_through(yeses)
    assert not [*life.case.running(DeadlineKind.CONSENT_WARNING, DeadlineKind.CONSENT_END)]

    a_request(life.case, measure=Measure.PSY, agency="france-victimes-21")
    life.goes_through(yeses)
    assert life.expected(DeadlineKind.CONSENT_END).due_at == _paris(2027, 1, 20)


def test_a_pass_that_comes_just_after_the_end_of_a_yes_does_not_hide_it() -> None:
    life, request = _leaning()
    life.goes_through(yeses)
    end = life.expected(DeadlineKind.CONSENT_END)
    # A reply woke the departure before the end was told.
    life.case.now = end.due_at
    life.goes_through(yeses)

    assert end.is_running
    life.goes_to(end)
    assert request.state is RequestState.WITHDRAWN


# --- It is asked anew


def _warned() -> tuple[Life, AgencyRequest]:
    life, request = _leaning()
    life.goes_through(yeses)
    life.goes_to(life.expected(DeadlineKind.CONSENT_WARNING))
    return life, request


def test_before_a_yes_ends_the_person_is_asked_whether_it_goes_on() -> None:
    life, _ = _warned()

    asked = life.asked(QuestionKind.RENEW_CONSENT)

    assert (asked.measure, asked.agency) == (Measure.PSY, "france-victimes-21")
    assert asked.options[-1] == Choice.NOT_THIS_AGENCY


@pytest.mark.parametrize(
    ("answer", "manner"),
    [
        (Choice.AGREED_WRITTEN, Manner.WRITTEN),
        (Choice.AGREED_ORAL, Manner.ORAL),
        (Choice.AGREED_INTERPRETER, Manner.INTERPRETER),
    ],
)
def test_a_yes_that_goes_on_is_a_new_yes_and_takes_nothing_back(
    answer: Choice, manner: Manner
) -> None:
    life, request = _warned()

    life.answers(life.asked(QuestionKind.RENEW_CONSENT), answer)
    life.goes_to(life.expected(DeadlineKind.CONSENT_END))

    assert [consent.manner for consent in life.case.consents] == [Manner.ORAL, manner]
    assert request.state is RequestState.REQUESTED
    assert life.case.has_consent(Measure.PSY, "france-victimes-21")


def test_the_new_yes_is_watched_in_the_place_of_the_old_one() -> None:
    life, _ = _warned()
    life.answers(life.asked(QuestionKind.RENEW_CONSENT), Choice.AGREED_ORAL)

    life.goes_through(yeses)

    # 180 days from the 4th of January: until 24:00 on the 3rd of July.
    assert life.expected(DeadlineKind.CONSENT_END).due_at == _paris(2027, 7, 4)


@pytest.mark.parametrize("why", ["ended", "renewed", "withdrawn"])
def test_a_yes_is_not_asked_anew_without_a_reason(why: str) -> None:
    life, request = _leaning()
    life.goes_through(yeses)
    if why == "ended":
        request.state = RequestState.REFUSED
    elif why == "renewed":
        a_yes(life.case, Measure.PSY, "france-victimes-21")
    else:
        life.case.consents[0].withdrawn_at = NOW

    said = life.goes_to(life.expected(DeadlineKind.CONSENT_WARNING))

    assert said == ["note deadline_reached"]


# --- It ends


def test_no_to_a_renewal_recalls_what_leaned_on_it_and_tells_what_stays() -> None:
    life, request = _warned()

    said = life.answers(life.asked(QuestionKind.RENEW_CONSENT), Choice.NOT_THIS_AGENCY)

    assert request.state is RequestState.WITHDRAWN
    assert "act recall 1" in said
    assert life.asked(QuestionKind.CANNOT_UNDO).agency == "france-victimes-21"
    assert life.asked(QuestionKind.NEXT_STEP).agency == "cmp-21"


def test_at_its_last_instant_a_yes_takes_back_what_leans_on_it() -> None:
    life, request = _leaning()
    life.goes_through(yeses)

    said = life.goes_to(life.expected(DeadlineKind.CONSENT_END))

    assert request.state is RequestState.WITHDRAWN
    assert said[-4:] == [
        "request withdrawn",
        "act recall 1",
        "ask cannot_undo",
        "ask next_step",
    ]


def test_the_end_of_a_yes_is_told_by_phone_where_the_request_was_made_by_phone() -> None:
    life, _ = _leaning(channel=Channel.CALL)
    life.goes_through(yeses)

    life.goes_to(life.expected(DeadlineKind.CONSENT_END))

    assert life.asked(QuestionKind.TELL_RECALL)
    assert not life.case.acts


def test_a_request_that_never_left_leaves_nothing_behind_it() -> None:
    life, request = _leaning(RequestState.DRAFT)
    life.goes_through(yeses)

    life.goes_to(life.expected(DeadlineKind.CONSENT_END))

    assert request.state is RequestState.WITHDRAWN
    assert not life.case.acts
    assert not life.case.open_questions(QuestionKind.CANNOT_UNDO)


def test_what_an_agency_did_before_stays_done_and_is_told() -> None:
    life, done = _leaning(RequestState.REFUSED)
    again = a_request(
        life.case, RequestState.DRAFT, measure=Measure.PSY, agency="france-victimes-21"
    )
    assert done.sent_at is not None
    life.goes_through(yeses)

    life.goes_to(life.expected(DeadlineKind.CONSENT_END))

    assert again.state is RequestState.WITHDRAWN
    assert life.asked(QuestionKind.CANNOT_UNDO)


def test_the_end_of_a_yes_leaves_what_was_asked_elsewhere() -> None:
    life, _ = _leaning()
    other = a_request(life.case, measure=Measure.PSY, agency="cmp-21")
    a_yes(life.case, Measure.PSY, "cmp-21")
    life.goes_through(yeses)

    ended = next(d for d in life.case.running(DeadlineKind.CONSENT_END) if d.about == "1")
    life.goes_to(ended)

    assert other.state is RequestState.REQUESTED
    assert life.case.has_consent(Measure.PSY, "cmp-21")
    assert not life.case.open_questions(QuestionKind.NEXT_STEP)


def test_what_a_human_knows_cannot_be_undone_is_said_to_the_person_once() -> None:
    life, _ = _warned()
    life.answers(life.asked(QuestionKind.RENEW_CONSENT), Choice.NOT_THIS_AGENCY)

    said = life.answers(life.asked(QuestionKind.CANNOT_UNDO), Choice.PERSON_TOLD)

    assert said == ["met question"]
    assert not life.case.open_questions(QuestionKind.CANNOT_UNDO)


def test_without_a_living_yes_the_person_is_asked_before_anything_leaves() -> None:
    case = a_case(psy=MeasureState.AGREED)
    a_yes(case, Measure.PSY, "france-victimes-21")
    case.consents[0].ends_at = NOW
    life = Life(case)

    assert life.goes_through(requests) == ["ask alternative"]
    assert not case.requests
    assert following_agency(case, Measure.PSY) is not None


def test_an_agency_whose_yes_was_not_renewed_may_be_asked_once_the_person_says_yes_anew() -> None:
    case = a_case(psy=MeasureState.ONGOING)
    named: dict[str, Any] = {"measure": Measure.PSY, "agency": "france-victimes-21"}
    a_question(case, QuestionKind.RENEW_CONSENT, answer=Choice.NOT_THIS_AGENCY, **named)
    assert "france-victimes-21" not in [a.code for a in candidates(case, Measure.PSY)]

    case.now = NOW + timedelta(days=1)
    Life(case).does([GiveConsent(Measure.PSY, "france-victimes-21", Manner.ORAL, "ref-21-a")])

    assert "france-victimes-21" in [a.code for a in candidates(case, Measure.PSY)]
