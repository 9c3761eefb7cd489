"""Justice, accompanied: what a judge or a prosecutor decides is noted and its dates are watched.
Nothing is ever filed from here.
"""

from datetime import datetime, timedelta

from models.about import Right, Trigger
from models.calendar import local_date
from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, later, times_put
from models.journey.danger import reassess
from models.law import PeriodCode, before, ends, period
from models.protection import ProtectionKind, ProtectionState
from models.question import Choice, Question, QuestionKind
from models.reply import AgencyReply, Detail
from models.step import Drop, Expect, Met, Note, SetProtection, Step, Steps

_STEPS: dict[Choice, tuple[ProtectionKind, ProtectionState]] = {
    Choice.OP_ASKED: (ProtectionKind.OP, ProtectionState.ASKED),
    Choice.OP_HEARING_FIXED: (ProtectionKind.OP, ProtectionState.HEARING_FIXED),
    Choice.OP_GRANTED: (ProtectionKind.OP, ProtectionState.GRANTED),
    Choice.OP_REFUSED: (ProtectionKind.OP, ProtectionState.REFUSED),
    Choice.OPPI_ASKED: (ProtectionKind.OPPI, ProtectionState.ASKED),
    Choice.OPPI_GRANTED: (ProtectionKind.OPPI, ProtectionState.GRANTED),
    Choice.OPPI_REFUSED: (ProtectionKind.OPPI, ProtectionState.REFUSED),
    Choice.TGD_GIVEN: (ProtectionKind.TGD, ProtectionState.GRANTED),
    Choice.BAR_SET: (ProtectionKind.BAR, ProtectionState.GRANTED),
    Choice.PROSECUTED: (ProtectionKind.PROSECUTION, ProtectionState.STARTED),
}
_SAID: dict[Detail, tuple[ProtectionKind, ProtectionState]] = {
    Detail.HEARING_DATE: (ProtectionKind.OP, ProtectionState.HEARING_FIXED),
    Detail.PROTECTION_ORDER: (ProtectionKind.OP, ProtectionState.GRANTED),
    Detail.PROTECTION_ORDER_REFUSED: (ProtectionKind.OP, ProtectionState.REFUSED),
}
# Law: within six days of the hearing being fixed (C. civ. 515-11); within 24 hours (515-13-1).
_RULED_WITHIN = {
    (ProtectionKind.OP, ProtectionState.HEARING_FIXED): PeriodCode.OP_RULING,
    (ProtectionKind.OPPI, ProtectionState.ASKED): PeriodCode.OPPI_RULING,
}
# An OPPI ends when the OP is decided: it has no length of its own.
_LASTS = {
    ProtectionKind.OP: (PeriodCode.OP_DURATION, PeriodCode.OP_WARNING),
    ProtectionKind.TGD: (PeriodCode.TGD_DURATION, PeriodCode.PROTECTION_WARNING),
    ProtectionKind.BAR: (PeriodCode.BAR_DURATION, PeriodCode.PROTECTION_WARNING),
}
# Danger: the days in which the alleged perpetrator is summoned, or served, are among the worst.
_RAISES_DANGER = {
    (ProtectionKind.OP, ProtectionState.HEARING_FIXED): Trigger.HEARING_FIXED,
    (ProtectionKind.OP, ProtectionState.GRANTED): Trigger.ORDER_SERVED,
    (ProtectionKind.OP, ProtectionState.REFUSED): Trigger.ORDER_REFUSED,
    (ProtectionKind.OPPI, ProtectionState.GRANTED): Trigger.ORDER_SERVED,
}
_RULED = (ProtectionState.GRANTED, ProtectionState.REFUSED)
_RULINGS = {
    ProtectionKind.OP: (Choice.OP_GRANTED, Choice.OP_REFUSED, Choice.NO_STEP),
    ProtectionKind.OPPI: (Choice.OPPI_GRANTED, Choice.OPPI_REFUSED, Choice.NO_STEP),
}
_ASKED_OF = {
    DeadlineKind.COURT: QuestionKind.PROTECTION,
    DeadlineKind.LEGAL_END: QuestionKind.LEGAL_END,
}
_RULING_AGAIN = timedelta(days=1)
_A_WEEK = 7
_LEGAL_END_OPTIONS = (Choice.RENEWAL_STARTED, Choice.LET_END)


