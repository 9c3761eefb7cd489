"""What a human's answer changes. The answer itself is already in the table, with who gave it."""

from collections.abc import Callable
from datetime import timedelta

from models.about import Trigger
from models.act import Verb
from models.calendar import local_date
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.journal import Event
from models.journey.approach import UNDOING
from models.journey.asking import (
    ask,
    later,
    times_put,
)
from models.journey.danger import NEW_FACTS, ask_at_once, reassess, review, reviewed_no_more
from models.journey.late_replies import late_reply_answered
from models.journey.moving import conflict_told, transfer_told
from models.journey.next_steps import ask_next_step, sought_no_more
from models.journey.offers import offer_answered
from models.journey.phone import call_answered
from models.journey.protections import step_told
from models.journey.relevance import still_matters
from models.journey.reopening import reopen
from models.journey.replies import expect_reply
from models.journey.seeking import (
    alternative_answered,
    measure_of,
    next_step_answered,
    no_agency_answered,
    path_answered,
    yes_given,
)
from models.journey.stopping import (
    close,
    close_request,
    go_home,
    leave_behind,
    recall,
    take_back,
    told_of,
)
from models.journey.yeses import renewal_answered
from models.measure import CHECKLISTS, SETTLED, Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import RequestState
from models.step import (
    Drop,
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
        # Danger: what was done about the last one is no answer to what has happened since.
        is_new = question.about is not None or case.departure.danger is not band
        return [SetDanger(band), *(ask_at_once(case) if is_new else ())]
    # Whoever judged that it is not immediate was with the person: nothing more is asked of it.
    asked = case.open_questions(QuestionKind.DANGER_NOW)
    return [SetDanger(band), *(Drop(now) for now in asked), *reviewed_no_more(case)]


def _danger_now(case: Case, question: Question, choice: Choice) -> Steps:
    """Whatever was done, it is looked at again within 24 hours (a rule of the project)."""
    if choice is Choice.POLICE_CALLED:
        return [later(case, question, _RISK_AGAIN)]
    return [SetDanger(DangerBand.HIGH), review(case, question)]


def _suicidal_risk(case: Case, question: Question, choice: Choice) -> Steps:
    return [] if choice is Choice.RISK_LIFTED else [later(case, question, _RISK_AGAIN)]


def _new_fact(case: Case, question: Question, choice: Choice) -> Steps:
    return reassess(case, NEW_FACTS[choice]) if choice in NEW_FACTS else []


def _confirm_measure(case: Case, question: Question, choice: Choice) -> Steps:
    measure = measure_of(question)
    if choice is Choice.NOT_WANTED:
        return take_back(case, measure, MeasureState.DECLINED)
    # A list is gone through with the person: no agency hears of it.
    consent = [] if measure in CHECKLISTS else [yes_given(question, choice)]
    if measure not in case.measures_in(MeasureState.WISHED):
        # Danger sent the request ahead of the plan.
        return [*consent]
    return [*consent, MoveMeasure(measure, MeasureState.AGREED)]


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


def _missing_document(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    if choice is Choice.CANNOT_SUPPLY:
        return [
            *close_request(case, request),
            *recall(case, request),
            *ask_next_step(case, request),
        ]
    # Not the row's number: in a restored store it would be that of another question.
    supply = Intend(Verb.SUPPLY_DOCUMENT, request, str(times_put(question)))
    if request.state is not RequestState.NEED_INFO:
        return [supply]
    back = MoveRequest(request, RequestState.ACKNOWLEDGED)
    return [supply, back, expect_reply(case, request, f"document-{question.id}")]


def _tell_recall(case: Case, question: Question, choice: Choice) -> Steps:
    return [
        GiveUpAct(act)
        for act in case.pending_acts(case.request(question.request_id))
        if act.verb in UNDOING and told_of(act) == question.offer
    ]


def _confirm_delivery(case: Case, question: Question, choice: Choice) -> Steps:
    measure = measure_of(question)
    if choice is Choice.CONFIRMED:
        # What is in hand is sought nowhere else.
        confirmed = MoveMeasure(measure, MeasureState.CONFIRMED)
        return [*leave_behind(case, measure), *sought_no_more(case, measure), confirmed]
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


_BY_KIND: dict[QuestionKind, Callable[[Case, Question, Choice], Steps]] = {
    QuestionKind.FIRST_CONTACT: _first_contact,
    QuestionKind.DANGER: _danger,
    QuestionKind.CONFIRM_MEASURE: _confirm_measure,
    QuestionKind.DEPARTURE_DAY: _departure_day,
    QuestionKind.SIGN_PLAN: _sign_plan,
    QuestionKind.DANGER_NOW: _danger_now,
    QuestionKind.CALL_AGENCY: call_answered,
    QuestionKind.TELL_RECALL: _tell_recall,
    QuestionKind.OFFER: offer_answered,
    QuestionKind.MISSING_DOCUMENT: _missing_document,
    QuestionKind.NEXT_STEP: next_step_answered,
    QuestionKind.LATE_REPLY: late_reply_answered,
    QuestionKind.CONFIRM_DELIVERY: _confirm_delivery,
    QuestionKind.FOLLOW_UP: _follow_up,
    QuestionKind.TAKE_BACK: _take_back,
    QuestionKind.REOPEN: _reopen,
    QuestionKind.CLOSE: _close,
    QuestionKind.DOUBT: path_answered,
    QuestionKind.LEAK_PATH: path_answered,
    QuestionKind.NO_AGENCY: no_agency_answered,
    QuestionKind.ALTERNATIVE: alternative_answered,
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
