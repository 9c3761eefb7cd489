"""Taking back: one measure, or everything. What is pending is recalled, and nothing more leaves."""

from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.departure import DepartureState, Outcome
from models.journey.asking import ask, ask_to_tell_recall
from models.measure import SETTLED, Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import (
    Drop,
    GiveUpAct,
    Intend,
    Met,
    MoveDeparture,
    MoveMeasure,
    MoveRequest,
    Steps,
    WithdrawConsent,
)


def recall(case: Case, request: AgencyRequest) -> Steps:
    """Withdraw one request and tell the agency, if it may have heard of it."""
    pending = case.pending_acts(request)
    # Danger: a sending that was tried once may have arrived although no answer came back.
    may_have_arrived = request.state is not RequestState.DRAFT or any(act.tries for act in pending)
    steps: Steps = [GiveUpAct(act) for act in pending]
    steps.append(MoveRequest(request, RequestState.WITHDRAWN))
    if not may_have_arrived:
        return steps
    if request.channel is Channel.CALL:
        return steps + ask_to_tell_recall(case, request)
    return [*steps, Intend(Verb.RECALL, request)]


def close_request(case: Case, request: AgencyRequest) -> Steps:
    """Stop expecting anything of a request: its deadlines and its questions end."""
    return [
        *(Met(deadline) for deadline in case.running() if deadline.request_id == request.id),
        *(
            Drop(question)
            for question in case.open_questions()
            if question.request_id == request.id and question.kind is not QuestionKind.TELL_RECALL
        ),
    ]


def take_back(case: Case, measure: Measure) -> Steps:
    """The person no longer wants a measure: consent ends first, then what is pending is
    recalled.
    """
    steps: Steps = [WithdrawConsent(measure)]
    for request in case.live_requests(measure):
        steps += close_request(case, request)
        steps += recall(case, request)
    steps += [
        Drop(question)
        for question in case.open_questions()
        if question.measure is measure and question.request_id is None
    ]
    steps += [Met(d) for d in case.running() if d.measure is measure and d.request_id is None]
    return [*steps, MoveMeasure(measure, MeasureState.WITHDRAWN)]


def stop_everything(case: Case, left_as: MeasureState) -> Steps:
    """Recall all that is pending; measures that are not settled are left in a given state."""
    steps: Steps = [
        Drop(q) for q in case.open_questions() if q.kind is not QuestionKind.TELL_RECALL
    ]
    steps += [
        Met(deadline)
        for deadline in case.running()
        if not _is_for_recall(case, deadline.question_id)
    ]
    for wish in case.wishes:
        if wish.state in SETTLED | {MeasureState.DELIVERED}:
            continue
        steps.append(WithdrawConsent(wish.measure))
        for request in case.live_requests(wish.measure):
            steps += recall(case, request)
        steps.append(MoveMeasure(wish.measure, left_as))
    return steps


def go_home(case: Case) -> Steps:
    """The person goes back: everything pauses, without penalty; reopening is one choice."""
    if case.departure.state in (DepartureState.PAUSED, DepartureState.CLOSED):
        return []
    return [
        *stop_everything(case, MeasureState.WISHED),
        MoveDeparture(DepartureState.PAUSED),
        ask(
            case,
            QuestionKind.REOPEN,
            f"reopen:{case.departure.round}:1",
            (Choice.REOPEN, Choice.CLOSE_RETURNED),
        ),
    ]


def close(case: Case, outcome: Outcome) -> Steps:
    """Close the departure; what is still pending is recalled first."""
    return [
        *stop_everything(case, MeasureState.GIVEN_UP),
        MoveDeparture(DepartureState.CLOSED, outcome),
    ]


def _is_for_recall(case: Case, question_id: int | None) -> bool:
    if question_id is None:
        return False
    return case.question(question_id).kind is QuestionKind.TELL_RECALL