def ask_step(case: Case, occasion: str) -> Steps:
    """Ask what happened before a judge or a prosecutor."""
    asked = case.open_questions(QuestionKind.PROTECTION)
    # A ruling that is asked about leaves all the other steps to be told.
    is_asked = any(question.about is None for question in asked)
    if is_asked or case.departure.state is DepartureState.CLOSED:
        return []
    options = (*_STEPS, Choice.NO_STEP)
    return [ask(case, QuestionKind.PROTECTION, f"protection:{occasion}:1", options)]


def step_told(case: Case, question: Question, choice: Choice) -> Steps:
    """A referent says what happened, with the person; it counts from today."""
    if choice is Choice.NO_STEP:
        # A ruling that is awaited is asked for again, the period of the law being over: the next
        # day, then less and less often.
        wait = _RULING_AGAIN * min(times_put(question), _A_WEEK)
        return [later(case, question, wait)] if question.about else []
    kind, state = _STEPS[choice]
    return noted(case, kind, state, case.now, question.answered_by or "")


def information(case: Case, reply: AgencyReply, agency: str) -> Steps:
    """An agency says a date or a decision: it is noted, and moves no request."""
    if reply.detail not in _SAID:
        return []
    kind, state = _SAID[reply.detail]
    # A hearing is fixed when it is said, for the day that is told.
    is_fixed = state is ProtectionState.HEARING_FIXED
    since = case.now if is_fixed else min(reply.on or case.now, case.now)
    return noted(case, kind, state, since, agency)


def noted(
    case: Case, kind: ProtectionKind, state: ProtectionState, since: datetime, by: str
) -> Steps:
    """Note where a protection stands since an aware instant; watch what is now awaited."""
    granted = state is ProtectionState.GRANTED
    if not granted and _is_in_force(case, kind):
        return _prolongation(case, kind, state, since, by)
    ended = _end(case, kind, since) if granted else None
    watched = [d for d in case.running(DeadlineKind.LEGAL_END) if d.about == kind.value]
    steps: Steps = [
        SetProtection(kind, state, ended, by),
        *(Met(deadline) for deadline in watched),
        *_provisional_ends(case, kind, state),
        *_ruling(case, kind, state, since),
    ]
    if ended is not None:
        steps += [_warning(case, kind, ended)]
    return steps + _dangers(case, kind, state)


def _is_in_force(case: Case, kind: ProtectionKind) -> bool:
    known = case.protection(kind)
    if known is None or known.state is not ProtectionState.GRANTED:
        return False
    return known.ends_at is None or known.ends_at > case.now


def _prolongation(
    case: Case, kind: ProtectionKind, state: ProtectionState, since: datetime, by: str
) -> Steps:
    """A step towards a second protection takes nothing from the one that holds, nor a refusal."""
    told = Note(Event.PROTECTION_NOTED, code=f"{kind}:{state}", by=by)
    return [told, *_ruling(case, kind, state, since), *_dangers(case, kind, state)]


def _dangers(case: Case, kind: ProtectionKind, state: ProtectionState) -> Steps:
    trigger = _RAISES_DANGER.get((kind, state))
    return reassess(case, trigger) if trigger else []


def _ruling(case: Case, kind: ProtectionKind, state: ProtectionState, since: datetime) -> Steps:
    """A ruling that is told, or awaited from another day, is asked about no more."""
    awaited = _awaited(case, kind, state, since)
    if not awaited and state not in _RULED:
        return []
    court = [d for d in case.running(DeadlineKind.COURT) if d.about == kind.value]
    asked = [q for q in case.open_questions() if _asks_ruling(q, kind)]
    rests = [d for d in case.resting() if _asks_ruling(case.question(d.question_id), kind)]
    return [
        *(Met(deadline) for deadline in (*court, *rests)),
        *(Drop(question) for question in asked),
        *awaited,
    ]


def _asks_ruling(question: Question, kind: ProtectionKind) -> bool:
    return question.kind is QuestionKind.PROTECTION and question.about == kind.value


