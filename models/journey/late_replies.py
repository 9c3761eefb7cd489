"""A reply that came too late, judged by a human: taken up with the person, or filed away."""

from models.case import Case
from models.consent import Manner
from models.departure import DepartureState
from models.journey.replies import what_it_changes
from models.measure import MeasureState
from models.question import Choice, Question
from models.reply import AgencyReply
from models.request import RequestState
from models.step import GiveConsent, MoveDeparture, MoveMeasure, MoveRequest, Steps


def late_reply_answered(case: Case, question: Question, choice: Choice) -> Steps:
    """Take the reply up, the person wanting it after all, or leave it in the journal only."""
    if choice is Choice.FILE_AWAY:
        return []
    news = next(news for news in case.news if news.id == question.news_id)
    request = case.request(news.request_id)
    steps: Steps = [
        GiveConsent(request.measure, request.agency, Manner.ORAL, question.answered_by or ""),
        MoveRequest(request, RequestState.ACKNOWLEDGED, forced=True),
        MoveMeasure(request.measure, MeasureState.ONGOING),
    ]
    if case.departure.state is DepartureState.CLOSED:
        steps.append(MoveDeparture(DepartureState.ACTIVE))
    reply = AgencyReply.from_codes(news.reply or {})
    return steps + what_it_changes(case, request, reply)
