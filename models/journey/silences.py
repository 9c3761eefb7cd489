"""What silence changes: a deadline reached is news, and silence escalates, one act at a time."""

from models.act import Verb
from models.calendar import due
from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.journal import Event
from models.journey.asking import ask_to_call, put_again
from models.journey.relevance import still_matters
from models.journey.replies import came_to_nothing
from models.measure import URGENT
from models.question import Question, QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import Drop, Escalate, Expect, Intend, MoveRequest, Note, Steps

# Rule: a deadline that was overtaken by events is not a silence.
_STILL_SILENT: dict[DeadlineKind, frozenset[RequestState]] = {
    DeadlineKind.ACKNOWLEDGE: frozenset({RequestState.REQUESTED}),
    DeadlineKind.REPLY: frozenset({RequestState.REQUESTED, RequestState.ACKNOWLEDGED}),
    DeadlineKind.REMINDED: frozenset({RequestState.REQUESTED, RequestState.ACKNOWLEDGED}),
    DeadlineKind.DELIVER: frozenset(
        {RequestState.OFFERED, RequestState.ACCEPTED, RequestState.IN_PROGRESS}
    ),
}


def reached(case: Case, deadline: Deadline) -> Steps:
    """Return what follows from a deadline that passed."""
    if deadline.met_at is not None:
        # What it waited for came while the deadline was being told.
        return []
    steps: Steps = [
        Note(Event.DEADLINE_REACHED, measure=deadline.measure, code=deadline.kind.value)
    ]
    if deadline.kind is DeadlineKind.QUESTION:
        return steps + _question_unanswered(case, case.question(deadline.question_id))
    if deadline.kind is DeadlineKind.ASK_AGAIN:
        return steps + _put_again(case, case.question(deadline.question_id))
    if deadline.request_id is None:
        return steps
    request = case.request(deadline.request_id)
    if request.state not in _STILL_SILENT.get(deadline.kind, frozenset()):
        return steps
    return steps + _agency_silent(case, request, deadline)


def _agency_silent(case: Case, request: AgencyRequest, deadline: Deadline) -> Steps:
    """Remind the agency once, then ask the referent to call; housing goes to the phone at once."""
    is_first_silence = not case.has_done(Verb.REMIND, request)
    can_wait = request.measure not in URGENT and deadline.kind is not DeadlineKind.DELIVER
    if is_first_silence and can_wait and not case.goes_by_call(request):
        delay = case.territory.measures[request.measure].remind_again
        return [
            Intend(Verb.REMIND, request),
            Expect(
                DeadlineKind.REMINDED,
                f"reminded:{request.id}:1",
                due(case.now, delay, case.territory),
                delay.source,
                request=request,
            ),
        ]
    return ask_to_call(case, request)


def _question_unanswered(case: Case, question: Question) -> Steps:
    if not question.is_open:
        return []
    if question.kind is QuestionKind.OFFER:
        return _offer_expired(case, question)
    # The first silence may be a matter of hours; after that the coordinator is told once a period.
    allowed = case.territory.question
    nth = sum(d.question_id == question.id for d in case.deadlines) + 1
    return [
        Escalate(question),
        Expect(
            DeadlineKind.QUESTION,
            f"question:{question.id}:{nth}",
            due(case.now, allowed, case.territory),
            allowed.source,
            question=question,
        ),
    ]


def _offer_expired(case: Case, question: Question) -> Steps:
    request = case.request(question.request_id)
    steps: Steps = [
        Drop(question),
        Note(Event.OFFER_EXPIRED, measure=request.measure, agency=request.agency),
    ]
    others = [
        q
        for q in case.open_questions(QuestionKind.OFFER)
        if q.request_id == request.id and q.id != question.id
    ]
    is_settled = others or case.has_accepted(request)
    if is_settled or request.state is not RequestState.OFFERED:
        return steps
    return steps + came_to_nothing(case, request, MoveRequest(request, RequestState.EXPIRED))


def _put_again(case: Case, question: Question) -> Steps:
    is_put = any(
        (other.kind, other.measure, other.request_id, other.day)
        == (question.kind, question.measure, question.request_id, question.day)
        for other in case.open_questions()
    )
    if is_put or not still_matters(case, question):
        return []
    return [put_again(case, question)]