def _provisional_ends(case: Case, kind: ProtectionKind, state: ProtectionState) -> Steps:
    """An OPPI ends when the OP is decided (C. civ. 515-13-1)."""
    provisional = case.protection(ProtectionKind.OPPI)
    if kind is not ProtectionKind.OP or state not in _RULED or provisional is None:
        return []
    if provisional.state is not ProtectionState.GRANTED:
        return []
    return [SetProtection(ProtectionKind.OPPI, ProtectionState.ENDED, None, "")]


def rights_of_the_allowance(case: Case, paid_at: datetime) -> Step:
    """Six months of rights run from the first payment (CASF L214-10): warn before they end."""
    lasts = period(PeriodCode.AUU_RIGHTS, local_date(paid_at, case.territory))
    warning = period(PeriodCode.AUU_RIGHTS_WARNING, case.today)
    end = ends(paid_at, lasts, case.territory)
    return _watched(
        case, Right.AUU_RIGHTS.value, before(end, warning, case.territory), lasts.source
    )


def carried(case: Case, reference: str) -> list[Deadline]:
    """Return the dates that go with a person who moves, for the departure of that reference: those
    that run, and, at once, those whose question nobody has answered for good.

    Danger: numbered from one, as that departure goes on to number its own.
    """
    return [
        Deadline(
            reference=reference,
            slot=f"{kind.value}:{deadline.about}:{nth}",
            kind=kind,
            due_at=deadline.due_at if deadline.is_running else case.now,
            source=deadline.source,
            about=deadline.about,
        )
        for kind, asks in _ASKED_OF.items()
        for nth, deadline in enumerate(_still_watched(case, kind, asks), 1)
    ]


def _still_watched(case: Case, kind: DeadlineKind, asks: QuestionKind) -> list[Deadline]:
    running = list(case.running(kind))
    reached = {d.about: d for d in case.deadlines if d.kind is kind and d.reached_at is not None}
    asked = [last for about, last in reached.items() if case.awaits(asks, about=about)]
    return [*running, *asked]


def ask_ruling(case: Case, deadline: Deadline) -> Steps:
    """The period in which a judge rules is over: what was ruled is asked."""
    kind = ProtectionKind(deadline.about or "")
    slot = f"protection:{kind.value}:"
    if case.awaits(QuestionKind.PROTECTION, about=kind.value):
        return []
    return [
        ask(
            case,
            QuestionKind.PROTECTION,
            f"{slot}{case.times_asked(slot) + 1}",
            _RULINGS[kind],
            about=kind.value,
        )
    ]


def ask_legal_end(case: Case, deadline: Deadline) -> Steps:
    """A right or a protection is about to end: the referent sees to it with the person."""
    slot = f"legal_end:{deadline.about}:"
    return [
        ask(
            case,
            QuestionKind.LEGAL_END,
            f"{slot}{case.times_asked(slot) + 1}",
            _LEGAL_END_OPTIONS,
            about=deadline.about,
        )
    ]


def has_order(case: Case) -> bool:
    """Whether an ordonnance de protection is known to hold today."""
    return _is_in_force(case, ProtectionKind.OP)


def _awaited(case: Case, kind: ProtectionKind, state: ProtectionState, since: datetime) -> Steps:
    code = _RULED_WITHIN.get((kind, state))
    if code is None:
        return []
    within = period(code, local_date(since, case.territory))
    nth = sum(d.kind is DeadlineKind.COURT for d in case.deadlines) + 1
    return [
        Expect(
            DeadlineKind.COURT,
            f"court:{kind.value}:{nth}",
            ends(since, within, case.territory),
            within.source,
            about=kind.value,
        )
    ]


def _end(case: Case, kind: ProtectionKind, since: datetime) -> datetime | None:
    if kind not in _LASTS:
        return None
    lasts = period(_LASTS[kind][0], local_date(since, case.territory))
    return ends(since, lasts, case.territory)


def _warning(case: Case, kind: ProtectionKind, end: datetime) -> Step:
    lasts, warning = (period(code, case.today) for code in _LASTS[kind])
    return _watched(case, kind.value, before(end, warning, case.territory), lasts.source)


def _watched(case: Case, about: str, at: datetime, source: str) -> Step:
    nth = sum(d.kind is DeadlineKind.LEGAL_END for d in case.deadlines) + 1
    return Expect(DeadlineKind.LEGAL_END, f"legal_end:{about}:{nth}", at, source, about=about)
