"""What a human's answer changes. The answer itself is already in the table, with who gave it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from models.about import Trigger
from models.act import Verb
from models.calendar import local_date
from models.case import Case
from models.consent import Manner
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.journal import Event
from models.journey.approach import UNDOING, approach, candidates
from models.journey.asking import (
    ask,
    ask_for_consent,
    ask_when_nobody_is_left,
    by_when,
    later,
    put_again,
    times_put,
)
from models.journey.danger import NEW_FACTS, reassess, review
from models.journey.late_replies import late_reply_answered
from models.journey.moving import conflict_told, transfer_told
from models.journey.next_steps import ask_next_step, following_agency, lasting_agency
from models.journey.phone import call_answered
from models.journey.protections import step_told
from models.journey.relevance import still_matters
from models.journey.reopening import reopen
from models.journey.replies import expect_delivery, expect_reply
from models.journey.stopping import (
    close,
    close_request,
    go_home,
    leave_behind,
    recall,
    take_back,
    told_of,
)
from models.journey.yeses import MANNERS, renewal_answered
from models.measure import CHECKLISTS, SETTLED, Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import ENDED, AgencyRequest, RequestState
from models.step import (
    Drop,
    GiveConsent,
    GiveUpAct,
    Intend,
    Met,
    MoveDeparture,
    MoveMeasure,
    MoveRequest,
    Note,
    PlanDeparture,
    SetDanger,
    StartRound,
    Steps,
)
from models.territory import Agency

_DAYS = {
    Choice.LEAVES_NOW: 0,
    Choice.LEAVES_IN_3_DAYS: 3,
    Choice.LEAVES_IN_7_DAYS: 7,
    Choice.LEAVES_IN_14_DAYS: 14,
    Choice.LEAVES_IN_30_DAYS: 30,
}
_SEEKING = (
    QuestionKind.NEXT_STEP,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.DOUBT,
)
_OUTCOMES = {
    Choice.CLOSE_EXIT: Outcome.EXIT,
    Choice.CLOSE_MOVED: Outcome.MOVED,
    Choice.CLOSE_RETURNED: Outcome.RETURNED,
    Choice.CLOSE_LOST_CONTACT: Outcome.LOST_CONTACT,
    Choice.CLOSE_WITHDRAWN: Outcome.WITHDRAWN,
}
_TRY_CONTACT_AGAIN = timedelta(days=1)
_DELIVERY_AGAIN = timedelta(days=3)
_FOLLOW_UP_AGAIN = timedelta(days=3)
_FOLLOW_UPS_TRIED = 3
_CLOSE_AGAIN = timedelta(days=30)
_DOUBT_AGAIN = timedelta(days=3)
_BY_THE_HOUR_AGAIN = timedelta(hours=4)
_LIST_AGAIN = timedelta(days=7)
_RISK_AGAIN = timedelta(hours=24)


def answered(case: Case, question: Question) -> Steps:
    """Return what follows from the answer to a question."""
    if question.answer is None:
        raise ValueError(f"question {question.id} of {question.reference} has no answer")
    heard: Steps = [Met(d) for d in case.running() if d.question_id == question.id]
    if question.dropped_at is not None or not still_matters(case, question):
        return [*heard, _too_late(question, question.answer)]
    return heard + _BY_KIND[question.kind](case, question, question.answer)


def _too_late(question: Question, choice: Choice) -> Note:
    """What was read before this answer took away its reason, as when two are given at once."""
    return Note(
        Event.ANSWER_TOO_LATE,
        measure=question.measure,
        agency=question.agency,
        code=f"{question.kind.value}:{choice.value}",
        by=question.answered_by,
    )


def _first_contact(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.REACHED:
        waited = [d for d in case.running(DeadlineKind.DANGER_REVIEW) if d.about]
        return [*(Met(d) for d in waited), MoveDeparture(DepartureState.CONTACTED)]
    if choice is Choice.CONTACT_LOST:
        return close(case, Outcome.LOST_CONTACT)
    return [later(case, question, _TRY_CONTACT_AGAIN)]


def _danger(case: Case, question: Question, choice: Choice) -> Steps:
    band = DangerBand(choice.value)
    if band is DangerBand.IMMEDIATE:
        return [SetDanger(band)]
    # Whoever judged that it is not immediate was with the person: nothing more is asked of it.
    asked = case.open_questions(QuestionKind.DANGER_NOW)
    return [SetDanger(band), *(Drop(now) for now in asked)]


def _danger_now(case: Case, question: Question, choice: Choice) -> Steps:
    """Whatever was done, it is looked at again within 24 hours (domain.md §8)."""
    if choice is Choice.POLICE_CALLED:
        return [later(case, question, _RISK_AGAIN)]
    return [SetDanger(DangerBand.HIGH), review(case, question)]


def _suicidal_risk(case: Case, question: Question, choice: Choice) -> Steps:
    return [] if choice is Choice.RISK_LIFTED else [later(case, question, _RISK_AGAIN)]


def _new_fact(case: Case, question: Question, choice: Choice) -> Steps:
    return reassess(case, NEW_FACTS[choice]) if choice in NEW_FACTS else []


def _confirm_measure(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.NOT_WANTED:
        return take_back(case, measure, MeasureState.DECLINED)
    # A list is gone through with the person: no agency hears of it.
    consent = [] if measure in CHECKLISTS else [_yes(question, choice)]
    if measure not in case.measures_in(MeasureState.WISHED):
        # Danger sent the request ahead of the plan.
        return [*consent]
    return [*consent, MoveMeasure(measure, MeasureState.AGREED)]


def _yes(question: Question, choice: Choice) -> GiveConsent:
    by = question.answered_by or ""
    return GiveConsent(_measure(question), question.agency or "", MANNERS[choice], by)


def _alternative(case: Case, question: Question, choice: Choice) -> Steps:
    """One more agency may be asked, or not; a no to one agency says nothing of the measure."""
    measure = _measure(question)
    if choice is Choice.NOT_THIS_AGENCY:
        # What else follows is put by the chapters: another agency, or nobody left.
        other = following_agency(case, measure)
        is_sought = measure in case.measures_in(MeasureState.ONGOING)
        return ask_for_consent(case, measure, other.code) if other and is_sought else []
    yes = _yes(question, choice)
    if measure not in case.measures_in(MeasureState.ONGOING):
        return [yes]
    agency = case.territory.agency(yes.agency)
    return [yes, *approach(case, measure, agency, in_parallel=True)]


def _before_sending(case: Case, question: Question, choice: Choice) -> Steps:
    """What a human says of a doubt or of an unsafe path; the request leaves by itself after."""
    measure = _measure(question)
    if choice is Choice.GIVE_UP:
        return take_back(case, measure, MeasureState.GIVEN_UP)
    if choice is Choice.WAIT:
        hurried = case.goes_by_the_hour(measure)
        return [later(case, question, _BY_THE_HOUR_AGAIN if hurried else _DOUBT_AGAIN)]
    if question.kind is QuestionKind.DOUBT or measure not in case.measures_in(MeasureState.ONGOING):
        return []
    return _another_way(case, question, choice)


def _another_way(case: Case, question: Question, choice: Choice) -> Steps:
    measure, agency = _measure(question), question.agency or ""
    if choice is not Choice.USE_OTHER_AGENCY:
        return approach(case, measure, case.territory.agency(agency), in_parallel=True)
    asked = {live.agency for live in case.live_requests(measure)} | {agency}
    others = [other for other in candidates(case, measure) if other.code not in asked]
    if not others:
        return [] if case.live_requests(measure) else ask_when_nobody_is_left(case, measure)
    # Danger: the question named no other agency: a yes to it is asked for, not supposed.
    if not case.has_consent(measure, others[0].code):
        return ask_for_consent(case, measure, others[0].code)
    return approach(case, measure, others[0])


def _oral_yes(case: Case, question: Question, agency: str) -> list[GiveConsent]:
    measure = _measure(question)
    if case.has_consent(measure, agency):
        return []
    return [GiveConsent(measure, agency, Manner.ORAL, question.answered_by or "")]


def _no_agency(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.ARRANGED:
        arranged = MoveMeasure(measure, MeasureState.DELIVERED)
        return [*leave_behind(case, measure), *_sought_no_more(case, measure), arranged]
    return _before_sending(case, question, choice)


def _sought_no_more(case: Case, measure: Measure) -> Steps:
    sought = [q for q in case.open_questions() if q.measure is measure and q.kind in _SEEKING]
    again = [d for d in case.running(DeadlineKind.REASK) if d.measure is measure]
    return [*(Drop(question) for question in sought), *(Met(deadline) for deadline in again)]


def _checklist(case: Case, question: Question, choice: Choice) -> Steps:
    return [later(case, question, _LIST_AGAIN)] if choice is Choice.NOT_YET else []


def _only_noted(case: Case, question: Question, choice: Choice) -> Steps:
    """The answer, with who gave it, is all there is."""
    return []


def _departure_day(case: Case, question: Question, choice: Choice) -> Steps:
    today = local_date(case.now, case.territory)
    return [PlanDeparture(today + timedelta(days=_DAYS[choice]))]


def _sign_plan(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.SIGN:
        return [MoveDeparture(DepartureState.ACTIVE)]
    reviewed = case.measures_in(MeasureState.AGREED, MeasureState.DECLINED)
    return [StartRound(), *(MoveMeasure(measure, MeasureState.WISHED) for measure in reviewed)]


def _offer(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    if choice is Choice.HOLD_OFFER and not _was_outrun(case, question):
        return _hold(case, question, request)
    if choice is Choice.DECLINE_OFFER or _was_outrun(case, question):
        return [_decline(request, question), *_after_decline(case, request)]
    others = [
        other for other in case.open_questions(QuestionKind.OFFER) if other.request_id == request.id
    ]
    return [
        Intend(Verb.ACCEPT_OFFER, request, str(question.id), question.offer),
        # An orientation is not an admission: arrival has its own deadline.
        expect_delivery(case, request, case.now, f"offer-{question.id}"),
        *(_decline(request, other) for other in others),
        *(Drop(other) for other in others),
        *(
            Drop(overtaken)
            for overtaken in case.open_questions(QuestionKind.NEXT_STEP)
            if overtaken.request_id == request.id
        ),
    ]


def _hold(case: Case, question: Question, request: AgencyRequest) -> Steps:
    """Ask for a place to be kept some hours more; until that is heard, its hour does not move."""
    options = tuple(one for one in question.options if one != Choice.HOLD_OFFER)
    again = replace(
        put_again(case, question),
        options=options,
        due_at=question.due_at,
        handed_at=by_when(case, case.territory.immediate_danger),
    )
    return [Intend(Verb.HOLD_OFFER, request, str(question.id), question.offer), again]


def _was_outrun(case: Case, question: Question) -> bool:
    """Whether another offer was accepted while this one stood: only one place is taken."""
    return any(
        act.verb is Verb.ACCEPT_OFFER
        and act.request_id == question.request_id
        and act.intended_at >= question.opened_at
        for act in case.acts
    )


def _decline(request: AgencyRequest, question: Question) -> Intend:
    return Intend(Verb.DECLINE_OFFER, request, str(question.id), question.offer)


def _after_decline(case: Case, request: AgencyRequest) -> Steps:
    put = case.open_questions(QuestionKind.OFFER) + case.open_questions(QuestionKind.NEXT_STEP)
    if case.has_accepted(request) or any(other.request_id == request.id for other in put):
        return []
    return ask_next_step(case, request)


def _missing_document(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    if choice is Choice.CANNOT_SUPPLY:
        return [
            *close_request(case, request),
            *recall(case, request),
            *ask_next_step(case, request),
        ]
    supply = Intend(Verb.SUPPLY_DOCUMENT, request, str(question.id))
    if request.state is not RequestState.NEED_INFO:
        return [supply]
    back = MoveRequest(request, RequestState.ACKNOWLEDGED)
    return [supply, back, expect_reply(case, request, f"document-{question.id}")]


def _next_step(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    measure = request.measure
    if choice is Choice.GIVE_UP:
        return take_back(case, measure, MeasureState.GIVEN_UP)
    if choice is Choice.KEEP_STOP_GAP:
        asked = [d for d in case.running(DeadlineKind.REASK) if d.measure is measure]
        kept = MoveMeasure(measure, MeasureState.DELIVERED)
        return [*leave_behind(case, measure), *(Met(deadline) for deadline in asked), kept]
    chosen = _chosen(case, question, choice)
    if chosen is None:
        # The agency that was named may no longer be asked: another one takes another yes.
        other = following_agency(case, measure)
        if other is None:
            return ask_when_nobody_is_left(case, measure)
        return ask_for_consent(case, measure, other.code)
    yes = _oral_yes(case, question, chosen.code)
    is_scarce = case.territory.measures[measure].ask_again is not None
    is_kept = is_scarce and chosen.code != request.agency
    if request.state in ENDED or is_kept:
        return [*yes, *approach(case, measure, chosen)]
    # Its offer was declined: it ends before another request is made.
    ended = [*close_request(case, request), *recall(case, request)]
    return [*ended, *yes, *approach(case, measure, chosen, ending=request)]


def _chosen(case: Case, question: Question, choice: Choice) -> Agency | None:
    request = case.request(question.request_id)
    if choice is Choice.ASK_STOP_GAP:
        return case.stop_gap_for(request.measure)
    if choice is Choice.ASK_AGAIN:
        return lasting_agency(case, request)
    allowed = {agency.code: agency for agency in candidates(case, request.measure)}
    return allowed.get(question.agency or "")


def _tell_recall(case: Case, question: Question, choice: Choice) -> Steps:
    return [
        GiveUpAct(act)
        for act in case.pending_acts(case.request(question.request_id))
        if act.verb in UNDOING and told_of(act) == question.offer
    ]


def _confirm_delivery(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.CONFIRMED:
        # What is in hand is sought nowhere else.
        confirmed = MoveMeasure(measure, MeasureState.CONFIRMED)
        return [*leave_behind(case, measure), *_sought_no_more(case, measure), confirmed]
    if choice is Choice.NOT_YET:
        return [later(case, question, _DELIVERY_AGAIN)]
    # What follows is asked as of any measure that came to nothing (nothing_forgotten).
    return [MoveMeasure(measure, MeasureState.ONGOING)]


def _follow_up(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.WENT_BACK:
        return go_home(case)
    if choice is Choice.NO_CONTACT:
        again = times_put(question) < _FOLLOW_UPS_TRIED
        put = [later(case, question, _FOLLOW_UP_AGAIN)] if again else []
        return [*put, *reassess(case, Trigger.NO_CONTACT)]
    if choice is Choice.DIFFICULTY:
        return [*reassess(case, Trigger.DIFFICULTY), *_ask_relay(case, question)]
    return []


def _ask_relay(case: Case, question: Question) -> Steps:
    """Where the département accompanies, the caisse takes part in case of difficulty only."""
    if case.territory.pathway(case.departure.pathway).relay is None:
        return []
    options = (Choice.RELAY_TOLD, Choice.RELAY_NOT_NEEDED)
    return [ask(case, QuestionKind.RELAY, f"relay:{question.id}:1", options)]


def _take_back(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.TAKE_BACK_NOTHING:
        return []
    measure = Measure(question.answer_about or "")
    return [] if measure in case.measures_in(*SETTLED) else take_back(case, measure)


def _reopen(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.REOPEN:
        return reopen(case)
    return close(case, Outcome.RETURNED)


def _close(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.KEEP_OPEN:
        is_final = question.slot.startswith(f"close:{case.departure.round}:")
        return [later(case, question, _CLOSE_AGAIN)] if is_final else []
    return close(case, _OUTCOMES[choice])


def _measure(question: Question) -> Measure:
    if question.measure is None:
        raise ValueError(f"question {question.id} of {question.reference} names no measure")
    return question.measure


_BY_KIND: dict[QuestionKind, Callable[[Case, Question, Choice], Steps]] = {
    QuestionKind.FIRST_CONTACT: _first_contact,
    QuestionKind.DANGER: _danger,
    QuestionKind.CONFIRM_MEASURE: _confirm_measure,
    QuestionKind.DEPARTURE_DAY: _departure_day,
    QuestionKind.SIGN_PLAN: _sign_plan,
    QuestionKind.DANGER_NOW: _danger_now,
    QuestionKind.CALL_AGENCY: call_answered,
    QuestionKind.TELL_RECALL: _tell_recall,
    QuestionKind.OFFER: _offer,
    QuestionKind.MISSING_DOCUMENT: _missing_document,
    QuestionKind.NEXT_STEP: _next_step,
    QuestionKind.LATE_REPLY: late_reply_answered,
    QuestionKind.CONFIRM_DELIVERY: _confirm_delivery,
    QuestionKind.FOLLOW_UP: _follow_up,
    QuestionKind.TAKE_BACK: _take_back,
    QuestionKind.REOPEN: _reopen,
    QuestionKind.CLOSE: _close,
    QuestionKind.DOUBT: _before_sending,
    QuestionKind.LEAK_PATH: _before_sending,
    QuestionKind.NO_AGENCY: _no_agency,
    QuestionKind.ALTERNATIVE: _alternative,
    QuestionKind.CHECKLIST: _checklist,
    QuestionKind.SUICIDAL_RISK: _suicidal_risk,
    QuestionKind.NEW_FACT: _new_fact,
    QuestionKind.PROTECTION: step_told,
    QuestionKind.LEGAL_END: _only_noted,
    QuestionKind.RENEW_CONSENT: renewal_answered,
    QuestionKind.CANNOT_UNDO: _only_noted,
    QuestionKind.CONFLICT: conflict_told,
    QuestionKind.TRANSFER: transfer_told,
    QuestionKind.RELAY: _only_noted,
}
