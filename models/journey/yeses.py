"""A yes has an end: it is asked anew in time, and when it ends what it allowed is taken back."""

from collections.abc import Iterator

from models.case import Case
from models.consent import Consent, Manner
from models.deadline import Deadline, DeadlineKind
from models.journal import Event
from models.journey.asking import ONE_AGENCY_OPTIONS, ask
from models.journey.next_steps import ask_next_step
from models.journey.stopping import ask_what_stays, close_request, recall
from models.law import PeriodCode, before, period
from models.measure import Measure
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest
from models.step import Expect, GiveConsent, Met, Note, Steps, WithdrawConsent

MANNERS = {
    Choice.AGREED_WRITTEN: Manner.WRITTEN,
    Choice.AGREED_ORAL: Manner.ORAL,
    Choice.AGREED_INTERPRETER: Manner.INTERPRETER,
}


def yeses(case: Case) -> Steps:
    """Watch the end of every yes that a living request leans on, and of no other."""
    watched = [consent for consent in case.consents if _is_leaned_on(case, consent)]
    numbers = {str(consent.id) for consent in watched}
    idle = [
        deadline
        for deadline in case.running(DeadlineKind.CONSENT_WARNING, DeadlineKind.CONSENT_END)
        # An end that has come and is not told yet is no idle one.
        if deadline.about not in numbers and deadline.due_at > case.now
    ]
    ends = (step for consent in watched for step in _ends(case, consent))
    return [*(Met(deadline) for deadline in idle), *ends]


def _is_leaned_on(case: Case, consent: Consent) -> bool:
    is_alive = consent.covers(consent.measure, case.now) and not _is_renewed(case, consent)
    return is_alive and bool(_leaning(case, consent))


def _ends(case: Case, consent: Consent) -> Iterator[Expect]:
    warning = period(PeriodCode.CONSENT_RENEWAL_WARNING, case.today)
    warned_at = before(consent.ends_at, warning, case.territory)
    for kind, due, source in (
        (DeadlineKind.CONSENT_WARNING, warned_at, warning.source),
        (DeadlineKind.CONSENT_END, consent.ends_at, case.territory.consent.source),
    ):
        known = [d for d in case.deadlines if (d.kind, d.about) == (kind, str(consent.id))]
        is_new = due > case.now and not any(deadline.is_running for deadline in known)
        # A yes that has little time left is asked anew at once.
        if is_new or (kind is DeadlineKind.CONSENT_WARNING and not known):
            slot = f"{kind.value}:{consent.id}:{len(known) + 1}"
            about = str(consent.id)
            at = max(due, case.now)
            yield Expect(kind, slot, at, source, measure=consent.measure, about=about)


def ask_renewal(case: Case, deadline: Deadline) -> Steps:
    """A yes ends soon: the person is asked whether it goes on."""
    consent = _consent(case, deadline)
    if consent.withdrawn_at or not _leaning(case, consent) or _is_renewed(case, consent):
        return []
    return [
        ask(
            case,
            QuestionKind.RENEW_CONSENT,
            f"renew:{consent.id}:1",
            ONE_AGENCY_OPTIONS,
            measure=consent.measure,
            agency=consent.agency,
        )
    ]


def renewal_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """The person says whether it goes on."""
    if question.measure is None or question.agency is None:
        raise ValueError(f"question {question.id} of {question.reference} names no agency")
    if choice is Choice.NOT_THIS_AGENCY:
        return end_yes(case, question.measure, question.agency)
    given = MANNERS[choice], question.answered_by or ""
    return [GiveConsent(question.measure, question.agency, *given)]


def yes_ended(case: Case, deadline: Deadline) -> Steps:
    """The last instant of a yes has passed: what leans on it alone is taken back."""
    consent = _consent(case, deadline)
    if consent.withdrawn_at or case.has_consent(consent.measure, consent.agency):
        return []
    told = Note(Event.CONSENT_ENDED, measure=consent.measure, agency=consent.agency)
    return [told, *_take_back_at(case, consent.measure, consent.agency)]


def end_yes(case: Case, measure: Measure, agency: str) -> Steps:
    """An agency no longer has a yes: its requests are recalled, and the referent is told what
    cannot be undone.
    """
    return [WithdrawConsent(measure, agency), *_take_back_at(case, measure, agency)]


def _take_back_at(case: Case, measure: Measure, agency: str) -> Steps:
    ended = [r for r in case.live_requests(measure) if r.agency == agency]
    return [
        *(step for r in ended for step in (*close_request(case, r), *recall(case, r))),
        *(ask_what_stays(case, measure, agency) if _has_done(case, measure, agency) else ()),
        *(step for r in ended[-1:] for step in ask_next_step(case, r)),
    ]


def _has_done(case: Case, measure: Measure, agency: str) -> bool:
    return any(
        request.agency == agency and request.sent_at is not None
        for request in case.requests_for(measure)
    )


def _leaning(case: Case, consent: Consent) -> list[AgencyRequest]:
    return [r for r in case.live_requests(consent.measure) if r.agency == consent.agency]


def _is_renewed(case: Case, consent: Consent) -> bool:
    return any(
        other.id != consent.id
        and (other.measure, other.agency) == (consent.measure, consent.agency)
        and other.covers(other.measure, case.now)
        and (other.ends_at, other.id or 0) > (consent.ends_at, consent.id or 0)
        for other in case.consents
    )


def _consent(case: Case, deadline: Deadline) -> Consent:
    return next(consent for consent in case.consents if str(consent.id) == deadline.about)
