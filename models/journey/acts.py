"""What comes of one try at an agency: done, later under the same key, or over to the phone."""

from datetime import datetime, timedelta

from models.act import Act, Result, Verb
from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.journal import Event
from models.journey.approach import UNDOING
from models.journey.asking import ask_to_call, ask_to_tell
from models.journey.replies import expect_reply, statutory
from models.journey.stopping import close_request, recall, told_of
from models.measure import URGENT
from models.question import Question, QuestionKind
from models.request import ENDED, AgencyRequest, RequestState
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
_HURRIED = (Verb.ACCEPT_OFFER, Verb.HOLD_OFFER)


def is_due(act: Act, now: datetime) -> bool:
    """Whether an act may be tried. Danger: after a clock that went back, what was never tried would
    wait for hours.
    """
    return act.result is None or act.not_before <= now


def is_put_off(case: Case, act: Act) -> bool:
    """Whether the try under way was concluded already: its next one is expected."""
    return case.has_expected(_next_slot(act))


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
    if result is not Result.NO_CONSENT:
        return [failed, GiveUpAct(act), *_over_to_phone(case, act, request)]
    if request.state in ENDED:
        return [failed, GiveUpAct(act)]
    # Danger: an earlier try, or the offer, may be known to the agency.
    return [failed, *close_request(case, request), *recall(case, request)]


def _done(case: Case, act: Act, request: AgencyRequest, agency_reference: str | None) -> Steps:
    finished: Steps = [FinishAct(act)]
    if act.verb in UNDOING:
        return [*finished, *(Drop(told) for told in _told_by_phone(case, act))]
    if act.verb is Verb.REMIND:
        return finished
    if act.verb is not Verb.SEND:
        return finished + _no_call(case, request)
    if request.state is not RequestState.DRAFT:
        # The agency spoke before its receipt reached us.
        known = MoveRequest(request, request.state, agency_reference=agency_reference)
        return [*finished, known]
    return [
        *finished,
        *_no_call(case, request),
        MoveRequest(request, RequestState.REQUESTED, agency_reference=agency_reference),
        _expect_acknowledgement(case, request),
        expect_reply(case, request, "1"),
        *statutory(case, request),
    ]


def _no_call(case: Case, request: AgencyRequest) -> Steps:
    """What came through needs no phone. Late by law, it is phoned all the same."""
    if case.is_late_by_law(request):
        return []
    return [
        *(
            Drop(question)
            for question in case.open_questions(QuestionKind.CALL_AGENCY)
            if question.request_id == request.id
        ),
        *(
            Met(deadline)
            for deadline in case.running(DeadlineKind.ASK_AGAIN)
            if deadline.request_id == request.id
        ),
    ]


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
            _next_slot(act),
            until,
            "nouvel essai, même clé",
            request=request,
        ),
    ]


def _over_to_phone(case: Case, act: Act, request: AgencyRequest) -> Steps:
    if act.verb in UNDOING:
        told = _told_by_phone(case, act)
        return [] if told else [ask_to_tell(case, request, told_of(act))]
    is_answered = act.verb is Verb.SEND and request.state is not RequestState.DRAFT
    if is_answered or request.state in ENDED:
        return []
    return ask_to_call(case, request)


def _told_by_phone(case: Case, act: Act) -> list[Question]:
    """Return the questions by which the referent was asked to say it on the phone."""
    return [
        question
        for question in case.questions
        if question.kind is QuestionKind.TELL_RECALL
        and (question.request_id, question.offer) == (act.request_id, told_of(act))
        and question.opened_at >= act.intended_at
    ]


def _next_slot(act: Act) -> str:
    return f"retry:{act.id}:{act.tries}"


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
