"""What an agency's reply changes. A reply that no longer fits goes to a human: never dropped,
never applied.
"""

from dataclasses import replace
from datetime import datetime

from models.about import Trigger
from models.act import Verb
from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import STILL
from models.journal import Event
from models.journey.asking import ask, ask_about, ask_to_call, by_when
from models.journey.danger import reassess
from models.journey.next_steps import ask_next_step, sought_no_more
from models.journey.protections import information, rights_of_the_allowance
from models.journey.stopping import close_request
from models.law import PeriodCode, ends, period
from models.measure import NO_EVIDENCE, URGENT, Measure, MeasureState
from models.news import News
from models.question import Choice, QuestionKind
from models.reply import AgencyReply, ReplyKind
from models.request import (
    ENDED,
    TRANSITIONS,
    AgencyRequest,
    RefusalReason,
    RequestState,
)
from models.step import Ask, Drop, Expect, Extend, Met, MoveMeasure, MoveRequest, Note, Steps

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
_OVERTAKEN = (QuestionKind.CALL_AGENCY, QuestionKind.MISSING_DOCUMENT)
_PROMISES = (ReplyKind.ACCEPTED, ReplyKind.APPOINTMENT, ReplyKind.WAITING)
# What says nothing new of a request that is fulfilled.
_BEFORE_THE_END = (ReplyKind.RECEIVED, ReplyKind.ACCEPTED, ReplyKind.WAITING)


def replied(case: Case, news: News, reply: AgencyReply) -> Steps:
    """Apply a reply, or put it to a human when the request no longer waits for it."""
    request = case.request(news.request_id)
    if reply.kind is ReplyKind.INFORMATION:
        told = _note(Event.INFORMATION_RECEIVED, request, reply)
        return [told, *information(case, reply, request.agency)]
    if not _still_fits(case, request, reply):
        return _late(case, news, request, reply)
    steps: Steps = [_note(Event.REPLY_RECEIVED, request, reply)]
    if request.state is RequestState.DRAFT:
        # The agency has it although its receipt never reached us.
        steps.append(MoveRequest(request, RequestState.REQUESTED))
        steps += statutory(case, request)
    return steps + what_it_changes(case, request, reply)


