"""Taking back: one measure, or everything. What is pending is recalled, and nothing more leaves."""

from dataclasses import replace

from models.about import Trigger
from models.act import Act, Verb
from models.agency import Channel
from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.departure import STILL, DepartureState, Outcome
from models.journey.approach import UNDOING
from models.journey.asking import ask, ask_to_tell
from models.journey.danger import reassess
from models.journey.leaks import leaks
from models.measure import SETTLED, Measure, MeasureState
from models.question import Choice, QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import (
    Drop,
    GiveUpAct,
    Intend,
    Met,
    MoveDeparture,
    MoveMeasure,
    MoveRequest,
    Steps,
    WithdrawConsent,
)

_OF_THE_MEASURE = (
    DeadlineKind.START,
    DeadlineKind.ASK_AGAIN,
    DeadlineKind.REASK,
    DeadlineKind.CONSENT_WARNING,
    DeadlineKind.CONSENT_END,
)
# A return home is no reason to forget a danger, what an agency said after all, what a judge rules,
# a right that ends.
_OUTLIVES_A_PAUSE = frozenset(
    {
        QuestionKind.DANGER_NOW,
        QuestionKind.SUICIDAL_RISK,
        QuestionKind.LATE_REPLY,
        QuestionKind.LEGAL_END,
        QuestionKind.PROTECTION,
        QuestionKind.CANNOT_UNDO,
    }
)
# Rights and protections run on whatever becomes of the departure; an act that is away is tried on.
_RUNS_ON = (DeadlineKind.RETRY, DeadlineKind.LEGAL_END, DeadlineKind.COURT)
_OUTLIVES_THE_END = frozenset(
    {
        QuestionKind.DANGER_NOW,
        QuestionKind.SUICIDAL_RISK,
        QuestionKind.LATE_REPLY,
        QuestionKind.LEGAL_END,
    }
)
_TOLD = (QuestionKind.TELL_RECALL, QuestionKind.CANNOT_UNDO)
_DONE = (RequestState.FULFILLED, RequestState.ACCEPTED, RequestState.IN_PROGRESS)


def told_of(act: Act) -> str | None:
    """Return what a phone call that stands for an act speaks of: a declined offer by its number,
    or by the act's key when it has none; None for the request itself.
    """
    return (act.offer or act.key) if act.verb is Verb.DECLINE_OFFER else None


def recall(case: Case, request: AgencyRequest) -> Steps:
    """Withdraw one request and tell the agency, if it may have heard of it."""
    steps: Steps = [GiveUpAct(act) for act in case.pending_acts(request)]
    # One word for all: to withdraw the request is to decline what it offered.
    steps += [
        Drop(question)
        for question in case.open_questions(QuestionKind.TELL_RECALL)
        if question.request_id == request.id
    ]
    if request.state is not RequestState.EXPIRED:
        steps.append(MoveRequest(request, RequestState.WITHDRAWN))
    if not _may_have_arrived(case, request):
        return steps
    return [*steps, *tell_recalled(case, request)]


def tell_recalled(case: Case, request: AgencyRequest) -> Steps:
    """Tell an agency that a request is withdrawn, by its own channel or by voice."""
    # Danger: a cancellation makes the agency write or ring too, and a path made safe for the
    # request may be safe no longer, the person being back home.
    # And nothing is written to those who are linked to the alleged perpetrator.
    betrays = leaks(case.territory.agency(request.agency), case.facts)
    is_linked = case.is_excluded(request.agency) or case.is_guarded(request.agency)
    if request.channel is Channel.CALL or betrays or is_linked:
        return [ask_to_tell(case, request)]
    return [Intend(Verb.RECALL, request, str(len(_recalls(case, request)) + 1))]


def close_request(case: Case, request: AgencyRequest) -> Steps:
    """Stop expecting anything of a request: its acts, its deadlines and its questions end."""
    return [
        *(GiveUpAct(act) for act in case.pending_acts(request) if act.verb not in UNDOING),
        *(
            Met(deadline)
            for deadline in case.running()
            if deadline.request_id == request.id and deadline.kind is not DeadlineKind.RETRY
        ),
        *(
            Drop(question)
            for question in case.open_questions()
            if question.request_id == request.id and question.kind is not QuestionKind.TELL_RECALL
        ),
    ]


def undecided(case: Case, measure: Measure | None = None) -> list[AgencyRequest]:
    """Return the requests on which an agency may still act: those that live, and those that we
    stopped waiting for without telling it.
    """
    untold = [
        request
        for request in case.requests
        if request.state is RequestState.EXPIRED
        and measure in (None, request.measure)
        and _may_have_arrived(case, request)
        and not _was_told(case, request)
    ]
    return [*case.live_requests(measure), *untold]


