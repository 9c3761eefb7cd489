"""What changes around a departure: an agency linked to the alleged perpetrator, a move to another
territory.
"""

from dataclasses import replace
from typing import Any

from models.act import Act
from models.agency import Channel
from models.case import Case
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.facts import Facts
from models.journey.approach import UNDOING, candidates
from models.journey.asking import (
    ask,
    ask_to_call,
    ask_to_tell,
    ask_when_nobody_is_left,
    put_again,
)
from models.journey.doubts import last_allowance
from models.journey.next_steps import ask_next_step
from models.journey.stopping import close, close_request, recall, told_of
from models.measure import SETTLED
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest
from models.step import (
    ChangeChannel,
    Drop,
    Exclude,
    GiveUpAct,
    Met,
    Steps,
    Transfer,
    WithdrawConsent,
)

_ABOUT_ONE_AGENCY = (
    QuestionKind.CONFIRM_MEASURE,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.RENEW_CONSENT,
)


def ask_conflict(case: Case, occasion: str) -> Steps:
    """Ask which agency, or which one's agent, is linked to the alleged perpetrator."""
    if case.open_questions(QuestionKind.CONFLICT) or case.departure.state is DepartureState.CLOSED:
        return []
    options = (
        *(f"{Choice.CONFLICT_WITH}:{code}" for code in _concerned(case)),
        *(f"{Choice.AVOID_AGENT}:{code}" for code in _concerned(case)),
        Choice.NO_CONFLICT,
    )
    return [ask(case, QuestionKind.CONFLICT, f"conflict:{occasion}:1", options)]


def conflict_told(case: Case, question: Question, choice: Choice) -> Steps:
    """Go around an agency, or around its agents."""
    agency, by = question.answer_about, question.answered_by or ""
    if choice is Choice.NO_CONFLICT or not agency:
        return []
    held = [request for request in case.live_requests() if request.agency == agency]
    if choice is Choice.AVOID_AGENT:
        return [
            Exclude(agency, by, agent_only=True),
            *_said_by_voice(case, _concerning(case, agency)),
            *(step for request in held for step in _by_voice(case, request)),
        ]
    agreed = {c.measure for c in case.consents if c.agency == agency and not c.withdrawn_at}
    # Danger: decided as of an agency that is excluded: it is told by voice only, and is no option.
    then = _without(case, agency)
    return [
        *(WithdrawConsent(measure, agency) for measure in sorted(agreed)),
        *(step for r in held for step in (*close_request(then, r), *recall(then, r))),
        # One word for all: what is recalled just now says the rest.
        *_said_by_voice(case, [r for r in _concerning(case, agency) if r not in held]),
        *_put_elsewhere(then, agency),
        Exclude(agency, by),
        *(step for r in held for step in ask_next_step(then, r)),
    ]


def _put_elsewhere(case: Case, agency: str) -> Steps:
    """What was asked of the person about an excluded agency is asked about another one."""
    steps: Steps = []
    for question in case.open_questions():
        if question.agency != agency or question.kind not in _ABOUT_ONE_AGENCY:
            continue
        steps.append(Drop(question))
        measure = question.measure
        if question.kind is not QuestionKind.CONFIRM_MEASURE or measure is None:
            continue
        if allowed := candidates(case, measure):
            steps.append(replace(put_again(case, question), agency=allowed[0].code))
        else:
            steps += ask_when_nobody_is_left(case, measure)
    return steps


def _concerning(case: Case, agency: str) -> list[AgencyRequest]:
    return [request for request in case.requests if request.agency == agency]


def _said_by_voice(case: Case, requests: list[AgencyRequest]) -> Steps:
    """A withdrawal that was on its way to an agency is told by phone instead, each by itself."""
    steps: Steps = []
    for request in requests:
        undoing = [act for act in case.pending_acts(request) if act.verb in UNDOING]
        steps += [GiveUpAct(act) for act in undoing]
        untold = [told_of(act) for act in undoing if not _is_being_told(case, act)]
        steps += [
            ask_to_tell(case, request, offer, place=place) for place, offer in enumerate(untold)
        ]
    return steps


def _is_being_told(case: Case, act: Act) -> bool:
    """Whether the referent was asked to phone already, the agency being away."""
    return any(
        (question.request_id, question.offer) == (act.request_id, told_of(act))
        for question in case.open_questions(QuestionKind.TELL_RECALL)
    )


def _by_voice(case: Case, request: AgencyRequest) -> Steps:
    """What is already there is spoken of with the agency's head: its agents are told nothing."""
    pending = [act for act in case.pending_acts(request) if act.verb not in UNDOING]
    channel: Steps = []
    if request.channel is not Channel.CALL:
        channel = [ChangeChannel(request, Channel.CALL)]
    return [*(GiveUpAct(act) for act in pending), *channel, *ask_to_call(case, request)]


def _concerned(case: Case) -> list[str]:
    """Return the agencies that the plan may ask, and those that hold a request."""
    measures = [wish.measure for wish in case.wishes if wish.state not in SETTLED]
    plans = [case.territory.measures[m] for m in measures if m in case.territory.measures]
    asked = {code for plan in plans for code in (*plan.agencies, plan.stop_gap) if code}
    asked |= {request.agency for request in case.live_requests()}
    return sorted(code for code in asked if not case.is_excluded(code))


def ask_transfer(case: Case, occasion: str) -> Steps:
    """Ask where the person goes on."""
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or case.open_questions(QuestionKind.TRANSFER):
        return []
    options = (*(f"{Choice.TRANSFER_TO}:{code}" for code in case.elsewhere), Choice.STAYS_HERE)
    return [ask(case, QuestionKind.TRANSFER, f"transfer:{occasion}:1", options)]


def transfer_told(case: Case, question: Question, choice: Choice) -> Steps:
    """Hand over to another territory: nothing stays pending here, every yes is asked anew there."""
    territory = question.answer_about
    if choice is Choice.STAYS_HERE or not territory:
        return []
    carried = [*case.running(DeadlineKind.LEGAL_END, DeadlineKind.COURT)]
    asked = case.open_questions(QuestionKind.LEGAL_END)
    return [
        Transfer(territory, question.answered_by or ""),
        *close(case, Outcome.MOVED),
        # What warns of an end goes with the person.
        *(Met(deadline) for deadline in carried),
        *(Drop(warned) for warned in asked),
    ]


def facts_there(case: Case, reference: str) -> Facts:
    """Return what the rules may know of the person in the departure where they go on."""
    otherwise: dict[str, Any] = {
        "reference": reference,
        # An agency that was set aside here is not one of those there.
        "excluded_agencies": [],
        "guarded_agencies": [],
        # Law: once in twelve months, whichever caisse paid (CASF D214-12).
        "last_allowance_on": last_allowance(case),
    }
    return Facts(**case.facts.model_dump() | otherwise)


def _without(case: Case, agency: str) -> Case:
    """Return the case as it stands once an agency is excluded."""
    facts = Facts(**case.facts.model_dump())
    facts.excluded_agencies = sorted({*facts.excluded_agencies, agency})
    return Case(**{**vars(case), "facts": facts})
