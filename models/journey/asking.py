"""How each question is put: its occasion, its options, by when it is to be answered."""

from dataclasses import replace
from datetime import datetime, timedelta

from models.calendar import due
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.measure import URGENT, Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest
from models.safe_hours import safe_from
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
_YES = (Choice.AGREED_WRITTEN, Choice.AGREED_ORAL, Choice.AGREED_INTERPRETER)
CONSENT_OPTIONS = (*_YES, Choice.NOT_WANTED)
ONE_AGENCY_OPTIONS = (*_YES, Choice.NOT_THIS_AGENCY)

# Danger: to answer these, somebody reaches the person: by a safe channel, within a safe window.
CONTACT_KINDS = frozenset(
    {
        QuestionKind.FIRST_CONTACT,
        QuestionKind.FOLLOW_UP,
        QuestionKind.CONFIRM_DELIVERY,
        QuestionKind.LEGAL_END,
        QuestionKind.RENEW_CONSENT,
        QuestionKind.CANNOT_UNDO,
    }
)
# Rule: what brings a shelter or a medical statement nearer is urgent; confirming that it is there
# never forces a contact.
_HURRIED_BY_THE_HOUR = frozenset(
    {
        QuestionKind.CALL_AGENCY,
        QuestionKind.LATE_REPLY,
        QuestionKind.MISSING_DOCUMENT,
        QuestionKind.NEXT_STEP,
        QuestionKind.OFFER,
        QuestionKind.ALTERNATIVE,
        QuestionKind.LEAK_PATH,
        QuestionKind.NO_AGENCY,
    }
)
_ALWAYS_HURRIED = frozenset(
    {QuestionKind.DANGER_NOW, QuestionKind.SUICIDAL_RISK, QuestionKind.NEW_FACT}
)
_HURRIED_IN_DANGER = frozenset({QuestionKind.FIRST_CONTACT, QuestionKind.DANGER})


def is_hurried(
    case: Case, kind: QuestionKind, measure: Measure | None = None, about: str | None = None
) -> bool:
    """Whether a question ignores calendars: danger, and what is counted in hours."""
    if kind in _ALWAYS_HURRIED or (kind is QuestionKind.DANGER and about is not None):
        return True
    if case.departure.danger is DangerBand.IMMEDIATE:
        shelter = kind is QuestionKind.CONFIRM_MEASURE and measure in URGENT
        if shelter or kind in _HURRIED_IN_DANGER:
            return True
    return kind in _HURRIED_BY_THE_HOUR and measure is not None and case.goes_by_the_hour(measure)


def patience(
    case: Case, kind: QuestionKind, measure: Measure | None = None, about: str | None = None
) -> Delay:
    """Return how long a question may wait."""
    hurried = is_hurried(case, kind, measure, about)
    return case.territory.immediate_danger if hurried else case.territory.question


def by_when(case: Case, delay: Delay) -> datetime:
    """Return the aware UTC instant at which a delay that starts now ends."""
    return due(case.now, delay, case.territory)


def ask(
    case: Case,
    kind: QuestionKind,
    slot: str,
    options: tuple[str, ...],
    *,
    delay: Delay | None = None,
    measure: Measure | None = None,
    agency: str | None = None,
    about: str | None = None,
    day: int | None = None,
    news_id: int | None = None,
) -> Ask:
    """Return a question about the departure, a measure or a late reply."""
    allowed = delay or patience(case, kind, measure, about)
    return Ask(
        kind=kind,
        slot=slot,
        options=options,
        due_at=by_when(case, allowed),
        source=allowed.source,
        measure=measure,
        agency=agency,
        about=about,
        day=day,
        news_id=news_id,
    )