def leave_behind(case: Case, measure: Measure) -> Steps:
    """Recall whatever an agency may still do for a measure."""
    return [
        step
        for request in undecided(case, measure)
        for step in (*close_request(case, request), *recall(case, request))
    ]


def take_back(
    case: Case, measure: Measure, left_as: MeasureState = MeasureState.WITHDRAWN
) -> Steps:
    """The person no longer wants a measure: consent ends first, then what is pending is
    recalled.
    """
    stays = [r.agency for r in case.requests_for(measure) if r.state in _DONE]
    return [
        WithdrawConsent(measure),
        *leave_behind(case, measure),
        *(
            Drop(question)
            for question in case.open_questions()
            if question.measure is measure and question.kind not in _TOLD
        ),
        *(Met(d) for d in case.running(*_OF_THE_MEASURE) if d.measure is measure),
        MoveMeasure(measure, left_as),
        *(ask_what_stays(case, measure, stays[-1]) if stays else ()),
    ]


def ask_what_stays(case: Case, measure: Measure, agency: str) -> Steps:
    """Tell the referent, to tell the person, that what an agency did or received stays."""
    slot = f"cannot_undo:{measure.value}:{agency}:"
    return [
        ask(
            case,
            QuestionKind.CANNOT_UNDO,
            f"{slot}{case.times_asked(slot) + 1}",
            (Choice.PERSON_TOLD,),
            measure=measure,
            agency=agency,
        )
    ]


def stop_everything(
    case: Case, left_as: MeasureState, keeps: frozenset[QuestionKind] = frozenset()
) -> Steps:
    """Recall all that is pending; measures that are not settled are left in a given state."""
    kept = keeps | set(_TOLD)
    steps: Steps = [Drop(q) for q in case.open_questions() if q.kind not in kept]
    steps += [
        Met(deadline)
        for deadline in case.running()
        if deadline.kind not in _RUNS_ON and not _is_about(case, deadline, kept)
    ]
    for request in undecided(case):
        steps += recall(case, request)
    for wish in case.wishes:
        if wish.state not in SETTLED | {MeasureState.DELIVERED}:
            steps += [WithdrawConsent(wish.measure), MoveMeasure(wish.measure, left_as)]
    return steps


def go_home(case: Case) -> Steps:
    """The person goes back: everything pauses, without penalty; reopening is one choice."""
    if case.departure.state in STILL:
        return []
    return [
        *stop_everything(case, MeasureState.WISHED, keeps=_OUTLIVES_A_PAUSE),
        MoveDeparture(DepartureState.PAUSED),
        ask(
            case,
            QuestionKind.REOPEN,
            f"reopen:{case.departure.round}:1",
            (Choice.REOPEN, Choice.CLOSE_RETURNED),
        ),
        *reassess(_with_nothing_asked(case), Trigger.RETURN_HOME),
    ]


def close(case: Case, outcome: Outcome) -> Steps:
    """Close the departure; what is still pending is recalled first. A danger that nobody has
    answered for stays asked, and so does a right about to end, or what an agency said after all.
    """
    return [
        *stop_everything(case, MeasureState.GIVEN_UP, keeps=_OUTLIVES_THE_END),
        *(Met(deadline) for deadline in case.running(DeadlineKind.COURT)),
        MoveDeparture(DepartureState.CLOSED, outcome),
    ]


def _with_nothing_asked(case: Case) -> Case:
    """Return the case as it stands once everything was stopped: no assessment is open any more."""
    kept = [q for q in case.questions if not (q.is_open and q.kind is QuestionKind.DANGER)]
    return replace(case, questions=kept)


def _recalls(case: Case, request: AgencyRequest) -> list[Act]:
    return [a for a in case.acts if a.request_id == request.id and a.verb is Verb.RECALL]


def _was_told(case: Case, request: AgencyRequest) -> bool:
    """Whether the agency was told, or is about to be, since the request ended."""
    told = [
        question.opened_at
        for question in case.questions
        if question.kind is QuestionKind.TELL_RECALL
        and (question.request_id, question.offer) == (request.id, None)
    ]
    told += [act.intended_at for act in _recalls(case, request)]
    return any(instant >= request.changed_at for instant in told)


def _may_have_arrived(case: Case, request: AgencyRequest) -> bool:
    # Danger: a sending that was tried once may have arrived although no answer came back.
    was_tried = any(
        act.verb is Verb.SEND and act.tries for act in case.acts if act.request_id == request.id
    )
    is_known = request.state not in (RequestState.DRAFT, RequestState.EXPIRED)
    return was_tried or is_known or request.sent_at is not None


def _is_about(case: Case, deadline: Deadline, kinds: frozenset[QuestionKind]) -> bool:
    return deadline.question_id is not None and case.question(deadline.question_id).kind in kinds
