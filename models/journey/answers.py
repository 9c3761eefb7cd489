"""What a human's answer changes. The answer itself is already in the table, with who gave it."""

from collections.abc import Callable
from datetime import timedelta

from models.act import Verb
from models.calendar import local_date
from models.case import Case
from models.consent import Manner
from models.danger import DangerBand
from models.departure import DepartureState, Outcome
from models.journey.asking import (
    ask,
    ask_danger_now,
    ask_next_step,
    later,
    times_put,
)
from models.journey.late_replies import late_reply_answered
from models.journey.phone import call_answered
from models.journey.replies import came_to_nothing, expect_delivery, expect_reply
from models.journey.requests import ask_again
from models.journey.stopping import close, go_home, recall, take_back
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import (
    Drop,
    GiveConsent,
    GiveUpAct,
    Intend,
    Met,
    MoveDeparture,
    MoveMeasure,
    MoveRequest,
    OpenRequest,
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
    return heard + _BY_KIND[question.kind](case, question, question.answer)


def _first_contact(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.REACHED:
        return [MoveDeparture(DepartureState.CONTACTED)]
    if choice is Choice.CONTACT_LOST:
        return close(case, Outcome.LOST_CONTACT)
    return [later(case, question, _TRY_CONTACT_AGAIN)]


def _danger(case: Case, question: Question, choice: Choice) -> Steps:
    band = DangerBand(choice.value)
    steps: Steps = [SetDanger(band)]
    if band is DangerBand.IMMEDIATE and case.departure.danger is not DangerBand.IMMEDIATE:
        steps.append(ask_danger_now(case, f"assessed-{question.id}"))
    return steps


def _danger_now(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.POLICE_CALLED:
        return [later(case, question, _DANGER_REVIEW)]
    return [SetDanger(DangerBand.HIGH)]


def _confirm_measure(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.NOT_WANTED:
        return [MoveMeasure(measure, MeasureState.DECLINED)]
    agency = question.agency or case.agencies_for(measure)[0].code
    consent = GiveConsent(measure, agency, _MANNERS[choice], question.answered_by or "")
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
    if choice is Choice.DECLINE_OFFER:
        declined = Intend(Verb.DECLINE_OFFER, request, str(question.id), question.offer)
        return [declined, *_decline_ends(case, request, question)]
    # An orientation is not an admission: arrival has its own deadline.
    arrival = expect_delivery(case, request, case.now, f"offer-{question.id}")
    steps: Steps = [
        Intend(Verb.ACCEPT_OFFER, request, str(question.id), question.offer),
        arrival,
    ]
    steps += [
        Intend(Verb.DECLINE_OFFER, request, str(other.id), other.offer)
        for other in case.open_questions(QuestionKind.OFFER)
        if other.request_id == request.id and other.id != question.id
    ]
    steps += [
        Drop(other)
        for other in case.open_questions(QuestionKind.OFFER)
        if other.request_id == request.id and other.id != question.id
    ]
    return steps


def _decline_ends(case: Case, request: AgencyRequest, question: Question) -> Steps:
    others = [q for q in case.open_questions(QuestionKind.OFFER) if q.request_id == request.id]
    if others:
        return []
    return ask_next_step(case, request)


def _missing_document(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    if choice is Choice.SUPPLIED:
        supply = Intend(Verb.SUPPLY_DOCUMENT, request, str(question.id))
        back = MoveRequest(request, RequestState.ACKNOWLEDGED)
        return [supply, back, expect_reply(case, request, f"document-{question.id}")]
    ended = came_to_nothing(case, request, MoveRequest(request, RequestState.WITHDRAWN))
    return [*recall(case, request), *ended[1:]]


def _next_step(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    measure = request.measure
    if choice is Choice.GIVE_UP:
        return take_back_quietly(case, measure)
    if choice is Choice.ASK_AGAIN:
        attempt = 1 + max(r.attempt for r in case.requests if r.agency == request.agency)
        channel = case.territory.agency(request.agency).channel
        return _leave_behind(case, request) + ask_again(request, channel, attempt)
    following = case.territory.agency(question.agency or "")
    consent = GiveConsent(measure, following.code, Manner.ORAL, question.answered_by or "")
    opened = OpenRequest(measure, following.code, 1, following.channel)
    ongoing = MoveMeasure(measure, MeasureState.ONGOING)
    return [*_leave_behind(case, request), consent, opened, ongoing]


def take_back_quietly(case: Case, measure: Measure) -> Steps:
    """The measure is given up with the person: whatever still lives of it is recalled."""
    return [*take_back(case, measure)[:-1], MoveMeasure(measure, MeasureState.GIVEN_UP)]


def _leave_behind(case: Case, request: AgencyRequest) -> Steps:
    """A request whose offer was declined ends before another is made."""
    if request.state is not RequestState.OFFERED:
        return []
    return [MoveRequest(request, RequestState.WITHDRAWN)]


def _tell_recall(case: Case, question: Question, choice: Choice) -> Steps:
    pending = case.pending_acts(case.request(question.request_id))
    return [GiveUpAct(act) for act in pending if act.verb is Verb.RECALL]


def _confirm_delivery(case: Case, question: Question, choice: Choice) -> Steps:
    measure = _measure(question)
    if choice is Choice.CONFIRMED:
        return [MoveMeasure(measure, MeasureState.CONFIRMED)]
    if choice is Choice.NOT_YET:
        return [later(case, question, _DELIVERY_AGAIN)]
    return [
        MoveMeasure(measure, MeasureState.ONGOING),
        *ask_next_step(case, case.requests_for(measure)[-1]),
    ]


def _follow_up(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.WENT_BACK:
        return go_home(case)
    if choice is Choice.NO_CONTACT and times_put(question) < _FOLLOW_UPS_TRIED:
        return [later(case, question, _FOLLOW_UP_AGAIN)]
    if choice is Choice.DIFFICULTY:
        options = (Choice.WATCH, Choice.HIGH, Choice.IMMEDIATE)
        slot = f"danger:{case.departure.round}:follow-up-{question.id}:1"
        return [ask(case, QuestionKind.DANGER, slot, options)]
    return []


def _take_back(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.TAKE_BACK_NOTHING:
        return []
    return take_back(case, Measure(choice.value.removeprefix("take_back_")))


def _reopen(case: Case, question: Question, choice: Choice) -> Steps:
    if choice is Choice.REOPEN:
        return [StartRound(), MoveDeparture(DepartureState.CONTACTED)]
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
