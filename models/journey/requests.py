"""Chapter 4: every measure that waits for nothing else is requested; nothing open is ever
forgotten.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.agency import Channel
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journey.asking import ask_next_step, ask_to_call
from models.measure import SETTLED, URGENT, WAITS_FOR, Measure, MeasureState
from models.request import AgencyRequest, RequestState
from models.step import Expect, MoveMeasure, OpenRequest, Steps

_RUNNING = (DepartureState.ACTIVE, DepartureState.STABILISING)
_ARRIVED = SETTLED | {MeasureState.DELIVERED}


def requests(case: Case) -> Steps:
    """Open the requests that are ready, and set the day on which the others leave."""
    steps: Steps = []
    for wish in case.wishes:
        if _may_leave_at_once(case, wish.measure, wish.state) or _is_ready(
            case, wish.measure, wish.state
        ):
            steps += open_first_request(case, wish.measure)
        elif wish.state is MeasureState.AGREED and case.departure.state in _RUNNING:
            steps += _set_start(case, wish.measure)
    return steps


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
    if case.departure.state not in _RUNNING:
        return []
    steps: Steps = []
    for measure in case.measures_in(MeasureState.ONGOING):
        if _is_watched(case, measure):
            continue
        live = case.live_requests(measure)
        past = case.requests_for(measure)
        if live:
            steps += ask_to_call(case, live[-1])
        elif past:
            steps += ask_next_step(case, past[-1])
    return steps


def open_first_request(case: Case, measure: Measure) -> Steps:
    """Ask the first agency for which the person said yes."""
    for agency in case.agencies_for(measure):
        if case.has_consent(measure, agency.code):
            return [
                OpenRequest(measure, agency.code, 1, agency.channel),
                MoveMeasure(measure, MeasureState.ONGOING),
            ]
    return []


def ask_again(request: AgencyRequest, channel: Channel, attempt: int) -> Steps:
    """Ask the same agency once more: a new attempt, a new key."""
    return [
        OpenRequest(request.measure, request.agency, attempt, channel),
        MoveMeasure(request.measure, MeasureState.ONGOING),
    ]


def start_of(case: Case, measure: Measure) -> datetime:
    """Return when a measure's request leaves: local midnight, some days before the departure."""
    day = case.departure.departs_on
    if day is None:
        raise ValueError(f"{case.departure.reference}: the plan is signed without a departure day")
    lead = timedelta(days=case.territory.measures[measure].lead_days)
    return datetime.combine(day - lead, time(0), ZoneInfo(case.territory.time_zone))


def _may_leave_at_once(case: Case, measure: Measure, state: MeasureState) -> bool:
    """Danger ignores queues and planned dates; the consent given to the prescriber is enough."""
    return (
        measure in URGENT
        and case.departure.danger is DangerBand.IMMEDIATE
        and state in (MeasureState.WISHED, MeasureState.AGREED)
        and case.departure.state not in (DepartureState.PAUSED, DepartureState.CLOSED)
    )


def _is_ready(case: Case, measure: Measure, state: MeasureState) -> bool:
    if state is not MeasureState.AGREED or case.departure.state not in _RUNNING:
        return False
    if start_of(case, measure) > case.now:
        return False
    return all(
        needed is None or needed.state in _ARRIVED
        for needed in (case.wish(other) for other in WAITS_FOR.get(measure, frozenset()))
    )


def _set_start(case: Case, measure: Measure) -> Steps:
    start = start_of(case, measure)
    slot = f"start:{measure.value}:{start.date().isoformat()}"
    if start <= case.now or case.has_expected(slot):
        return []
    lead = f"départ prévu, {case.territory.measures[measure].lead_days} jours avant"
    return [Expect(DeadlineKind.START, slot, start, lead, measure=measure)]


def _is_watched(case: Case, measure: Measure) -> bool:
    numbers = {request.id for request in case.requests_for(measure)}
    return (
        any(question.measure is measure for question in case.open_questions())
        or any(act.request_id in numbers for act in case.pending_acts())
        or any(d.measure is measure or d.request_id in numbers for d in case.running())
    )
