"""Apply the steps that the rules decided, each with its line in the journal, in one transaction."""

from functools import singledispatch

from sqlmodel import Session

from models import step
from models.act import Act, ActState, Result, Verb
from models.agency import Channel
from models.calendar import due
from models.case import Case
from models.consent import Consent, data_sets_for
from models.deadline import Deadline, DeadlineKind
from models.departure import DEPARTURE_TRANSITIONS, DepartureState
from models.journal import Event
from models.protection import Protection
from models.question import Question
from models.request import TRANSITIONS, AgencyRequest, RequestState
from store.journal import write
from store.transfers import hand_over


class RuleBroken(Exception):
    """A rule decided something that the journey does not allow: a defect of ours, never a closed
    door.
    """


def apply_steps(opened: Session, case: Case, steps: step.Steps) -> None:
    """Apply steps in their order. Raises `RuleBroken`, and then nothing of them is kept."""
    for each in steps:
        _apply(each, opened, case)
    opened.flush()


@singledispatch
def _apply(decided: step.Step, opened: Session, case: Case) -> None:
    raise RuleBroken(f"{case.departure.reference}: pas inconnu {type(decided).__name__}")


@_apply.register
def _(decided: step.MoveDeparture, opened: Session, case: Case) -> None:
    departure = case.departure
    if decided.state not in DEPARTURE_TRANSITIONS[departure.state]:
        raise RuleBroken(f"{departure.reference}: {departure.state} vers {decided.state}")
    departure.state = decided.state
    departure.outcome = decided.outcome
    departure.closed_at = case.now if decided.state is DepartureState.CLOSED else None
    code = f"{decided.state}:{decided.outcome}" if decided.outcome else decided.state.value
    _journal(opened, case, Event.DEPARTURE_MOVED, code=code)


@_apply.register
def _(decided: step.MoveMeasure, opened: Session, case: Case) -> None:
    wish = case.wish(decided.measure)
    if wish is None:
        raise RuleBroken(f"{case.departure.reference}: mesure {decided.measure} hors du plan")
    if wish.state is decided.state:
        return
    wish.state = decided.state
    _journal(opened, case, Event.MEASURE_MOVED, measure=decided.measure, code=decided.state.value)


@_apply.register
def _(decided: step.SetDanger, opened: Session, case: Case) -> None:
    case.departure.danger = decided.band
    _journal(opened, case, Event.DANGER_SET, code=decided.band.value)


@_apply.register
def _(decided: step.PlanDeparture, opened: Session, case: Case) -> None:
    case.departure.departs_on = decided.day
    _journal(opened, case, Event.DEPARTURE_PLANNED, code=decided.day.isoformat())


@_apply.register
def _(decided: step.StartRound, opened: Session, case: Case) -> None:
    case.departure.round += 1


@_apply.register
def _(decided: step.GiveConsent, opened: Session, case: Case) -> None:
    consent = Consent(
        reference=case.departure.reference,
        measure=decided.measure,
        agency=decided.agency,
        manner=decided.manner,
        given_at=case.now,
        given_through=decided.through,
        data_sets=data_sets_for(decided.measure),
        ends_at=due(case.now, case.territory.consent, case.territory),
    )
    opened.add(consent)
    case.consents.append(consent)
    _journal(
        opened,
        case,
        Event.CONSENT_GIVEN,
        measure=decided.measure,
        agency=decided.agency,
        code=decided.manner.value,
        by=decided.through,
    )


@_apply.register
def _(decided: step.WithdrawConsent, opened: Session, case: Case) -> None:
    for consent in case.consents:
        is_meant = decided.agency in (None, consent.agency) and consent.measure is decided.measure
        if is_meant and consent.withdrawn_at is None:
            consent.withdrawn_at = case.now
            _journal(
                opened,
                case,
                Event.CONSENT_WITHDRAWN,
                measure=consent.measure,
                agency=consent.agency,
            )


@_apply.register
def _(decided: step.OpenRequest, opened: Session, case: Case) -> None:
    request = AgencyRequest(
        reference=case.departure.reference,
        measure=decided.measure,
        agency=decided.agency,
        attempt=decided.attempt,
        round=case.departure.round,
        channel=decided.channel,
        changed_at=case.now,
    )
    opened.add(request)
    opened.flush()
    case.requests.append(request)
    _journal_request(opened, case, Event.REQUEST_OPENED, request, decided.channel.value)
    if decided.channel is not Channel.CALL:
        _apply(step.Intend(Verb.SEND, request), opened, case)


