"""What is done when an agency, asked, contradicts us: the same act again, or a human's call."""

from models.act import Act, ActState, Verb
from models.case import Case
from models.journal import Event
from models.journey.asking import ask_to_call, ask_to_tell
from models.journey.stopping import tell_recalled
from models.measure import URGENT
from models.news import News, NewsKind
from models.question import QuestionKind
from models.request import ENDED, AgencyRequest, RequestState
from models.standing import Standing, standing_in
from models.step import DoAgain, Intend, Note, Steps


def stood(case: Case, news: News, standing: Standing) -> Steps:
    """Do what is safe about a contradiction: what was never there is sent again under its own key;
    anything else is asked of the agency by a human voice, and moves nothing.
    """
    request = case.request(news.request_id)
    said = Note(
        Event.REPLY_RECEIVED,
        measure=request.measure,
        agency=request.agency,
        code=standing.value,
        by=request.agency,
    )
    if standing is Standing.HELD:
        return [said, *_recall_again(case, request, news)]
    if request.state in ENDED:
        return [said]
    if standing is Standing.UNKNOWN and not _was_answered(request):
        return [said, *_send_again(case, request, news)]
    # Danger: after the agency's own word, a second sending could be a second request there.
    return [said, *ask_to_call(case, request)]


def _send_again(case: Case, request: AgencyRequest, news: News) -> Steps:
    sent = _done(case, request, Verb.SEND)
    if not sent or _was_said_before(case, news):
        return ask_to_call(case, request)
    # Rule: emergency housing never waits for an API.
    voice = ask_to_call(case, request) if request.measure in URGENT else []
    return [DoAgain(sent[-1]), *voice]


def _recall_again(case: Case, request: AgencyRequest, news: News) -> Steps:
    is_asked = any(
        question.request_id == request.id
        for question in case.open_questions(QuestionKind.TELL_RECALL)
    )
    if request.state is not RequestState.WITHDRAWN or is_asked:
        return []
    if _was_said_before(case, news):
        return [ask_to_tell(case, request)]
    told, recalled = tell_recalled(case, request), _done(case, request, Verb.RECALL)
    # Danger: what was safe to write when it was recalled may be safe by voice only today.
    by_voice = not any(isinstance(step, Intend) for step in told)
    return told if by_voice or not recalled else [DoAgain(recalled[-1])]


def _was_answered(request: AgencyRequest) -> bool:
    return request.state not in (RequestState.DRAFT, RequestState.REQUESTED)


def _done(case: Case, request: AgencyRequest, verb: Verb) -> list[Act]:
    return [
        act
        for act in case.acts
        if act.request_id == request.id and act.verb is verb and act.state is ActState.DONE
    ]


def _was_said_before(case: Case, news: News) -> bool:
    """Whether the agency said the same of this request earlier: once more would change nothing."""
    return any(
        earlier.kind is NewsKind.REPLY
        and earlier.request_id == news.request_id
        and earlier.id != news.id
        and earlier.read_at is not None
        and standing_in(earlier.reply or {}) is standing_in(news.reply or {})
        for earlier in case.news
    )
