"""What a human answers about whom to ask: one more agency, another way, the same again, nobody."""

from datetime import timedelta

from models.case import Case
from models.consent import Manner
from models.journey.approach import approach, candidates
from models.journey.asking import ask_for_consent, ask_when_nobody_is_left, later
from models.journey.next_steps import following_agency, lasting_agency, sought_no_more
from models.journey.stopping import close_request, leave_behind, recall, take_back
from models.journey.yeses import MANNERS
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import ENDED
from models.step import GiveConsent, MoveMeasure, Steps
from models.territory import Agency

_DOUBT_AGAIN = timedelta(days=3)
_BY_THE_HOUR_AGAIN = timedelta(hours=4)


def measure_of(question: Question) -> Measure:
    """Return the measure that a question is about. Raises ValueError when it names none."""
    if question.measure is None:
        raise ValueError(f"question {question.id} of {question.reference} names no measure")
    return question.measure


def yes_given(question: Question, choice: Choice) -> GiveConsent:
    """Return the person's yes, as it was answered, to the agency that the question named."""
    by = question.answered_by or ""
    return GiveConsent(measure_of(question), question.agency or "", MANNERS[choice], by)


def alternative_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """One more agency may be asked, or not; a no to one agency says nothing of the measure."""
    measure = measure_of(question)
    if choice is Choice.NOT_THIS_AGENCY:
        # What else follows is put by the chapters: another agency, or nobody left.
        other = following_agency(case, measure)
        is_sought = measure in case.measures_in(MeasureState.ONGOING)
        return ask_for_consent(case, measure, other.code) if other and is_sought else []
    yes = yes_given(question, choice)
    if measure not in case.measures_in(MeasureState.ONGOING):
        return [yes]
    agency = case.territory.agency(yes.agency)
    return [yes, *approach(case, measure, agency, in_parallel=True)]


def path_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """What a human says of a doubt or of an unsafe path; the request leaves by itself after."""
    measure = measure_of(question)
    if choice is Choice.GIVE_UP:
        return take_back(case, measure, MeasureState.GIVEN_UP)
    if choice is Choice.WAIT:
        hurried = case.goes_by_the_hour(measure)
        return [later(case, question, _BY_THE_HOUR_AGAIN if hurried else _DOUBT_AGAIN)]
    if question.kind is QuestionKind.DOUBT or measure not in case.measures_in(MeasureState.ONGOING):
        return []
    return _another_way(case, question, choice)


def _another_way(case: Case, question: Question, choice: Choice) -> Steps:
    measure, agency = measure_of(question), question.agency or ""
    if choice is not Choice.USE_OTHER_AGENCY:
        return approach(case, measure, case.territory.agency(agency), in_parallel=True)
    asked = {live.agency for live in case.live_requests(measure)} | {agency}
    others = [other for other in candidates(case, measure) if other.code not in asked]
    if not others:
        return [] if case.live_requests(measure) else ask_when_nobody_is_left(case, measure)
    # Danger: the question named no other agency: a yes to it is asked for, not supposed.
    if not case.has_consent(measure, others[0].code):
        return ask_for_consent(case, measure, others[0].code)
    return approach(case, measure, others[0])


def _oral_yes(case: Case, question: Question, agency: str) -> list[GiveConsent]:
    measure = measure_of(question)
    if case.has_consent(measure, agency):
        return []
    return [GiveConsent(measure, agency, Manner.ORAL, question.answered_by or "")]


def no_agency_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """Nobody was left to ask: it was arranged otherwise, waits, or is given up."""
    measure = measure_of(question)
    if choice is Choice.ARRANGED:
        arranged = MoveMeasure(measure, MeasureState.DELIVERED)
        return [*leave_behind(case, measure), *sought_no_more(case, measure), arranged]
    return path_answered(case, question, choice)


def next_step_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """What follows a request that came to nothing."""
    request = case.request(question.request_id)
    measure = request.measure
    if choice is Choice.GIVE_UP:
        return take_back(case, measure, MeasureState.GIVEN_UP)
    if choice is Choice.KEEP_STOP_GAP:
        kept = MoveMeasure(measure, MeasureState.DELIVERED)
        return [*leave_behind(case, measure), *sought_no_more(case, measure), kept]
    chosen = _chosen(case, question, choice)
    if chosen is None:
        # The agency that was named may no longer be asked: another one takes another yes.
        other = following_agency(case, measure)
        if other is None:
            return ask_when_nobody_is_left(case, measure)
        return ask_for_consent(case, measure, other.code)
    yes = _oral_yes(case, question, chosen.code)
    is_scarce = case.territory.measures[measure].ask_again is not None
    is_kept = is_scarce and chosen.code != request.agency
    if request.state in ENDED or is_kept:
        return [*yes, *approach(case, measure, chosen)]
    # Its offer was declined: it ends before another request is made.
    ended = [*close_request(case, request), *recall(case, request)]
    return [*ended, *yes, *approach(case, measure, chosen, ending=request)]


def _chosen(case: Case, question: Question, choice: Choice) -> Agency | None:
    request = case.request(question.request_id)
    if choice is Choice.ASK_STOP_GAP:
        return case.stop_gap_for(request.measure)
    if choice is Choice.ASK_AGAIN:
        return lasting_agency(case, request)
    allowed = {agency.code: agency for agency in candidates(case, request.measure)}
    return allowed.get(question.agency or "")
