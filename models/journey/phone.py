"""What the referent brings back from a phone call to an agency, down to the result."""

from datetime import timedelta

from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.journey.asking import later, times_put
from models.journey.replies import came_to_nothing, expect_delivery, expect_reply
from models.journey.stopping import close_request
from models.measure import URGENT, MeasureState
from models.question import Choice, Question
from models.request import AgencyRequest, RefusalReason, RequestState
from models.step import ChangeChannel, GiveUpAct, Met, MoveMeasure, MoveRequest, Steps

_CALLS_BEFORE_GIVING_UP = 2
_CALL_AGAIN = timedelta(days=1)
_CALL_AGAIN_URGENT = timedelta(hours=1)
_REFUSALS = {
    Choice.CALL_NO_CAPACITY: RefusalReason.NO_CAPACITY,
    Choice.CALL_REFUSED: RefusalReason.OTHER,
}


def call_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """Return what follows from a call: the phone's word is worth the agency's."""
    request = case.request(question.request_id)
    if choice is Choice.CALL_NO_ANSWER:
        return _nobody_answered(case, question, request)
    steps = _taken_over_by_phone(case, request)
    occasion = f"call-{question.id}"
    if choice is Choice.CALL_TAKEN:
        taken = MoveRequest(request, RequestState.ACKNOWLEDGED)
        return [*steps, taken, expect_reply(case, request, occasion)]
    if choice is Choice.CALL_ACCEPTED:
        accepted = MoveRequest(request, RequestState.ACCEPTED)
        return [*steps, accepted, expect_delivery(case, request, case.now, occasion)]
    if choice is Choice.CALL_DONE:
        done = MoveRequest(request, RequestState.FULFILLED)
        delivered = MoveMeasure(request.measure, MeasureState.DELIVERED)
        return [*steps, done, *close_request(case, request), delivered]
    refused = MoveRequest(request, RequestState.REFUSED, _REFUSALS[choice])
    return steps + came_to_nothing(case, request, refused)


def _taken_over_by_phone(case: Case, request: AgencyRequest) -> Steps:
    """A sending that never came through is not tried again once a human has asked."""
    steps: Steps = [GiveUpAct(a) for a in case.pending_acts(request) if a.verb is not Verb.RECALL]
    steps += [
        Met(d)
        for d in case.running()
        if d.request_id == request.id and d.kind is not DeadlineKind.QUESTION
    ]
    if request.state is not RequestState.DRAFT:
        return steps
    if request.channel is not Channel.CALL:
        steps.append(ChangeChannel(request, Channel.CALL))
    return [*steps, MoveRequest(request, RequestState.REQUESTED)]


def _nobody_answered(case: Case, question: Question, request: AgencyRequest) -> Steps:
    if times_put(question) < _CALLS_BEFORE_GIVING_UP:
        wait = _CALL_AGAIN_URGENT if request.measure in URGENT else _CALL_AGAIN
        return [later(case, question, wait)]
    expired = MoveRequest(request, RequestState.EXPIRED)
    given_up: Steps = [GiveUpAct(act) for act in case.pending_acts(request)]
    return given_up + came_to_nothing(case, request, expired)
