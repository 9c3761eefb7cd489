"""What may stand between the person and a yes, told to the referent before anything is sent."""

from collections.abc import Iterator
from datetime import date, timedelta

from models.about import Doubt
from models.calendar import local_date, midnight
from models.case import Case
from models.journey.asking import ask
from models.journey.leaks import doubt_slot
from models.law import PeriodCode, ends, period
from models.measure import Measure
from models.person import ParentalAuthority
from models.question import Choice, QuestionKind
from models.request import RequestState
from models.step import Steps

_OPTIONS = (Choice.DOUBT_SETTLED, Choice.SEND_ANYWAY, Choice.WAIT, Choice.GIVE_UP)
_SETTLES = (Choice.DOUBT_SETTLED, Choice.SEND_ANYWAY)
_ONE_DAY = timedelta(days=1)
_SHARED_AUTHORITY = (ParentalAuthority.JOINT, ParentalAuthority.UNKNOWN)


def doubts(case: Case, measure: Measure) -> list[Doubt]:
    """Return what is doubtful about a measure today, whether or not a human judged it."""
    if measure is Measure.AUU:
        return list(_about_the_allowance(case))
    if measure is Measure.SCHOOL and case.facts.parental_authority in _SHARED_AUTHORITY:
        return [Doubt.OTHER_PARENT]
    return []


def open_doubts(case: Case, measure: Measure) -> list[Doubt]:
    """Return the doubts that no human has settled in this round: nothing is sent before."""
    return [doubt for doubt in doubts(case, measure) if not _is_settled(case, measure, doubt)]


def ask_doubts(case: Case, measure: Measure) -> Steps:
    """Put each open doubt to the referent, once, unless it rests."""
    return [
        ask(
            case,
            QuestionKind.DOUBT,
            f"{slot}{case.times_asked(slot) + 1}",
            _OPTIONS,
            measure=measure,
            agency=asked[0].code if (asked := case.agencies_for(measure)) else None,
            about=doubt.value,
        )
        for doubt in open_doubts(case, measure)
        if not case.awaits(QuestionKind.DOUBT, measure, doubt.value)
        for slot in [doubt_slot(case, measure, doubt)]
    ]


def _about_the_allowance(case: Case) -> Iterator[Doubt]:
    facts = case.facts
    newest = facts.newest_evidence()
    if newest is None:
        yield Doubt.EVIDENCE_MISSING
    elif _is_over(case, PeriodCode.AUU_EVIDENCE_AGE, newest - _ONE_DAY):
        # Law: less than twelve months old, on the day of the request.
        yield Doubt.EVIDENCE_TOO_OLD
    last = last_allowance(case)
    if last is not None and not _is_over(case, PeriodCode.AUU_FREQUENCY, last):
        yield Doubt.PAID_WITHIN_12_MONTHS
    if facts.shares_file:
        yield Doubt.SHARED_FILE
    if facts.joint_account:
        yield Doubt.JOINT_ACCOUNT


def last_allowance(case: Case) -> date | None:
    """Return the local date on which the allowance was last paid, as the referral says or as the
    caisse has said since; None if nothing is known of it.
    """
    paid = [
        local_date(request.changed_at, case.territory)
        for request in case.requests_for(Measure.AUU)
        if request.state is RequestState.FULFILLED
    ]
    told = case.facts.last_allowance_on
    return max([*paid, *([told] if told else [])], default=None)


def _is_over(case: Case, code: PeriodCode, since: date) -> bool:
    lasts = period(code, case.today)
    return ends(midnight(since, case.territory), lasts, case.territory) <= case.now


def _is_settled(case: Case, measure: Measure, doubt: Doubt) -> bool:
    answered = case.answers_to(QuestionKind.DOUBT, doubt_slot(case, measure, doubt))
    return any(question.answer in _SETTLES for question in answered)
