"""What comes of one try at an agency: done, later under the same key, or over to the phone."""

from datetime import datetime, timedelta

from models.act import Act, Result, Verb
from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.journal import Event
from models.journey.asking import ask_to_call, ask_to_tell_recall
from models.journey.replies import expect_reply
from models.journey.stopping import close_request
from models.measure import URGENT
from models.question import QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import (
    Drop,
    Expect,
    FinishAct,
    GiveUpAct,
    Met,
    MoveRequest,
    Note,
    Postpone,
    Steps,
)

# Rule: 5, 10, 20, 40 minutes… up to 12 hours between two tries of an agency that is away; after the
# third a human is asked to phone, after the tenth the phone is the only way left.
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=12)
_TRIES_BEFORE_CALL = 3
_TRIES_IN_ALL = 10
_HURRIED = (Verb.ACCEPT_OFFER,)


def concluded(case: Case, act: Act, result: Result, agency_reference: str | None) -> Steps:
    """Return what follows from the result of one try."""
    request = case.request(act.request_id)
    if result is Result.DONE:
        return _done(case, act, request, agency_reference)
    if result is Result.AWAY:
        return _away(case, act, request)
    failed = Note(
        Event.ACT_FAILED,
        measure=request.measure,
        agency=request.agency,
        code=f"{act.verb}:{result}",
    )
    if result is Result.NO_CONSENT:
        withdrawn = MoveRequest(request, RequestState.WITHDRAWN)
        return [failed, GiveUpAct(act), withdrawn, *close_request(case, request)]
    return [failed, GiveUpAct(act), *_over_to_phone(case, act, request)]


def _done(case: Case, act: Act, request: AgencyRequest, agency_reference: str | None) -> Steps:
    retries: Steps = [
        Met(d) for d in case.running(DeadlineKind.RETRY) if d.slot.startswith(f"retry:{act.id}:")
    ]
    steps: Steps = [FinishAct(act), *retries]
    if act.verb is not Verb.SEND:
        return steps
    calls = case.open_questions(QuestionKind.CALL_AGENCY)
    steps += [Drop(question) for question in calls if question.request_id == request.id]
    if request.state is RequestState.DRAFT:
        steps.append(
            MoveRequest(request, RequestState.REQUESTED, agency_reference=agency_reference)
        )
        steps.append(_expect_acknowledgement(case, request))
        steps.append(expect_reply(case, request, "1"))
    return steps


def _away(case: Case, act: Act, request: AgencyRequest) -> Steps:
    note = Note(
        Event.ACT_FAILED, measure=request.measure, agency=request.agency, code=f"{act.verb}:away"
    )
    # Rule: emergency housing and an offer about to expire never wait for an API.
    is_hurried = request.measure in URGENT or act.verb in _HURRIED
    steps: Steps = [note]
    if is_hurried or act.tries >= _TRIES_BEFORE_CALL:
        steps += _over_to_phone(case, act, request)
    if act.tries >= _TRIES_IN_ALL:
        return [*steps, GiveUpAct(act)]
    until = _next_try(case.now, act.tries)
    return [
        *steps,
        Postpone(act, until),
        Expect(
            DeadlineKind.RETRY,
            f"retry:{act.id}:{act.tries}",
            until,
            "nouvel essai, même clé",
            request=request,
        ),
    ]


def _over_to_phone(case: Case, act: Act, request: AgencyRequest) -> Steps:
    if act.verb in (Verb.RECALL, Verb.DECLINE_OFFER):
        told = any(
            q.request_id == request.id and q.kind is QuestionKind.TELL_RECALL
            for q in case.questions
        )
        return [] if told else ask_to_tell_recall(case, request)
    return ask_to_call(case, request)


def _next_try(now: datetime, tries: int) -> datetime:
    doubled: timedelta = _FIRST_WAIT * (1 << max(tries - 1, 0))
    return now + min(doubled, _LONGEST_WAIT)


def _expect_acknowledgement(case: Case, request: AgencyRequest) -> Expect:
    delay = case.territory.measures[request.measure].acknowledge
    return Expect(
        DeadlineKind.ACKNOWLEDGE,
        f"acknowledge:{request.id}:1",
        due(case.now, delay, case.territory),
        delay.source,
        request=request,
    )
