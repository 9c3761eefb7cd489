"""A reply that came too late, judged by a human: taken up with the person, or filed away."""

from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.consent import Manner
from models.journal import Event
from models.journey.reopening import revive
from models.journey.replies import fits_living, what_it_changes
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind
from models.reply import AgencyReply, ReplyKind
from models.request import ENDED, AgencyRequest, RequestState
from models.step import (
    ChangeChannel,
    Drop,
    GiveConsent,
    GiveUpAct,
    Met,
    MoveMeasure,
    MoveRequest,
    Note,
    Steps,
)

_DECIDED_OTHERWISE = (
    QuestionKind.NEXT_STEP,
    QuestionKind.CONFIRM_DELIVERY,
    QuestionKind.ALTERNATIVE,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.DOUBT,
)


def late_reply_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """Take the reply up, the person wanting it after all, or leave it in the journal only."""
    if choice is Choice.FILE_AWAY:
        return []
    news = next(news for news in case.news if news.id == question.news_id)
    request = case.request(news.request_id)
    if case.is_excluded(request.agency):
        # Danger: nothing goes on with those who are linked to the alleged perpetrator.
        return [_too_late(question, request, choice)]
    reply = AgencyReply.from_codes(news.reply or {})
    if reply.kind is ReplyKind.OFFER and reply.expires_at and reply.expires_at <= case.now:
        # The place is gone: nothing is left to take up.
        return [Note(Event.OFFER_EXPIRED, measure=request.measure, agency=request.agency)]
    steps: Steps = [
        *revive(case),
        GiveConsent(request.measure, request.agency, Manner.ORAL, question.answered_by or ""),
        *_sought_again(case, request.measure),
    ]
    if request.state in (*ENDED, RequestState.DRAFT):
        steps += _lives_again(case, request)
    elif not fits_living(request, reply):
        # Two late replies of one request: the first that was taken up went further.
        return steps
    return steps + what_it_changes(case, request, reply)


def _too_late(question: Question, request: AgencyRequest, choice: Choice) -> Note:
    return Note(
        Event.ANSWER_TOO_LATE,
        measure=request.measure,
        agency=request.agency,
        code=f"{question.kind.value}:{choice.value}",
        by=question.answered_by,
    )


def _sought_again(case: Case, measure: Measure) -> Steps:
    overtaken = [
        question
        for question in case.questions
        if question.measure is measure and question.kind in _DECIDED_OTHERWISE
    ]
    numbers = {question.id for question in overtaken}
    return [
        *(Drop(question) for question in overtaken),
        *(Met(deadline) for deadline in case.running() if deadline.question_id in numbers),
        MoveMeasure(measure, MeasureState.ONGOING),
    ]


def _lives_again(case: Case, request: AgencyRequest) -> Steps:
    # Danger: a recall that is still on its way would undo what is taken up.
    undone = (Verb.SEND, Verb.RECALL)
    # Danger: where one agent is linked to the alleged perpetrator, its head is spoken to, by voice.
    is_spoken = case.is_guarded(request.agency) and request.channel is not Channel.CALL
    return [
        *(GiveUpAct(act) for act in case.pending_acts(request) if act.verb in undone),
        *(
            Drop(told)
            for told in case.open_questions(QuestionKind.TELL_RECALL)
            if told.request_id == request.id
        ),
        *([ChangeChannel(request, Channel.CALL)] if is_spoken else []),
        MoveRequest(request, RequestState.ACKNOWLEDGED, forced=True),
    ]
