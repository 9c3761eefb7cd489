"""Chapter 4: every measure that waits for nothing else is requested; nothing open is ever
forgotten.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import STILL, UNDER_WAY, DepartureState
from models.journey.approach import approach, candidates
from models.journey.asking import ask_for_consent, ask_to_call, ask_when_nobody_is_left
from models.journey.doubts import ask_doubts, open_doubts
from models.journey.next_steps import ask_next_step, asks_again_by_itself
from models.measure import AT_ONCE, CHECKLISTS, SETTLED, URGENT, WAITS_FOR, Measure, MeasureState
from models.question import QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import Expect, Steps

_PREPARING = UNDER_WAY | {DepartureState.CONTACTED}
# To answer these brings the measure no nearer.
_SETTLES_NOTHING = (
    QuestionKind.TELL_RECALL,
    QuestionKind.CANNOT_UNDO,
    QuestionKind.LATE_REPLY,
    QuestionKind.RENEW_CONSENT,
)
_ARRIVED = SETTLED | {MeasureState.DELIVERED}


def requests(case: Case) -> Steps:
    """Open the requests that are ready, and set the day on which the others leave."""
    steps: Steps = []
    for wish in case.wishes:
        if wish.measure in CHECKLISTS:
            continue
        if wish.state is MeasureState.AGREED and case.departure.state in _PREPARING:
            steps += ask_doubts(case, wish.measure)
        if _may_leave_at_once(case, wish.measure, wish.state) or _is_ready(
            case, wish.measure, wish.state
        ):
            steps += open_first_request(case, wish.measure)
        elif wish.state is MeasureState.AGREED and case.departure.state in UNDER_WAY:
            steps += _set_start(case, wish.measure)
    return steps + asks_again_by_itself(case)


def calls(case: Case) -> Steps:
    """A request that goes by phone is put to the referent as soon as it is opened."""
    return [
        step
        for request in case.live_requests()
        if request.state is RequestState.DRAFT
        and case.goes_by_call(request)
        and not case.times_asked(f"call_agency:{request.id}:")
        for step in ask_to_call(case, request)
    ]


def nothing_forgotten(case: Case) -> Steps:
    """What waits for nobody is put to a human: the last net under every other rule."""
    if case.departure.state in STILL:
        return []
    steps: Steps = []
    for request in case.live_requests():
        if not _is_watched(case, request):
            steps += ask_to_call(case, request)
    for measure in case.measures_in(MeasureState.ONGOING):
        if not case.live_requests(measure) and not _is_judged(case, measure):
            steps += _sought_anew(case, measure)
    return steps


def _sought_anew(case: Case, measure: Measure) -> Steps:
    last = case.last_moved(measure)
    if measure in CHECKLISTS:
        return []
    if last is not None:
        return ask_next_step(case, last)
    # What had been arranged otherwise was not obtained after all.
    if allowed := candidates(case, measure):
        return ask_for_consent(case, measure, allowed[0].code)
    return ask_when_nobody_is_left(case, measure)


def open_first_request(case: Case, measure: Measure) -> Steps:
    """Ask the first agency for which the person said yes; failing that, ask for a yes."""
    allowed = candidates(case, measure)
    for agency in allowed:
        if case.has_consent(measure, agency.code):
            return approach(case, measure, agency)
    if case.departure.state not in UNDER_WAY:
        return []
    if allowed:
        return ask_for_consent(case, measure, allowed[0].code)
    return ask_when_nobody_is_left(case, measure)


def start_of(case: Case, measure: Measure) -> datetime:
    """Return when a measure's request leaves: local midnight, some days before the departure."""
    day = case.departure.departs_on
    if day is None:
        raise ValueError(f"{case.departure.reference}: the plan is signed without a departure day")
    lead = timedelta(days=case.territory.measures[measure].lead_days)
    return datetime.combine(day - lead, time(0), ZoneInfo(case.territory.time_zone))


def _may_leave_at_once(case: Case, measure: Measure, state: MeasureState) -> bool:
    """Danger ignores queues and planned dates; the consent given to the prescriber is enough.
    Marks fade: a medical statement waits for no plan either, once the person agreed.
    """
    if measure in AT_ONCE and state is MeasureState.AGREED:
        return case.departure.state in _PREPARING
    return (
        measure in URGENT
        and case.departure.danger is DangerBand.IMMEDIATE
        and state in (MeasureState.WISHED, MeasureState.AGREED)
        and case.departure.state not in STILL
    )


def _is_ready(case: Case, measure: Measure, state: MeasureState) -> bool:
    if state is not MeasureState.AGREED or case.departure.state not in UNDER_WAY:
        return False
    if start_of(case, measure) > case.now or open_doubts(case, measure):
        return False
    # Danger: a suicidal risk is a human act; no request stands in for it.
    if measure is Measure.PSY and case.awaits(QuestionKind.SUICIDAL_RISK):
        return False
    return not any(
        needed.state not in _ARRIVED and not case.has_reached(other, stage)
        for other, stage in WAITS_FOR.get(measure, {}).items()
        if (needed := case.wish(other)) is not None
    )


def _set_start(case: Case, measure: Measure) -> Steps:
    start = start_of(case, measure)
    slot = f"start:{case.departure.round}:{measure.value}:{start.date().isoformat()}"
    if start <= case.now or case.has_expected(slot):
        return []
    lead = f"départ prévu, {case.territory.measures[measure].lead_days} jours avant"
    return [Expect(DeadlineKind.START, slot, start, lead, measure=measure)]


def _is_watched(case: Case, request: AgencyRequest) -> bool:
    return (
        any(question.request_id == request.id for question in case.open_questions())
        or any(case.pending_acts(request))
        or any(deadline.request_id == request.id for deadline in case.running())
    )


def _is_judged(case: Case, measure: Measure) -> bool:
    return any(
        question.measure is measure and question.kind not in _SETTLES_NOTHING
        for question in case.open_questions()
    )