@_apply.register
def _(decided: step.MoveRequest, opened: Session, case: Case) -> None:
    request = decided.request
    if request.state is not decided.state:
        if not decided.forced and decided.state not in TRANSITIONS[request.state]:
            raise RuleBroken(f"{request.key}: {request.state} vers {decided.state}")
        if request.state is RequestState.DRAFT and decided.state is RequestState.REQUESTED:
            request.sent_at = case.now
        request.state = decided.state
        request.changed_at = case.now
        code = f"{decided.state}:{decided.reason}" if decided.reason else decided.state.value
        _journal_request(opened, case, Event.REQUEST_MOVED, request, code)
    request.reason = decided.reason or request.reason
    request.agency_reference = decided.agency_reference or request.agency_reference


@_apply.register
def _(decided: step.ChangeChannel, opened: Session, case: Case) -> None:
    decided.request.channel = decided.channel
    _journal_request(opened, case, Event.CHANNEL_CHANGED, decided.request, decided.channel.value)


@_apply.register
def _(decided: step.Intend, opened: Session, case: Case) -> None:
    request = decided.request
    suffix = "" if decided.verb is Verb.SEND else f":{decided.verb.value}:{decided.occasion}"
    act = Act(
        reference=request.reference,
        request_id=request.number,
        verb=decided.verb,
        key=f"{request.key}{suffix}",
        offer=decided.offer,
        not_before=case.now,
        intended_at=case.now,
    )
    if any(known.key == act.key for known in case.acts):
        return
    opened.add(act)
    opened.flush()
    case.acts.append(act)
    _journal_request(opened, case, Event.ACT_INTENDED, request, decided.verb.value)


@_apply.register
def _(decided: step.FinishAct, opened: Session, case: Case) -> None:
    act = decided.act
    act.state, act.result, act.ended_at = ActState.DONE, Result.DONE, case.now
    _stop_retrying(case, act)
    _journal_request(opened, case, Event.ACT_DONE, case.request(act.request_id), act.verb.value)


@_apply.register
def _(decided: step.Postpone, opened: Session, case: Case) -> None:
    decided.act.not_before = decided.until
    decided.act.result = Result.AWAY


@_apply.register
def _(decided: step.DoAgain, opened: Session, case: Case) -> None:
    act = decided.act
    if act.state is not ActState.DONE:
        return
    act.state, act.result, act.ended_at = ActState.INTENDED, None, None
    act.not_before = case.now
    _journal_request(opened, case, Event.ACT_INTENDED, case.request(act.request_id), act.verb.value)


@_apply.register
def _(decided: step.GiveUpAct, opened: Session, case: Case) -> None:
    act = decided.act
    if act.state is not ActState.INTENDED:
        return
    act.state, act.ended_at = ActState.GIVEN_UP, case.now
    _stop_retrying(case, act)
    _journal_request(opened, case, Event.ACT_GIVEN_UP, case.request(act.request_id), act.verb.value)


@_apply.register
def _(decided: step.Ask, opened: Session, case: Case) -> None:
    if case.has_asked(decided.slot):
        return
    question = Question(
        reference=case.departure.reference,
        slot=decided.slot,
        kind=decided.kind,
        options=[str(option) for option in decided.options],
        measure=decided.measure,
        request_id=decided.request.number if decided.request else None,
        agency=decided.agency,
        offer=decided.offer,
        detail=decided.detail,
        about=decided.about,
        day=decided.day,
        news_id=decided.news_id,
        asked_of=decided.asked_of or case.territory.stands_in(case.departure.referent, case.today),
        opened_at=case.now,
        due_at=decided.due_at,
    )
    opened.add(question)
    opened.flush()
    case.questions.append(question)
    _expect(
        opened,
        case,
        Deadline(
            reference=question.reference,
            slot=f"question:{question.id}:1",
            kind=DeadlineKind.QUESTION,
            due_at=min(decided.handed_at or decided.due_at, decided.due_at),
            source=decided.source,
            question_id=question.id,
            measure=decided.measure,
        ),
    )
    _journal_question(opened, case, Event.QUESTION_ASKED, question)


@_apply.register
def _(decided: step.Drop, opened: Session, case: Case) -> None:
    question = decided.question
    if not question.is_open:
        return
    question.dropped_at = case.now
    for deadline in case.running():
        if deadline.question_id == question.id:
            deadline.met_at = case.now
    _journal_question(opened, case, Event.QUESTION_DROPPED, question)


