"""The ladders against silence: one act at a time, each once, each written in the journal."""

from collections.abc import Iterator
from dataclasses import replace

from models.act import Verb
from models.calendar import due
from models.case import Case
from models.deadline import Deadline, DeadlineKind
from models.journal import Event
from models.journey.approach import approach
from models.journey.asking import (
    ask_for_consent,
    ask_to_call,
    by_when,
    call_asked,
    is_hurried,
    put_again,
)
from models.journey.next_steps import following_agency
from models.measure import MeasureState
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest, RequestState
from models.step import Ask, Expect, HandOver, Intend, MarkOverdue, Met, Note, Step, Steps
from models.territory import Delay, LadderStep, Rung

# Rule: nobody presses a person to confirm what they have, or to leave again.
_NEVER_HANDED = (QuestionKind.CONFIRM_DELIVERY, QuestionKind.REOPEN)


def climb_for_agency(case: Case, request: AgencyRequest, deadline: Deadline) -> Steps:
    """An agency stayed silent: do the next step that can be done, and set when the one after it
    comes.
    """
    rungs = _rungs_for_agency(case, request)
    for place in range(_first_rung(rungs, deadline), len(rungs)):
        steps = _acts_of(case, request, rungs[place].step)
        if steps:
            return [
                Note(
                    Event.LADDER_CLIMBED,
                    measure=request.measure,
                    agency=request.agency,
                    code=rungs[place].step.value,
                ),
                *steps,
                _next_rung(case, request, rungs[place], place),
            ]
    # The last net: whoever is asked to phone stays asked.
    return ask_to_call(case, request)


def late_by_law(case: Case, request: AgencyRequest) -> Steps:
    """The law's own period is over: whoever coordinates is asked to phone, at once."""
    step = LadderStep.COORDINATOR
    told = Note(
        Event.LADDER_CLIMBED, measure=request.measure, agency=request.agency, code=step.value
    )
    handed = list(_hand_over_call(case, request, step))
    if handed or call_asked(case, request):
        return [told, *handed]
    return [told, *(replace(put, asked_of=_who(case, step)) for put in _call(case, request))]


def climbs(case: Case, request: AgencyRequest) -> bool:
    """Whether a ladder is under way for a request.

    Danger: a step whose hour came with another deadline's is still to be read: it is under way too.
    """
    return any(
        deadline.request_id == request.id and case.is_under_way(deadline)
        for deadline in case.deadlines
        if deadline.kind is DeadlineKind.LADDER
    )


def climb_for_question(case: Case, question: Question) -> Steps:
    """A human stayed silent: somebody else is asked; the last of them again, once a period."""
    ladders = case.territory.ladders
    hurried = is_hurried(case, question.kind, question.measure, question.about)
    rungs = ladders.referent_urgent if hurried else ladders.referent
    put = [d for d in case.deadlines if d.question_id == question.id]
    nth = sum(d.kind is DeadlineKind.QUESTION for d in put)
    higher = [
        rung
        for rung in rungs
        if _rank(case, _who(case, rung.step)) > _rank(case, question.asked_of)
    ]
    rung = higher[0] if higher else rungs[-1]
    wait = rung.wait
    if not higher and hurried:
        wait = _before_the_last_is_woken_again(case, question) or wait
    until = by_when(case, wait)
    if question.kind is QuestionKind.OFFER:
        # What is offered is gone at its hour, whoever is asked.
        until = min(until, question.due_at)
    return [
        _handed(case, question, rung.step),
        Expect(
            DeadlineKind.QUESTION,
            f"question:{question.id}:{nth + 1}",
            until,
            wait.source,
            question=question,
        ),
    ]


def _before_the_last_is_woken_again(case: Case, question: Question) -> Delay | None:
    """Rule: where a stop-gap shelters the person, nobody is woken every night for what follows: the
    last of the ladder is asked as often as the agency itself.
    """
    is_bridged = Choice.KEEP_STOP_GAP.value in question.options
    if question.measure is None or not is_bridged:
        return None
    return case.territory.measures[question.measure].ask_again


