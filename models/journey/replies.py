"""What an agency's reply changes. A reply that no longer fits goes to a human: never dropped,
never applied.
"""

from dataclasses import replace
from datetime import datetime

from models.act import Verb
from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, ask_about, ask_next_step
from models.journey.stopping import close_request
from models.measure import MeasureState
from models.news import News
from models.question import Choice, QuestionKind
from models.reply import AgencyReply, ReplyKind
from models.request import ENDED, TRANSITIONS, AgencyRequest, RequestState
from models.step import Ask, Drop, Expect, Met, MoveMeasure, MoveRequest, Note, Steps

_BECOMES: dict[ReplyKind, RequestState] = {
    ReplyKind.RECEIVED: RequestState.ACKNOWLEDGED,
    ReplyKind.NEED_INFO: RequestState.NEED_INFO,
    ReplyKind.OFFER: RequestState.OFFERED,
    ReplyKind.ACCEPTED: RequestState.ACCEPTED,
    ReplyKind.APPOINTMENT: RequestState.IN_PROGRESS,
    ReplyKind.WAITING: RequestState.IN_PROGRESS,
    ReplyKind.REFUSED: RequestState.REFUSED,
    ReplyKind.FULFILLED: RequestState.FULFILLED,
    ReplyKind.FAILED: RequestState.FAILED,
}
_LATE = (Choice.TAKE_UP, Choice.FILE_AWAY)
# What a decision of the agency takes the reason from.
_OVERTAKEN = (QuestionKind.CALL_AGENCY, QuestionKind.NEXT_STEP, QuestionKind.MISSING_DOCUMENT)
_PROMISES = (ReplyKind.ACCEPTED, ReplyKind.APPOINTMENT, ReplyKind.WAITING)
# What says nothing new of a request that is fulfilled.
_BEFORE_THE_END = (ReplyKind.RECEIVED, ReplyKind.ACCEPTED, ReplyKind.WAITING)


def replied(case: Case, news: News, reply: AgencyReply) -> Steps:
    """Apply a reply, or put it to a human when the request no longer waits for it."""
    request = case.request(news.request_id)
    if reply.kind is ReplyKind.INFORMATION:
        return [_note(Event.INFORMATION_RECEIVED, request, reply)]
    if not _still_fits(case, request, reply):
        return _late(case, news, request, reply)
    steps: Steps = [_note(Event.REPLY_RECEIVED, request, reply)]
    if request.state is RequestState.DRAFT:
        # The agency has it although its receipt never reached us.
        steps.append(MoveRequest(request, RequestState.REQUESTED))
    return steps + what_it_changes(case, request, reply)


