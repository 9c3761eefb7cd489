"""When a request comes to nothing: another agency, a stop-gap, the same again, or give up. A human
decides, and meanwhile the same agency is asked again where refusal is the usual answer.
"""

from collections.abc import Iterator

from models.case import Case
from models.deadline import DeadlineKind
from models.journey.approach import approach, candidates
from models.journey.asking import ask_about, ask_when_nobody_is_left, by_when
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import ENDED, AgencyRequest, RequestState
from models.step import Drop, Expect, Met, Steps
from models.territory import Agency

# What is asked in order to find a measure.
_SEEKING = (
    QuestionKind.NEXT_STEP,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.DOUBT,
)


def ask_next_step(
    case: Case, request: AgencyRequest, *, bridged: bool = False, is_listed: bool = False
) -> Steps:
    """Put to the referent what follows a request that came to nothing, to a stop-gap only
    (`bridged`: the stop-gap is there), or to a place on a list (`is_listed`).

    Nothing is asked of a measure that is in hand, or that another request seeks well enough.
    """
    measure = request.measure
    is_sought = measure in case.measures_in(MeasureState.ONGOING)
    is_asked = any(q.measure is measure for q in case.open_questions(QuestionKind.NEXT_STEP))
    if is_asked or not is_sought or is_sought_elsewhere(case, request):
        return []
    following = following_agency(case, measure)
    agency = following.code if following else None
    options = tuple(
        option
        for option in _options(case, request, following, bridged=bridged)
        # The agency that keeps the person on its list is not asked twice.
        if not (is_listed and option is Choice.ASK_AGAIN)
    )
    if options == (Choice.GIVE_UP,):
        # Whoever is on a list waits there: nobody else being left is no news.
        return [] if is_listed else ask_when_nobody_is_left(case, measure)
    return [ask_about(case, QuestionKind.NEXT_STEP, request, options, agency=agency)]


def is_sought_elsewhere(case: Case, request: AgencyRequest) -> bool:
    """Whether another request for the measure makes the question needless.

    Rule: where places are scarce, only a promise does; that an agency was asked once more is none.
    """
    others = [
        other
        for other in case.live_requests(request.measure)
        if other.id != request.id and not case.is_stop_gap(other)
    ]
    if case.territory.measures[request.measure].ask_again is None:
        return bool(others) or _stop_gap_is_sought(case, request)
    return case.is_promised_elsewhere(request.measure, request)


def following_agency(case: Case, measure: Measure) -> Agency | None:
    """Return the next agency that may be asked and was not in this round."""
    return next((a for a in candidates(case, measure) if not case.was_asked(measure, a)), None)


def sought_no_more(case: Case, measure: Measure) -> Steps:
    """What is promised, or in hand, is sought nowhere else: nothing is asked in order to find it,
    now or later.
    """
    asked = [q for q in case.open_questions() if _seeks(q, measure)]
    rests = [d for d in case.resting() if _seeks(case.question(d.question_id), measure)]
    again = [d for d in case.running(DeadlineKind.REASK) if d.measure is measure]
    return [
        *(Drop(question) for question in asked),
        *(Met(deadline) for deadline in (*rests, *again)),
    ]


def _seeks(question: Question, measure: Measure) -> bool:
    return question.measure is measure and question.kind in _SEEKING


def asks_again_by_itself(case: Case) -> Steps:
    """Set when the first agency is asked once more, as long as the question stays open."""
    return [
        Expect(
            DeadlineKind.REASK,
            f"reask:{measure.value}:{_times_set(case, measure) + 1}",
            by_when(case, plan.ask_again),
            plan.ask_again.source,
            measure=measure,
        )
        for measure, plan in case.territory.measures.items()
        if plan.ask_again and _is_wanting(case, measure) and not _is_set(case, measure)
    ]


def asked_once_more(case: Case, measure: Measure | None) -> Steps:
    """The hour has come: the same agency is asked again, in parallel, under a new key."""
    if measure is None or not _is_wanting(case, measure):
        return []
    for agency in candidates(case, measure):
        if case.has_consent(measure, agency.code):
            return approach(case, measure, agency, in_parallel=True)
    return []


def _is_wanting(case: Case, measure: Measure) -> bool:
    """A measure that is sought, whose question is open or whose stop-gap is on its way, and that no
    lasting request seeks.
    """
    asked = any(q.measure is measure for q in case.open_questions(QuestionKind.NEXT_STEP))
    live = case.live_requests(measure)
    bridged = any(case.is_stop_gap(request) for request in live)
    lasting = any(not case.is_stop_gap(request) for request in live)
    is_sought = measure in case.measures_in(MeasureState.ONGOING)
    return is_sought and (asked or bridged) and not lasting


def _is_set(case: Case, measure: Measure) -> bool:
    return any(deadline.measure is measure for deadline in case.running(DeadlineKind.REASK))


def _times_set(case: Case, measure: Measure) -> int:
    return sum(d.kind is DeadlineKind.REASK and d.measure is measure for d in case.deadlines)


def _stop_gap_is_sought(case: Case, request: AgencyRequest) -> bool:
    live = case.live_requests(request.measure)
    return any(case.is_stop_gap(other) and other.id != request.id for other in live)


def lasting_agency(case: Case, request: AgencyRequest) -> Agency | None:
    """Return the agency to ask once more: the one that answered, or the last before a stop-gap."""
    made = [r for r in case.requests_for(request.measure) if not case.is_stop_gap(r)]
    last = request if not case.is_stop_gap(request) else (made[-1] if made else None)
    allowed = {agency.code: agency for agency in candidates(case, request.measure)}
    return allowed.get(last.agency) if last else None


def _options(
    case: Case, request: AgencyRequest, following: Agency | None, *, bridged: bool
) -> Iterator[Choice]:
    measure = request.measure
    gaps = [
        other
        for other in case.requests_for(measure)
        if case.is_stop_gap(other) and other.round == case.departure.round
    ]
    if bridged or any(gap.state is RequestState.FULFILLED for gap in gaps):
        yield Choice.KEEP_STOP_GAP
    elif case.stop_gap_for(measure) and not any(
        gap.state not in ENDED and gap.id != request.id for gap in gaps
    ):
        yield Choice.ASK_STOP_GAP
    if following is not None:
        yield Choice.ASK_NEXT_AGENCY
    if lasting_agency(case, request) is not None:
        yield Choice.ASK_AGAIN
    yield Choice.GIVE_UP
