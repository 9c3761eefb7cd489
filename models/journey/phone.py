"""What the referent brings back from a phone call to an agency, down to the result."""

from datetime import timedelta
from itertools import takewhile

from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.journey.approach import UNDOING
from models.journey.asking import later
from models.journey.replies import (
    came_to_nothing,
    decided,
    expect_delivery,
    expect_reply,
    fulfilled,
    statutory,
)
from models.measure import Measure
from models.question import Choice, Question
from models.request import PROMISED, AgencyRequest, RefusalReason, RequestState
from models.step import ChangeChannel, GiveUpAct, Met, MoveRequest, Steps

_CALLS_BEFORE_GIVING_UP = 2
_CALL_AGAIN = timedelta(days=1)
_CALL_AGAIN_URGENT = timedelta(hours=1)
_RECEIVED = (Choice.CALL_TAKEN, Choice.CALL_ACCEPTED)
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
    if request.state is RequestState.DRAFT and choice in _RECEIVED:
        steps += statutory(case, request)
    occasion = f"call-{question.id}"
    arrival = expect_delivery(case, request, case.now, occasion)
    if choice is Choice.CALL_TAKEN and request.state in PROMISED:
        # To hear that the agency is on it takes nothing back.
        return [*steps, arrival]
    if choice is Choice.CALL_TAKEN:
        taken = MoveRequest(request, RequestState.ACKNOWLEDGED)
        return [*steps, taken, expect_reply(case, request, occasion)]
    if choice is Choice.CALL_ACCEPTED:
        accepted = MoveRequest(request, RequestState.ACCEPTED)
        return [*steps, accepted, *decided(case, request), arrival]
    if choice is Choice.CALL_DONE:
        done = MoveRequest(request, RequestState.FULFILLED)
        return [*steps, done, *fulfilled(case, request, case.now)]
    refused = MoveRequest(request, RequestState.REFUSED, _REFUSALS[choice])
    return steps + came_to_nothing(case, request, refused)


def _taken_over_by_phone(case: Case, request: AgencyRequest) -> Steps:
    """A sending that never came through is not tried again once a human has asked."""
    steps: Steps = [GiveUpAct(a) for a in case.pending_acts(request) if a.verb not in UNDOING]
    steps += [
        Met(d)
        for d in case.running()
        # Law: the period of the allowance runs on until payment (CASF L214-10).
        if d.request_id == request.id and d.kind not in (DeadlineKind.RETRY, DeadlineKind.STATUTORY)
    ]
    if request.state is not RequestState.DRAFT:
        return steps
    if request.channel is not Channel.CALL:
        steps.append(ChangeChannel(request, Channel.CALL))
    return [*steps, MoveRequest(request, RequestState.REQUESTED)]


def _nobody_answered(case: Case, question: Question, request: AgencyRequest) -> Steps:
    # Danger: what is promised, or owed by law (CASF L214-10), is not given up because nobody picks
    # up the phone.
    is_owed = request.state in PROMISED or request.measure is Measure.AUU
    if is_owed or _calls_in_vain(case, question) < _CALLS_BEFORE_GIVING_UP:
        hurried = case.goes_by_the_hour(request.measure)
        return [later(case, question, _CALL_AGAIN_URGENT if hurried else _CALL_AGAIN)]
    return came_to_nothing(case, request, MoveRequest(request, RequestState.EXPIRED))


def _calls_in_vain(case: Case, question: Question) -> int:
    """Count the calls in a row that nobody took, this one included: an answer starts anew."""
    calls = [
        call.answer
        for call in case.questions
        if call.kind is question.kind and call.request_id == question.request_id and call.answer
    ]
    return sum(1 for _ in takewhile(lambda said: said is Choice.CALL_NO_ANSWER, reversed(calls)))