def what_it_changes(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    """Return the steps of a reply that fits: the new state, what no longer runs, what is now
    expected.
    """
    became = MoveRequest(request, _BECOMES[reply.kind], reply.reason, reply.agency_reference)
    if reply.kind is ReplyKind.RECEIVED:
        return [became, *_taken_in_hand(case, request), *_expect_decision(case, request, reply)]
    if reply.kind is ReplyKind.NEED_INFO:
        return [became, *_taken_in_hand(case, request), *_ask_document(case, request, reply)]
    if reply.kind is ReplyKind.OFFER:
        return [became, *decided(case, request), *_ask_offer(case, request, reply)]
    if reply.kind in _PROMISES:
        return [became, *decided(case, request), *_expect_delivery(case, request, reply)]
    if reply.kind is ReplyKind.FULFILLED:
        return [became, *fulfilled(case, request)]
    return came_to_nothing(case, request, became)


def decided(case: Case, request: AgencyRequest) -> Steps:
    """The agency said what it will do: nobody waits for its word, or asks what it was missing."""
    return [
        *(
            Drop(question)
            for question in case.open_questions()
            if question.request_id == request.id and question.kind in _OVERTAKEN
        ),
        *_met(
            case,
            request,
            DeadlineKind.ACKNOWLEDGE,
            DeadlineKind.REPLY,
            DeadlineKind.REMINDED,
            DeadlineKind.ASK_AGAIN,
        ),
    ]


def fulfilled(case: Case, request: AgencyRequest) -> Steps:
    """The agency says it is done: the person is asked, and no other way is sought."""
    return [
        *close_request(case, request),
        *(
            Drop(question)
            for question in case.open_questions(QuestionKind.NEXT_STEP)
            if question.measure is request.measure
        ),
        MoveMeasure(request.measure, MeasureState.DELIVERED),
    ]


def came_to_nothing(case: Case, request: AgencyRequest, became: MoveRequest) -> Steps:
    """A refusal, a failure, an expiry: the request ends and a human chooses what follows."""
    return [became, *close_request(case, request), *ask_next_step(case, request)]


def expect_reply(case: Case, request: AgencyRequest, occasion: str) -> Expect:
    """Return the deadline by which the agency decides."""
    delay = case.territory.measures[request.measure].reply
    return Expect(
        DeadlineKind.REPLY,
        f"reply:{request.id}:{occasion}",
        due(case.now, delay, case.territory),
        delay.source,
        request=request,
    )


def expect_delivery(case: Case, request: AgencyRequest, since: datetime, occasion: str) -> Expect:
    """Return the deadline by which what was promised is there."""
    delay = case.territory.measures[request.measure].deliver
    return Expect(
        DeadlineKind.DELIVER,
        f"deliver:{request.id}:{occasion}",
        due(since, delay, case.territory),
        delay.source,
        request=request,
    )


def fits_living(request: AgencyRequest, reply: AgencyReply) -> bool:
    """Whether a reply can move a request that has not ended."""
    became = _BECOMES[reply.kind]
    # Rule: the same word twice is not late, it only says again what is already known.
    says_again = became is request.state and request.state not in ENDED
    return became in TRANSITIONS[request.state] or says_again


def _still_fits(case: Case, request: AgencyRequest, reply: AgencyReply) -> bool:
    if case.departure.state in (DepartureState.PAUSED, DepartureState.CLOSED):
        return False
    if request.state is RequestState.DRAFT:
        return any(
            act.tries for act in case.acts if act.request_id == request.id and act.verb is Verb.SEND
        )
    return fits_living(request, reply)


def _late(case: Case, news: News, request: AgencyRequest, reply: AgencyReply) -> Steps:
    note = _note(Event.REPLY_TOO_LATE, request, reply)
    if request.state is _BECOMES[reply.kind]:
        return [note]
    if request.state is RequestState.FULFILLED and reply.kind in _BEFORE_THE_END:
        return [note]
    # A receipt that a later word overtook on the way.
    if reply.kind is ReplyKind.RECEIVED and request.state not in (*ENDED, RequestState.DRAFT):
        return [note]
    question = ask(
        case,
        QuestionKind.LATE_REPLY,
        f"late:{news.id}:1",
        _LATE,
        measure=request.measure,
        agency=request.agency,
        news_id=news.id,
    )
    return [note, question]


def _note(event: Event, request: AgencyRequest, reply: AgencyReply) -> Note:
    code = reply.reason or reply.detail
    return Note(
        event,
        measure=request.measure,
        agency=request.agency,
        code=f"{reply.kind.value}:{code.value}" if code else reply.kind.value,
        by=request.agency,
        on=reply.on or reply.expires_at,
    )


def _met(case: Case, request: AgencyRequest, *kinds: DeadlineKind) -> Steps:
    return [Met(d) for d in case.running(*kinds) if d.request_id == request.id]


def _taken_in_hand(case: Case, request: AgencyRequest) -> Steps:
    """The agency has it: nobody needs to phone to know."""
    return [
        *(
            Drop(question)
            for question in case.open_questions(QuestionKind.CALL_AGENCY)
            if question.request_id == request.id
        ),
        *_met(case, request, DeadlineKind.ACKNOWLEDGE, DeadlineKind.ASK_AGAIN),
    ]


def _expect_decision(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    running = case.running(DeadlineKind.REPLY, DeadlineKind.REMINDED)
    if any(deadline.request_id == request.id for deadline in running):
        return []
    return [expect_reply(case, request, f"heard-{reply.event}")]


def _ask_offer(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    if reply.offer and any(
        (question.request_id, question.offer) == (request.id, reply.offer)
        for question in case.open_questions(QuestionKind.OFFER)
    ):
        return []
    fallback = case.territory.measures[request.measure].reply
    return [
        Ask(
            kind=QuestionKind.OFFER,
            slot=f"offer:{request.id}:{reply.event}:1",
            options=(Choice.ACCEPT_OFFER, Choice.DECLINE_OFFER),
            due_at=reply.expires_at or due(case.now, fallback, case.territory),
            source="validité annoncée par l'organisme" if reply.expires_at else fallback.source,
            measure=request.measure,
            request=request,
            agency=request.agency,
            offer=reply.offer,
            detail=reply.detail,
        )
    ]


def _ask_document(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    if any(
        (question.request_id, question.detail) == (request.id, reply.detail)
        for question in case.open_questions(QuestionKind.MISSING_DOCUMENT)
    ):
        return []
    options = (Choice.SUPPLIED, Choice.CANNOT_SUPPLY)
    question = ask_about(case, QuestionKind.MISSING_DOCUMENT, request, options)
    return [replace(question, detail=reply.detail)]


def _expect_delivery(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    since = max(case.now, reply.on) if reply.on else case.now
    return [
        *_met(case, request, DeadlineKind.DELIVER),
        expect_delivery(case, request, since, f"heard-{reply.event}"),
    ]
