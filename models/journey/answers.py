"""What a human's answer changes. The answer itself is already in the table, with who gave it."""

from collections.abc import Callable
from datetime import timedelta

from models.act import Verb
from models.calendar import local_date
from models.case import Case
from models.consent import Manner
from models.danger import DangerBand
from models.departure import DepartureState, Outcome
from models.journal import Event
from models.journey.asking import ask, ask_next_step, later, times_put
from models.journey.late_replies import late_reply_answered
from models.journey.phone import call_answered
from models.journey.relevance import still_matters
from models.journey.reopening import reopen
from models.journey.replies import expect_delivery, expect_reply
from models.journey.requests import open_request
from models.journey.stopping import (
    UNDOING,
    close,
    close_request,
    go_home,
    leave_behind,
    recall,
    take_back,
    told_of,
)
from models.measure import SETTLED, Measure, MeasureState
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

_MANNERS = {
    Choice.AGREED_WRITTEN: Manner.WRITTEN,
    Choice.AGREED_ORAL: Manner.ORAL,
    Choice.AGREED_INTERPRETER: Manner.INTERPRETER,
}
_DAYS = {
    Choice.LEAVES_NOW: 0,
    Choice.LEAVES_IN_3_DAYS: 3,
    Choice.LEAVES_IN_7_DAYS: 7,
    Choice.LEAVES_IN_14_DAYS: 14,
    Choice.LEAVES_IN_30_DAYS: 30,
}
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
# Rule: an immediate danger is reviewed within 24 hours (domain.md §8).
_DANGER_REVIEW = timedelta(hours=24)


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
        return [MoveDeparture(DepartureState.CONTACTED)]
    if choice is Choice.CONTACT_LOST:
        return close(case, Outcome.LOST_CONTACT)
    return [later(case, question, _TRY_CONTACT_AGAIN)]


def _danger(case: Case, question: Question, choice: Choice) -> Steps:
    return [SetDanger(DangerBand(choice.value))]


def _danger_now(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.POLICE_CALLED:
        return [later(case, question, _DANGER_REVIEW)]
    return [SetDanger(DangerBand.HIGH)]


def _confirm_measure(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.NOT_WANTED:
        return take_back(case, measure, MeasureState.DECLINED)
    agency = question.agency or case.agencies_for(measure)[0].code
    consent = GiveConsent(measure, agency, _MANNERS[choice], question.answered_by or "")
    if measure not in case.measures_in(MeasureState.WISHED):
        # Danger sent the request ahead of the plan.
        return [consent]
    return [consent, MoveMeasure(measure, MeasureState.AGREED)]


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
    ended: Steps = []
    if request.state not in ENDED:
        # Its offer was declined: it ends before another request is made.
        ended = [*close_request(case, request), *recall(case, request)]
    chosen = request.agency if choice is Choice.ASK_AGAIN else question.agency or ""
    consent: Steps = []
    if not case.has_consent(measure, chosen):
        consent = [GiveConsent(measure, chosen, Manner.ORAL, question.answered_by or "")]
    return [*ended, *consent, *open_request(case, measure, case.territory.agency(chosen))]


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
        return [*leave_behind(case, measure), MoveMeasure(measure, MeasureState.CONFIRMED)]
    if choice is Choice.NOT_YET:
        return [later(case, question, _DELIVERY_AGAIN)]
    # What follows is asked as of any measure that came to nothing (nothing_forgotten).
    return [MoveMeasure(measure, MeasureState.ONGOING)]


def _follow_up(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.WENT_BACK:
        return go_home(case)
    if choice is Choice.NO_CONTACT and times_put(question) < _FOLLOW_UPS_TRIED:
        return [later(case, question, _FOLLOW_UP_AGAIN)]
    if choice is Choice.DIFFICULTY and not case.open_questions(QuestionKind.DANGER):
        options = (Choice.WATCH, Choice.HIGH, Choice.IMMEDIATE)
        slot = f"danger:{case.departure.round}:follow-up-{question.id}:1"
        return [ask(case, QuestionKind.DANGER, slot, options)]
    return []


def _take_back(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.TAKE_BACK_NOTHING:
        return []
    measure = Measure(choice.value.removeprefix("take_back_"))
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
}
