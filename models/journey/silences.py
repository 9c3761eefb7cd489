"""What silence changes: a deadline reached is news, and silence climbs a ladder, one act at a
time.
"""

from collections.abc import Callable

from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.journal import Event
from models.journey.asking import put_again
from models.journey.contact import review_due
from models.journey.ladders import climb_for_agency, climb_for_question, climbs, late_by_law
from models.journey.next_steps import asked_once_more
from models.journey.protections import ask_legal_end, ask_ruling
from models.journey.relevance import still_matters
from models.journey.replies import came_to_nothing
from models.journey.yeses import ask_renewal, yes_ended
from models.question import Question, QuestionKind
from models.request import PROMISED, RequestState
from models.step import Drop, MoveRequest, Note, Steps

# Rule: a deadline that was overtaken by events is not a silence.
_WAITING = frozenset({RequestState.REQUESTED, RequestState.ACKNOWLEDGED})
_STILL_SILENT: dict[DeadlineKind, frozenset[RequestState]] = {
    DeadlineKind.ACKNOWLEDGE: frozenset({RequestState.REQUESTED}),
    DeadlineKind.REPLY: _WAITING,
    DeadlineKind.LADDER: _WAITING | PROMISED,
    DeadlineKind.REMINDED: _WAITING,
    DeadlineKind.DELIVER: PROMISED,
    # Law: the period runs from reception, whatever is missing, until payment (CASF L214-10).
    DeadlineKind.STATUTORY: _WAITING | PROMISED | {RequestState.NEED_INFO},
}


def reached(case: Case, deadline: Deadline) -> Steps:
    """Return what follows from a deadline that passed."""
    if deadline.met_at is not None:
        # What it waited for came while the deadline was being told.
        return []
    told = Note(Event.DEADLINE_REACHED, measure=deadline.measure, code=deadline.kind.value)
    follows = _FOLLOWS.get(deadline.kind)
    return [told, *(follows(case, deadline) if follows else _agency_silent(case, deadline))]


def _agency_silent(case: Case, deadline: Deadline) -> Steps:
    if deadline.request_id is None:
        return []
    request = case.request(deadline.request_id)
    if request.state not in _STILL_SILENT.get(deadline.kind, frozenset()):
        return []
    if deadline.kind is DeadlineKind.STATUTORY:
        return late_by_law(case, request)
    if deadline.kind is not DeadlineKind.LADDER and climbs(case, request):
        return []
    return climb_for_agency(case, request, deadline)


def _question_unanswered(case: Case, deadline: Deadline) -> Steps:
    question = case.question(deadline.question_id)
    if not question.is_open:
        return []
    if question.kind is QuestionKind.OFFER and question.due_at <= case.now:
        return _offer_expired(case, question)
    return climb_for_question(case, question)


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


def _subject(question: Question) -> tuple[object, ...]:
    return (
        question.kind,
        question.measure,
        question.agency,
        question.request_id,
        question.day,
        question.about,
    )


def _put_again(case: Case, deadline: Deadline) -> Steps:
    question = case.question(deadline.question_id)
    is_put = any(_subject(other) == _subject(question) for other in case.open_questions())
    if is_put or not still_matters(case, question):
        return []
    return [put_again(case, question)]


_FOLLOWS: dict[DeadlineKind, Callable[[Case, Deadline], Steps]] = {
    DeadlineKind.QUESTION: _question_unanswered,
    DeadlineKind.ASK_AGAIN: _put_again,
    DeadlineKind.REASK: lambda case, deadline: asked_once_more(case, deadline.measure),
    DeadlineKind.DANGER_REVIEW: review_due,
    DeadlineKind.COURT: ask_ruling,
    DeadlineKind.LEGAL_END: ask_legal_end,
    DeadlineKind.CONSENT_WARNING: ask_renewal,
    DeadlineKind.CONSENT_END: yes_ended,
}