def ask_about(
    case: Case,
    kind: QuestionKind,
    request: AgencyRequest,
    options: tuple[str, ...],
    *,
    agency: str | None = None,
    place: int = 0,
) -> Ask:
    """Return the next question of a kind about one request; `place`: how many are put with it, and
    before it.
    """
    prefix = f"{kind.value}:{request.id}:"
    allowed = patience(case, kind, request.measure)
    return Ask(
        kind=kind,
        slot=f"{prefix}{case.times_asked(prefix) + 1 + place}",
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
    if call_asked(case, request) or call_rests(case, request):
        return []
    return [ask_about(case, QuestionKind.CALL_AGENCY, request, _CALL_OPTIONS)]


def call_asked(case: Case, request: AgencyRequest) -> Question | None:
    """Return the open question by which somebody is asked to phone about a request."""
    asked = case.open_questions(QuestionKind.CALL_AGENCY)
    return next((question for question in asked if question.request_id == request.id), None)


def call_rests(case: Case, request: AgencyRequest) -> bool:
    """Whether a call that nobody took is to be made again later."""
    prefix = f"again:{QuestionKind.CALL_AGENCY.value}:{request.id}:"
    return any(d.slot.startswith(prefix) for d in case.resting())


def ask_to_tell(
    case: Case, request: AgencyRequest, offer: str | None = None, *, place: int = 0
) -> Step:
    """Ask the referent to tell an agency by phone that a request is withdrawn, or an offer
    declined; `place`: how many are told of this request with it, and before it.
    """
    told = ask_about(case, QuestionKind.TELL_RECALL, request, (Choice.RECALL_TOLD,), place=place)
    return replace(told, offer=offer)


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


def ask_for_consent(case: Case, measure: Measure, agency: str) -> Steps:
    """Ask, in the course of a departure, whether one more agency may be asked."""
    if case.awaits(QuestionKind.ALTERNATIVE, measure):
        return []
    slot = alternative_slot(case, measure)
    return [
        ask(
            case,
            QuestionKind.ALTERNATIVE,
            f"{slot}{case.times_asked(slot) + 1}",
            ONE_AGENCY_OPTIONS,
            measure=measure,
            agency=agency,
        )
    ]


def alternative_slot(case: Case, measure: Measure) -> str:
    """Return how the occasions on which one more agency is proposed begin, in this round."""
    return f"alternative:{case.departure.round}:{measure.value}:"


def ask_when_nobody_is_left(case: Case, measure: Measure) -> Steps:
    """Nobody may be asked for a measure: a human finds another way, or waits."""
    if measure in case.measures_in(MeasureState.DELIVERED) or case.awaits(
        QuestionKind.NO_AGENCY, measure
    ):
        return []
    slot = f"no_agency:{case.departure.round}:{measure.value}:"
    options = (Choice.ARRANGED, Choice.WAIT, Choice.GIVE_UP)
    occasion = f"{slot}{case.times_asked(slot) + 1}"
    return [ask(case, QuestionKind.NO_AGENCY, occasion, options, measure=measure)]


def put_again(case: Case, question: Question) -> Ask:
    """Put the same question again, as a new occasion with a new deadline."""
    occasion = question.slot.rpartition(":")[0]
    allowed = patience(case, question.kind, question.measure, question.about)
    return Ask(
        kind=question.kind,
        slot=f"{occasion}:{case.times_asked(f'{occasion}:') + 1}",
        options=tuple(question.options),
        due_at=by_when(case, allowed),
        source=allowed.source,
        measure=question.measure,
        request=case.request(question.request_id) if question.request_id else None,
        agency=question.agency,
        offer=question.offer,
        detail=question.detail,
        about=question.about,
        day=question.day,
        news_id=question.news_id,
    )


def later(case: Case, question: Question, wait: timedelta) -> Step:
    """Let a question rest, then put it again; within a safe window if the person must be
    reached.
    """
    again = case.now + wait
    if question.kind in CONTACT_KINDS:
        again = safe_from(case.facts, again, case.territory)
    return Expect(
        kind=DeadlineKind.ASK_AGAIN,
        slot=f"again:{question.slot}",
        due_at=again,
        source="à fixer par le territoire",
        measure=question.measure,
        request=case.request(question.request_id) if question.request_id else None,
        question=question,
    )


def times_put(question: Question) -> int:
    """Return how many times a question was put, this time included."""
    return int(question.slot.rpartition(":")[2])
