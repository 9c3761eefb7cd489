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
from models.step import Expect, Met, Note, SetProtection, Step, Steps

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
_RULINGS = {
    ProtectionKind.OP: (Choice.OP_GRANTED, Choice.OP_REFUSED, Choice.NO_STEP),
    ProtectionKind.OPPI: (Choice.OPPI_GRANTED, Choice.OPPI_REFUSED, Choice.NO_STEP),
}
_RULING_AGAIN = timedelta(days=1)
_A_WEEK = 7
_LEGAL_END_OPTIONS = (Choice.RENEWAL_STARTED, Choice.LET_END)


def ask_step(case: Case, occasion: str) -> Steps:
    """Ask what happened before a judge or a prosecutor."""
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or case.open_questions(QuestionKind.PROTECTION):
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
    steps: Steps = [
        SetProtection(kind, state, ended, by),
        *(
            Met(deadline)
            for deadline in case.running(DeadlineKind.COURT, DeadlineKind.LEGAL_END)
            if deadline.about == kind.value
        ),
        *_provisional_ends(case, kind, state),
        *_awaited(case, kind, state, since),
    ]
    if ended is not None:
        steps += [_warning(case, kind, ended)]
    trigger = _RAISES_DANGER.get((kind, state))
    return steps + (reassess(case, trigger) if trigger else [])


def _is_in_force(case: Case, kind: ProtectionKind) -> bool:
    known = case.protection(kind)
    if known is None or known.state is not ProtectionState.GRANTED:
        return False
    return known.ends_at is None or known.ends_at > case.now


def _prolongation(
    case: Case, kind: ProtectionKind, state: ProtectionState, since: datetime, by: str
) -> Steps:
    """A step towards a second protection takes nothing from the one that holds, nor a refusal."""
    awaited = [d for d in case.running(DeadlineKind.COURT) if d.about == kind.value]
    told = Note(Event.PROTECTION_NOTED, code=f"{kind}:{state}", by=by)
    return [told, *(Met(deadline) for deadline in awaited), *_awaited(case, kind, state, since)]


def _provisional_ends(case: Case, kind: ProtectionKind, state: ProtectionState) -> Steps:
    """An OPPI ends when the OP is decided (C. civ. 515-13-1)."""
    provisional = case.protection(ProtectionKind.OPPI)
    is_decided = state in (ProtectionState.GRANTED, ProtectionState.REFUSED)
    if kind is not ProtectionKind.OP or not is_decided or provisional is None:
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
