"""How each question is put: its occasion, its options, by when it is to be answered."""

from dataclasses import replace
from datetime import datetime, timedelta

from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.measure import URGENT, Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest
from models.step import Ask, Expect, Step, Steps
from models.territory import Delay

_CALL_OPTIONS = (
    Choice.CALL_TAKEN,
    Choice.CALL_ACCEPTED,
    Choice.CALL_DONE,
    Choice.CALL_NO_CAPACITY,
    Choice.CALL_REFUSED,
    Choice.CALL_NO_ANSWER,
)
_DANGER_OPTIONS = (Choice.POLICE_CALLED, Choice.SHELTERED, Choice.NOT_IMMEDIATE)
_CLOSE_OPTIONS = (
    Choice.CLOSE_EXIT,
    Choice.CLOSE_MOVED,
    Choice.CLOSE_RETURNED,
    Choice.CLOSE_LOST_CONTACT,
    Choice.CLOSE_WITHDRAWN,
    Choice.KEEP_OPEN,
)


# Rule: what brings housing nearer is urgent; confirming that it is there never forces a contact.
_HURRIED = frozenset(
    {
        QuestionKind.CALL_AGENCY,
        QuestionKind.LATE_REPLY,
        QuestionKind.MISSING_DOCUMENT,
        QuestionKind.NEXT_STEP,
        QuestionKind.OFFER,
    }
)


def patience(case: Case, kind: QuestionKind, measure: Measure | None = None) -> Delay:
    """Return how long a question may wait: housing and danger ignore calendars."""
    is_hurried = kind is QuestionKind.DANGER_NOW or (kind in _HURRIED and measure in URGENT)
    return case.territory.immediate_danger if is_hurried else case.territory.question


def by_when(case: Case, delay: Delay) -> datetime:
    """Return the aware UTC instant at which a delay that starts now ends."""
    return due(case.now, delay, case.territory)


def ask(
    case: Case,
    kind: QuestionKind,
    slot: str,
    options: tuple[Choice, ...],
    *,
    delay: Delay | None = None,
    measure: Measure | None = None,
    agency: str | None = None,
    day: int | None = None,
    news_id: int | None = None,
) -> Ask:
    """Return a question about the departure, a measure or a late reply."""
    allowed = delay or patience(case, kind, measure)
    return Ask(
        kind=kind,
        slot=slot,
        options=options,
        due_at=by_when(case, allowed),
        source=allowed.source,
        measure=measure,
        agency=agency,
        day=day,
        news_id=news_id,
    )


def ask_about(
    case: Case,
    kind: QuestionKind,
    request: AgencyRequest,
    options: tuple[Choice, ...],
    *,
    agency: str | None = None,
) -> Ask:
    """Return the next question of a kind about one request."""
    prefix = f"{kind.value}:{request.id}:"
    allowed = patience(case, kind, request.measure)
    return Ask(
        kind=kind,
        slot=f"{prefix}{case.times_asked(prefix) + 1}",
        options=options,
        due_at=by_when(case, allowed),
        source=allowed.source,
        measure=request.measure,
        request=request,
        agency=agency or request.agency,
    )


def ask_to_call(case: Case, request: AgencyRequest) -> Steps:
    """Ask the referent to phone the agency, unless that is already asked or the phone rests a
    while.
    """
    prefix = f"{QuestionKind.CALL_AGENCY.value}:{request.id}:"
    is_asked = any(q.slot.startswith(prefix) for q in case.open_questions(QuestionKind.CALL_AGENCY))
    rests = any(d.slot.startswith(f"again:{prefix}") for d in case.running(DeadlineKind.ASK_AGAIN))
    if is_asked or rests:
        return []
    return [ask_about(case, QuestionKind.CALL_AGENCY, request, _CALL_OPTIONS)]


def ask_to_tell(case: Case, request: AgencyRequest, offer: str | None = None) -> Step:
    """Ask the referent to tell an agency by phone that a request is withdrawn, or an offer
    declined.
    """
    told = ask_about(case, QuestionKind.TELL_RECALL, request, (Choice.RECALL_TOLD,))
    return replace(told, offer=offer)


def ask_next_step(case: Case, request: AgencyRequest) -> Steps:
    """A request came to nothing: another agency, the same again, or give up. A human decides.

    Nothing is asked of a measure that is in hand, or that another request still seeks.
    """
    is_sought = request.measure in case.measures_in(MeasureState.ONGOING)
    others = [r for r in case.live_requests(request.measure) if r.id != request.id]
    if others or not is_sought:
        return []
    following = case.next_agency(request.measure)
    options: tuple[Choice, ...] = (Choice.ASK_AGAIN, Choice.GIVE_UP)
    if following is not None:
        options = (Choice.ASK_NEXT_AGENCY, *options)
    agency = following.code if following else None
    return [ask_about(case, QuestionKind.NEXT_STEP, request, options, agency=agency)]


def ask_danger_now(case: Case) -> Step:
    """Immediate danger is a human act, now: no queue, no calendar."""
    return ask(
        case,
        QuestionKind.DANGER_NOW,
        f"danger-now:{case.times_asked('danger-now:') + 1}:1",
        _DANGER_OPTIONS,
        delay=case.territory.immediate_danger,
    )


def ask_to_close(case: Case, occasion: str) -> Step:
    """Ask how the departure ends."""
    return ask(case, QuestionKind.CLOSE, f"close:{occasion}:1", _CLOSE_OPTIONS)


def put_again(case: Case, question: Question) -> Step:
    """Put the same question again, as a new occasion with a new deadline."""
    occasion = question.slot.rpartition(":")[0]
    allowed = patience(case, question.kind, question.measure)
    return Ask(
        kind=question.kind,
        slot=f"{occasion}:{case.times_asked(f'{occasion}:') + 1}",
        options=tuple(Choice(option) for option in question.options),
        due_at=by_when(case, allowed),
        source=allowed.source,
        measure=question.measure,
        request=case.request(question.request_id) if question.request_id else None,
        agency=question.agency,
        offer=question.offer,
        detail=question.detail,
        day=question.day,
        news_id=question.news_id,
    )


def later(case: Case, question: Question, wait: timedelta) -> Step:
    """Let a question rest, then put it again."""
    return Expect(
        kind=DeadlineKind.ASK_AGAIN,
        slot=f"again:{question.slot}",
        due_at=case.now + wait,
        source="à fixer par le territoire",
        measure=question.measure,
        request=case.request(question.request_id) if question.request_id else None,
        question=question,
    )


def times_put(question: Question) -> int:
    """Return how many times a question was put, this time included."""
    return int(question.slot.rpartition(":")[2])