def what_it_changes(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    """Return the steps of a reply that fits: the new state, what no longer runs, what is now
    expected.
    """
    became = MoveRequest(request, _BECOMES[reply.kind], reply.reason, reply.agency_reference)
    if reply.kind is ReplyKind.NEED_INFO and request.measure in NO_EVIDENCE:
        # Law: no proof may be asked for: somebody says so on the phone, nothing is handed over.
        return ask_to_call(case, request)
    if reply.kind is ReplyKind.RECEIVED:
        return [became, *_taken_in_hand(case, request), *_expect_decision(case, request, reply)]
    if reply.kind is ReplyKind.NEED_INFO:
        return [
            became,
            *_taken_in_hand(case, request),
            # Rule: the agency's own clock stops until the file is complete; the law's does not.
            *_met(case, request, DeadlineKind.REPLY),
            *_ask_document(case, request, reply),
        ]
    if reply.kind is ReplyKind.OFFER:
        return [became, *decided(case, request), *_ask_offer(case, request, reply)]
    is_scarce = case.territory.measures[request.measure].ask_again is not None
    if reply.kind is ReplyKind.WAITING and is_scarce:
        # A list is no place: what bridges the time, or another agency, is put to the referent.
        listed = [*decided(case, request, seeks_on=True), *_expect_delivery(case, request, reply)]
        return [became, *listed, *ask_next_step(case, request, is_listed=True)]
    if reply.kind in _PROMISES:
        return [became, *decided(case, request), *_expect_delivery(case, request, reply)]
    if reply.kind is ReplyKind.FULFILLED:
        return [became, *fulfilled(case, request, reply.on or case.now)]
    return [*came_to_nothing(case, request, became), *_no_show(case, request, reply)]


def decided(case: Case, request: AgencyRequest, *, seeks_on: bool = False) -> Steps:
    """The agency said what it will do: nobody waits for its word, or asks what it was missing.

    A place on a list, or a stop-gap, does not end the search.
    """
    is_found = not (seeks_on or case.is_stop_gap(request))
    return [
        *(
            Drop(question)
            for question in case.open_questions()
            if question.request_id == request.id and question.kind in _OVERTAKEN
        ),
        *(sought_no_more(case, request.measure) if is_found else ()),
        *_met(
            case,
            request,
            DeadlineKind.ACKNOWLEDGE,
            DeadlineKind.REPLY,
            DeadlineKind.LADDER,
            DeadlineKind.ASK_AGAIN,
        ),
    ]


def fulfilled(case: Case, request: AgencyRequest, at: datetime) -> Steps:
    """The agency says that it was done at an aware instant: the person is asked, and no other way
    is sought. A stop-gap only bridges the time: what lasts goes on being sought.
    """
    closed = close_request(case, request)
    if case.is_stop_gap(request):
        noted = Note(Event.STOP_GAP_IN_PLACE, measure=request.measure, agency=request.agency)
        return [*closed, noted, *ask_next_step(case, request, bridged=True)]
    return [
        *closed,
        *sought_no_more(case, request.measure),
        MoveMeasure(request.measure, MeasureState.DELIVERED),
        *([rights_of_the_allowance(case, at)] if request.measure is Measure.AUU else []),
    ]


def came_to_nothing(case: Case, request: AgencyRequest, became: MoveRequest) -> Steps:
    """A refusal, a failure, an expiry: the request ends and a human chooses what follows."""
    return [became, *close_request(case, request), *ask_next_step(case, request)]


def statutory(case: Case, request: AgencyRequest) -> Steps:
    """The law's own period for the allowance: from reception to payment, whatever is missing.

    Three working days, five for a household that is not yet known to the caisse (CASF L214-10).
    """
    if request.measure is not Measure.AUU:
        return []
    known = case.facts.is_allocataire
    code = PeriodCode.AUU_PAYMENT if known else PeriodCode.AUU_PAYMENT_NEW
    allowed = period(code, case.today)
    return [
        Expect(
            DeadlineKind.STATUTORY,
            f"statutory:{request.id}",
            ends(case.now, allowed, case.territory),
            allowed.source,
            request=request,
        )
    ]


def expect_reply(case: Case, request: AgencyRequest, occasion: str) -> Expect:
    """Return the deadline by which the agency decides; for the allowance, its own clock: from the
    day on which the file is complete.
    """
    delay = case.territory.measures[request.measure].reply
    at, source = due(case.now, delay, case.territory), delay.source
    if request.measure is Measure.AUU and not case.facts.is_allocataire:
        allowed = period(PeriodCode.AUU_PAYMENT_NEW, case.today)
        at, source = ends(case.now, allowed, case.territory), allowed.source
    slot = f"reply:{request.id}:{occasion}"
    return Expect(DeadlineKind.REPLY, slot, at, source, request=request)


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
    if case.departure.state in STILL:
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
        # Danger: nothing is taken up with those who are linked to the alleged perpetrator.
        (Choice.FILE_AWAY,) if case.is_excluded(request.agency) else _LATE,
        measure=request.measure,
        agency=request.agency,
        news_id=news.id,
    )
    # What is offered for an hour is not judged in two.
    offered = reply.expires_at if reply.kind is ReplyKind.OFFER else None
    due_at = min(question.due_at, offered) if offered and offered > case.now else question.due_at
    return [note, replace(question, due_at=due_at)]


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
    """The agency has it: nobody needs to phone to know. Late by law, it is phoned all the same: a
    receipt pays nothing.
    """
    if case.is_late_by_law(request):
        return _met(case, request, DeadlineKind.ACKNOWLEDGE)
    return [
        *(
            Drop(question)
            for question in case.open_questions(QuestionKind.CALL_AGENCY)
            if question.request_id == request.id
        ),
        *_met(case, request, DeadlineKind.ACKNOWLEDGE, DeadlineKind.LADDER, DeadlineKind.ASK_AGAIN),
    ]


def _expect_decision(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    running = case.running(DeadlineKind.REPLY)
    if any(deadline.request_id == request.id for deadline in running):
        return []
    return [expect_reply(case, request, f"heard-{reply.event}")]


def _ask_offer(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    asked = [
        question
        for question in case.open_questions(QuestionKind.OFFER)
        if reply.offer and (question.request_id, question.offer) == (request.id, reply.offer)
    ]
    if asked:
        said = reply.expires_at
        source = "validité prolongée par l'organisme"
        return [Extend(q, said, source) for q in asked if said and said > q.due_at]
    fallback = case.territory.measures[request.measure].reply
    holds = (Choice.HOLD_OFFER,) if request.measure in URGENT else ()
    return [
        Ask(
            kind=QuestionKind.OFFER,
            slot=f"offer:{request.id}:{reply.event}:1",
            options=(Choice.ACCEPT_OFFER, Choice.DECLINE_OFFER, *holds),
            due_at=reply.expires_at or due(case.now, fallback, case.territory),
            source="validité annoncée par l'organisme" if reply.expires_at else fallback.source,
            measure=request.measure,
            request=request,
            agency=request.agency,
            offer=reply.offer,
            detail=reply.detail,
            handed_at=by_when(case, case.territory.immediate_danger) if holds else None,
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


def _no_show(case: Case, request: AgencyRequest, reply: AgencyReply) -> Steps:
    """Somebody who does not come to a shelter may have been kept from coming."""
    missed = reply.reason is RefusalReason.NO_SHOW and request.measure in URGENT
    return reassess(case, Trigger.NO_SHOW) if missed else []
