"""One piece of news, whatever its kind, becomes steps."""

from models.case import Case
from models.journey.answers import answered
from models.journey.replies import replied
from models.journey.silences import reached
from models.journey.standings import stood
from models.journey.wishes import wished
from models.news import News, NewsKind
from models.reply import AgencyReply
from models.standing import standing_in
from models.step import Steps


def digest(case: Case, news: News) -> Steps:
    """Return what a piece of news changes."""
    if news.kind is NewsKind.REPLY:
        codes = news.reply or {}
        standing = standing_in(codes)
        if standing is not None:
            return stood(case, news, standing)
        return replied(case, news, AgencyReply.from_codes(codes))
    if news.kind is NewsKind.ANSWER:
        return answered(case, case.question(news.question_id))
    if news.kind is NewsKind.WISH:
        return wished(case, news)
    return reached(case, case.deadline(news.deadline_id))
