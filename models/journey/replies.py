"""What an agency's reply changes. A reply that no longer fits goes to a human: never dropped,
never applied.
"""

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
from models.request import TRANSITIONS, AgencyRequest, RequestState
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
_OVERTAKEN_BY_A_REPLY = (QuestionKind.CALL_AGENCY, QuestionKind.NEXT_STEP)
_LATE = (Choice.TAKE_UP, Choice.FILE_AWAY)


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
        if reply.kind is ReplyKind.RECEIVED:
            steps.append(expect_reply(case, request, "1"))
    return steps + what_it_changes(case, request, reply)


def what_it_changes(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    """Return the steps of a reply that fits: the new state, what no longer runs, what is now
    expected.
    """
    became = MoveRequest(request, _BECOMES[reply.kind], reply.reason, reply.agency_reference)
    steps: Steps = [became]
    if reply.kind is not ReplyKind.NEED_INFO:
        steps += [
            Drop(question)
            for question in case.open_questions()
            if question.request_id == request.id and question.kind in _OVERTAKEN_BY_A_REPLY
        ]
    if reply.kind is ReplyKind.RECEIVED:
        return steps + _met(case, request, DeadlineKind.ACKNOWLEDGE)
    if reply.kind is ReplyKind.NEED_INFO:
        return (
            steps
            + _met(case, request, DeadlineKind.ACKNOWLEDGE)
            + _ask_document(case, request, reply)
        )
    if reply.kind is ReplyKind.OFFER:
        return steps + _answered(case, request) + [_ask_offer(case, request, reply)]
    if reply.kind in (ReplyKind.ACCEPTED, ReplyKind.APPOINTMENT, ReplyKind.WAITING):
        return steps + _answered(case, request) + _expect_delivery(case, request, reply)
    if reply.kind is ReplyKind.FULFILLED:
        delivered = MoveMeasure(request.measure, MeasureState.DELIVERED)
        return [*steps, *close_request(case, request), delivered]
    return came_to_nothing(case, request, became)


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


def _still_fits(case: Case, request: AgencyRequest, reply: AgencyReply) -> bool:
    if case.departure.state in (DepartureState.PAUSED, DepartureState.CLOSED):
        return False
    if request.state is RequestState.DRAFT:
        return any(act.verb is Verb.SEND for act in case.pending_acts(request))
    became = _BECOMES[reply.kind]
    # Rule: the same word twice is not late, it only says again what is already known.
    return became in TRANSITIONS[request.state] or became is request.state


def _late(case: Case, news: News, request: AgencyRequest, reply: AgencyReply) -> Steps:
    note = _note(Event.REPLY_TOO_LATE, request, reply)
    if request.state is _BECOMES[reply.kind]:
        return [note]
    if request.state is RequestState.FULFILLED and reply.kind in (
        ReplyKind.RECEIVED,
        ReplyKind.ACCEPTED,
        ReplyKind.WAITING,
    ):
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


def _answered(case: Case, request: AgencyRequest) -> Steps:
    return _met(
        case,
        request,
        DeadlineKind.ACKNOWLEDGE,
        DeadlineKind.REPLY,
        DeadlineKind.REMINDED,
        DeadlineKind.ASK_AGAIN,
    )


def _ask_offer(case: Case, request: AgencyRequest, reply: AgencyReply) -> Ask:
    fallback = case.territory.measures[request.measure].reply
    return Ask(
        kind=QuestionKind.OFFER,
        slot=f"offer:{request.id}:{reply.offer or reply.event}:1",
        options=(Choice.ACCEPT_OFFER, Choice.DECLINE_OFFER),
        due_at=reply.expires_at or due(case.now, fallback, case.territory),
        source="validité annoncée par l'organisme" if reply.expires_at else fallback.source,
        measure=request.measure,
        request=request,
        agency=request.agency,
        offer=reply.offer,
        detail=reply.detail,
    )


def _ask_document(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    options = (Choice.SUPPLIED, Choice.CANNOT_SUPPLY)
    question = ask_about(case, QuestionKind.MISSING_DOCUMENT, request, options)
    return [
        Ask(
            kind=question.kind,
            slot=question.slot,
            options=options,
            due_at=question.due_at,
            source=question.source,
            measure=question.measure,
            request=request,
            agency=question.agency,
            detail=reply.detail,
        )
    ]


def _expect_delivery(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    since = max(case.now, reply.on) if reply.on else case.now
    return [
        *_met(case, request, DeadlineKind.DELIVER),
        expect_delivery(case, request, since, reply.event),
    ]
