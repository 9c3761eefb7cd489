"""What a human answers to a place that is offered: taken, declined, or to be kept for a while."""

from dataclasses import replace
from hashlib import sha256

from models.act import Verb
from models.case import Case
from models.journey.asking import by_when, put_again
from models.journey.next_steps import ask_next_step
from models.journey.replies import expect_delivery
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest
from models.step import Drop, Intend, Steps


def offer_answered(case: Case, question: Question, choice: Choice) -> Steps:
    request = case.request(question.request_id)
    if choice is Choice.HOLD_OFFER and not _was_outrun(case, question):
        return _hold(case, question, request)
    if choice is Choice.DECLINE_OFFER or _was_outrun(case, question):
        return [_decline(request, question), *_after_decline(case, request)]
    others = [
        other for other in case.open_questions(QuestionKind.OFFER) if other.request_id == request.id
    ]
    return [
        Intend(Verb.ACCEPT_OFFER, request, occasion_of(question), question.offer),
        # An orientation is not an admission: arrival has its own deadline.
        expect_delivery(case, request, case.now, f"offer-{question.id}"),
        *(_decline(request, other) for other in others),
        *(Drop(other) for other in others),
        *(
            Drop(overtaken)
            for overtaken in case.open_questions(QuestionKind.NEXT_STEP)
            if overtaken.request_id == request.id
        ),
    ]


def occasion_of(question: Question) -> str:
    """Return what tells what is answered to one offer from what is answered to another.

    Danger: never a row's number. In a store restored from a backup, it becomes the number of
    another question, and the agency would take an acceptance for one that it already has.
    """
    event, _, times = question.slot.split(":", 2)[2].rpartition(":")
    # The agency's own number for what it said may hold any sign; a key is a header.
    return sha256((event or times).encode()).hexdigest()[:12]


def _hold(case: Case, question: Question, request: AgencyRequest) -> Steps:
    """Ask for a place to be kept some hours more; until that is heard, its hour does not move."""
    options = tuple(one for one in question.options if one != Choice.HOLD_OFFER)
    again = replace(
        put_again(case, question),
        options=options,
        due_at=question.due_at,
        handed_at=by_when(case, case.territory.immediate_danger),
    )
    return [Intend(Verb.HOLD_OFFER, request, occasion_of(question), question.offer), again]


def _was_outrun(case: Case, question: Question) -> bool:
    """Whether another offer was accepted while this one stood: only one place is taken."""
    return any(
        act.verb is Verb.ACCEPT_OFFER
        and act.request_id == question.request_id
        and act.intended_at >= question.opened_at
        for act in case.acts
    )


def _decline(request: AgencyRequest, question: Question) -> Intend:
    return Intend(Verb.DECLINE_OFFER, request, occasion_of(question), question.offer)


def _after_decline(case: Case, request: AgencyRequest) -> Steps:
    put = case.open_questions(QuestionKind.OFFER) + case.open_questions(QuestionKind.NEXT_STEP)
    if case.has_accepted(request) or any(other.request_id == request.id for other in put):
        return []
    return ask_next_step(case, request)