def _handed(case: Case, question: Question, step: LadderStep) -> Step:
    is_call = question.kind is QuestionKind.CALL_AGENCY
    if is_call and climbs(case, case.request(question.request_id)):
        return MarkOverdue(question)
    if question.kind in _NEVER_HANDED:
        return MarkOverdue(question)
    return HandOver(question, step, _who(case, step))


def _who(case: Case, step: LadderStep) -> str:
    """Return whom a step asks: a backup who is not there gives way to the coordinator."""
    territory = case.territory
    if step is LadderStep.SUPERVISOR:
        return territory.supervisor
    referent = territory.referent(case.departure.referent)
    if step is LadderStep.COORDINATOR or referent is None:
        return territory.coordinator
    return territory.stands_in(referent.backup, case.today)


def _rank(case: Case, code: str) -> int:
    """Return how high somebody stands on a ladder: nothing is ever handed down."""
    territory = case.territory
    above = {territory.coordinator: 2, territory.supervisor: 3}
    return above.get(code, 0 if code == case.departure.referent else 1)


def _rungs_for_agency(case: Case, request: AgencyRequest) -> list[Rung]:
    ladders = case.territory.ladders
    # Rule: what is counted in hours climbs by the hour: shelter, medical evidence.
    by_the_hour = case.goes_by_the_hour(request.measure)
    return ladders.agency_urgent if by_the_hour else ladders.agency


def _first_rung(rungs: list[Rung], deadline: Deadline) -> int:
    if deadline.kind is DeadlineKind.LADDER:
        return (deadline.rung or 0) + 1
    # Rule: what was reminded of, or promised and is late, is not reminded of: somebody phones.
    is_overdue = deadline.kind in (DeadlineKind.DELIVER, DeadlineKind.REMINDED)
    return int(is_overdue and rungs[0].step is LadderStep.REMIND)


def _acts_of(case: Case, request: AgencyRequest, step: LadderStep) -> Steps:
    match step:
        case LadderStep.REMIND:
            is_useless = case.goes_by_call(request) or case.has_done(Verb.REMIND, request)
            is_unsent = request.state is RequestState.DRAFT
            return [] if is_useless or is_unsent else [Intend(Verb.REMIND, request)]
        case LadderStep.CALL:
            return ask_to_call(case, request)
        case LadderStep.ALTERNATIVE:
            return _in_parallel(case, request)
    return list(_hand_over_call(case, request, step))


def _hand_over_call(case: Case, request: AgencyRequest, step: LadderStep) -> Iterator[Step]:
    to = _who(case, step)
    asked = call_asked(case, request)
    if asked is not None:
        if _rank(case, asked.asked_of) < _rank(case, to):
            yield HandOver(asked, step, to)
        return
    for resting in case.resting():
        if resting.request_id == request.id:
            yield Met(resting)
            yield replace(put_again(case, case.question(resting.question_id)), asked_of=to)
            return


def _call(case: Case, request: AgencyRequest) -> list[Ask]:
    return [step for step in ask_to_call(case, request) if isinstance(step, Ask)]


def _in_parallel(case: Case, request: AgencyRequest) -> Steps:
    if request.measure not in case.measures_in(MeasureState.ONGOING):
        return []
    gap = case.stop_gap_for(request.measure)
    is_new = gap is not None and not case.was_asked(request.measure, gap)
    other = gap if is_new else following_agency(case, request.measure)
    if other is None:
        return []
    if case.has_consent(request.measure, other.code):
        return approach(case, request.measure, other, in_parallel=True)
    return ask_for_consent(case, request.measure, other.code)


def _next_rung(case: Case, request: AgencyRequest, rung: Rung, place: int) -> Expect:
    climbed = [
        d for d in case.deadlines if d.kind is DeadlineKind.LADDER and d.request_id == request.id
    ]
    return Expect(
        DeadlineKind.LADDER,
        f"ladder:{request.id}:{len(climbed) + 1}",
        due(case.now, rung.wait, case.territory),
        rung.wait.source,
        request=request,
        rung=place,
    )