@_apply.register
def _(decided: step.Extend, opened: Session, case: Case) -> None:
    question = decided.question
    if not question.is_open:
        return
    before, question.due_at = question.due_at, decided.due_at
    for deadline in case.running(DeadlineKind.QUESTION):
        # One that only asks somebody else keeps its hour.
        is_last = deadline.due_at >= min(before, decided.due_at)
        if deadline.question_id == question.id and is_last:
            deadline.due_at, deadline.source = decided.due_at, decided.source
    _journal_question(opened, case, Event.OFFER_EXTENDED, question)


@_apply.register
def _(decided: step.HandOver, opened: Session, case: Case) -> None:
    question = decided.question
    question.overdue_at = question.overdue_at or case.now
    question.asked_of = decided.to
    _journal_question(
        opened, case, Event.QUESTION_OVERDUE, question, code=decided.step.value, by=decided.to
    )


@_apply.register
def _(decided: step.MarkOverdue, opened: Session, case: Case) -> None:
    decided.question.overdue_at = decided.question.overdue_at or case.now


@_apply.register
def _(decided: step.Expect, opened: Session, case: Case) -> None:
    if case.has_expected(decided.slot):
        return
    _expect(
        opened,
        case,
        Deadline(
            reference=case.departure.reference,
            slot=decided.slot,
            kind=decided.kind,
            due_at=decided.due_at,
            source=decided.source,
            request_id=decided.request.number if decided.request else None,
            question_id=decided.question.id if decided.question else None,
            measure=decided.measure or (decided.request.measure if decided.request else None),
            rung=decided.rung,
            about=decided.about,
        ),
    )


@_apply.register
def _(decided: step.Met, opened: Session, case: Case) -> None:
    if decided.deadline.is_running:
        decided.deadline.met_at = case.now


@_apply.register
def _(decided: step.SetProtection, opened: Session, case: Case) -> None:
    known = case.protection(decided.kind)
    if known is None:
        known = Protection(
            reference=case.departure.reference,
            kind=decided.kind,
            state=decided.state,
            changed_at=case.now,
        )
        opened.add(known)
        case.protections.append(known)
    known.state, known.changed_at, known.ends_at = decided.state, case.now, decided.ends_at
    _journal(
        opened,
        case,
        Event.PROTECTION_NOTED,
        code=f"{decided.kind}:{decided.state}",
        by=decided.by,
        on=decided.ends_at,
    )


@_apply.register
def _(decided: step.Exclude, opened: Session, case: Case) -> None:
    # A new list: a change inside the old one would not be seen, hence not stored.
    facts = case.facts
    if decided.agent_only:
        facts.guarded_agencies = sorted({*facts.guarded_agencies, decided.agency})
    else:
        facts.excluded_agencies = sorted({*facts.excluded_agencies, decided.agency})
    code = "agent" if decided.agent_only else None
    _journal(opened, case, Event.AGENCY_EXCLUDED, agency=decided.agency, code=code, by=decided.by)


@_apply.register
def _(decided: step.Transfer, opened: Session, case: Case) -> None:
    case.departure.moved_to = hand_over(opened, case, decided.territory)
    _journal(opened, case, Event.DEPARTURE_TRANSFERRED, code=case.departure.moved_to, by=decided.by)


@_apply.register
def _(decided: step.Note, opened: Session, case: Case) -> None:
    _journal(
        opened,
        case,
        decided.event,
        measure=decided.measure,
        agency=decided.agency,
        code=decided.code,
        by=decided.by,
        on=decided.on,
    )


def _stop_retrying(case: Case, act: Act) -> None:
    for deadline in case.running(DeadlineKind.RETRY):
        if deadline.slot.startswith(f"retry:{act.id}:"):
            deadline.met_at = case.now


def _expect(opened: Session, case: Case, deadline: Deadline) -> None:
    opened.add(deadline)
    case.deadlines.append(deadline)


def _journal(opened: Session, case: Case, event: Event, **about: object) -> None:
    write(opened, case.departure.reference, case.now, event, **about)  # type: ignore[arg-type]


def _journal_request(
    opened: Session, case: Case, event: Event, request: AgencyRequest, code: str
) -> None:
    write(
        opened,
        case.departure.reference,
        case.now,
        event,
        measure=request.measure,
        agency=request.agency,
        code=code,
    )


def _journal_question(
    opened: Session,
    case: Case,
    event: Event,
    question: Question,
    code: str | None = None,
    by: str | None = None,
) -> None:
    write(
        opened,
        case.departure.reference,
        case.now,
        event,
        measure=question.measure,
        agency=question.agency,
        code=f"{question.kind.value}:{code}" if code else question.kind.value,
        by=by,
        on=question.due_at,
    )
