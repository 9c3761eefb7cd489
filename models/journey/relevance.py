"""Whether a question still has its reason: what happened meanwhile may have taken it away."""

from models.case import Case
from models.danger import DangerBand
from models.departure import UNDER_WAY, DepartureState
from models.journey.next_steps import is_sought_elsewhere
from models.measure import SETTLED, MeasureState
from models.question import Question, QuestionKind
from models.request import ENDED, RequestState

_OPEN = frozenset(DepartureState) - {DepartureState.CLOSED}
_AWAKE = _OPEN - {DepartureState.PAUSED}
_PLANNING = frozenset({DepartureState.CONTACTED})

# Rule: outside these states the question makes no sense; a kind that is not named always does.
_ASKED_IN: dict[QuestionKind, frozenset[DepartureState]] = {
    QuestionKind.FIRST_CONTACT: frozenset({DepartureState.PROPOSED}),
    QuestionKind.CONFIRM_MEASURE: _PLANNING,
    QuestionKind.DEPARTURE_DAY: _PLANNING,
    QuestionKind.SIGN_PLAN: _PLANNING,
    QuestionKind.CALL_AGENCY: _AWAKE,
    QuestionKind.OFFER: _AWAKE,
    QuestionKind.MISSING_DOCUMENT: _AWAKE,
    QuestionKind.NEXT_STEP: _AWAKE,
    QuestionKind.CONFIRM_DELIVERY: _AWAKE,
    QuestionKind.FOLLOW_UP: UNDER_WAY,
    QuestionKind.TAKE_BACK: _OPEN,
    QuestionKind.REOPEN: frozenset({DepartureState.PAUSED}),
    QuestionKind.CLOSE: _OPEN,
    QuestionKind.DOUBT: _AWAKE,
    QuestionKind.LEAK_PATH: _AWAKE,
    QuestionKind.NO_AGENCY: _AWAKE,
    QuestionKind.ALTERNATIVE: _AWAKE,
    QuestionKind.CHECKLIST: _AWAKE,
    QuestionKind.NEW_FACT: _OPEN,
    QuestionKind.DANGER: _OPEN,
    QuestionKind.RENEW_CONSENT: _AWAKE,
    QuestionKind.PROTECTION: _OPEN,
    QuestionKind.CONFLICT: _OPEN,
    QuestionKind.TRANSFER: _OPEN,
    QuestionKind.RELAY: _OPEN,
}
# What stands before a request: it has its reason as long as the measure is sought.
_BEFORE_A_REQUEST = frozenset(
    {
        QuestionKind.DOUBT,
        QuestionKind.LEAK_PATH,
        QuestionKind.NO_AGENCY,
        QuestionKind.ALTERNATIVE,
        QuestionKind.CHECKLIST,
    }
)
_OF_A_LIVING_REQUEST = (QuestionKind.CALL_AGENCY, QuestionKind.OFFER)
# A decision of the agency overtakes what it was missing.
_INCOMPLETE = (RequestState.NEED_INFO, RequestState.ACKNOWLEDGED)


def still_matters(case: Case, question: Question) -> bool:
    """Whether an answer can still change something, or the question still be put again."""
    if question.kind is QuestionKind.PROTECTION and question.about is not None:
        # A judge rules whatever has become of the departure.
        return True
    if case.departure.state not in _ASKED_IN.get(question.kind, frozenset(DepartureState)):
        return False
    if question.kind is QuestionKind.DANGER_NOW:
        return case.departure.danger is DangerBand.IMMEDIATE
    if question.kind in _OF_A_LIVING_REQUEST:
        return case.request(question.request_id).state not in ENDED
    if question.kind is QuestionKind.MISSING_DOCUMENT:
        return case.request(question.request_id).state in _INCOMPLETE
    if question.kind is QuestionKind.NEXT_STEP:
        return _is_undecided(case, question)
    wish = case.wish(question.measure) if question.measure else None
    if question.kind is QuestionKind.CONFIRM_DELIVERY:
        return wish is not None and wish.state is MeasureState.DELIVERED
    if question.kind in (QuestionKind.CONFIRM_MEASURE, QuestionKind.RENEW_CONSENT):
        return wish is not None and wish.state not in SETTLED
    if question.kind in _BEFORE_A_REQUEST:
        return wish is not None and wish.state not in SETTLED | {MeasureState.DELIVERED}
    return True


def _is_undecided(case: Case, question: Question) -> bool:
    """A measure that is sought, and that no other request seeks."""
    wish = case.wish(question.measure) if question.measure else None
    sought = is_sought_elsewhere(case, case.request(question.request_id))
    return wish is not None and wish.state is MeasureState.ONGOING and not sought
