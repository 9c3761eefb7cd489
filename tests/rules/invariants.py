"""What must hold of every departure after every pass, whatever happened before."""

from collections import Counter
from datetime import datetime

from models.act import Verb
from models.agency import Channel
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import CONTACT_KINDS
from models.journey.leaks import unsafe_paths
from models.measure import WAITS_FOR, Measure, MeasureState
from models.news import NewsKind
from models.page import artifact_of, form_description
from models.person import PsyTriage
from models.question import Choice, Question, QuestionKind
from models.request import AgencyRequest, RequestState
from models.safe_hours import is_safe
from models.timeline import sentence
from models.wording import help_of
from tests.rules.walk import Walk, has_ended, is_still

_UNDOING = (Verb.RECALL, Verb.DECLINE_OFFER)
_SAID = (Event.REPLY_RECEIVED, Event.REPLY_TOO_LATE, Event.INFORMATION_RECEIVED)
_PLANNING = (QuestionKind.CONFIRM_MEASURE, QuestionKind.DEPARTURE_DAY, QuestionKind.SIGN_PLAN)
_OF_A_LIVING_REQUEST = (
    QuestionKind.CALL_AGENCY,
    QuestionKind.OFFER,
    QuestionKind.MISSING_DOCUMENT,
)
_AFTER_THE_END = (
    QuestionKind.TELL_RECALL,
    QuestionKind.DANGER_NOW,
    QuestionKind.SUICIDAL_RISK,
    QuestionKind.LATE_REPLY,
    QuestionKind.LEGAL_END,
    QuestionKind.CANNOT_UNDO,
)
_BEFORE_A_REQUEST = (
    QuestionKind.DOUBT,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.ALTERNATIVE,
    QuestionKind.CHECKLIST,
)
_DURING_A_PAUSE = (
    *_AFTER_THE_END,
    QuestionKind.REOPEN,
    QuestionKind.CLOSE,
    QuestionKind.TAKE_BACK,
    QuestionKind.DANGER,
    QuestionKind.NEW_FACT,
    QuestionKind.PROTECTION,
    QuestionKind.CONFLICT,
    QuestionKind.TRANSFER,
    QuestionKind.RELAY,
)
_IN_HAND = (MeasureState.DELIVERED, MeasureState.CONFIRMED)
_NEVER_AGAIN = (MeasureState.DECLINED, MeasureState.GIVEN_UP, MeasureState.WITHDRAWN)


class Memory:
    """What the last look saw, to compare with what the next one sees."""

    def __init__(self) -> None:
        self.read_at: dict[int | None, datetime] = {}
        self.ended: set[int | None] = set()
        self.told = 0
        self.left = 0

    def check(self, walk: Walk) -> None:
        """Check everything; raise AssertionError with what is wrong."""
        case = walk.case
        check_case(case)
        self._was_read_once(case)
        self._was_not_revived_in_silence(case)
        self._tells_every_reply(walk, case)
        self._left_with_a_yes(walk)

    def _was_read_once(self, case: Case) -> None:
        now = {news.id: news.read_at for news in case.news if news.read_at}
        assert now.items() >= self.read_at.items(), "a piece of news was read twice"
        self.read_at = now

    def _was_not_revived_in_silence(self, case: Case) -> None:
        alive = {request.id for request in case.live_requests()}
        revived = self.ended & alive
        assert revived <= _taken_up(case), f"late replies were applied to {revived}"
        self.ended = {request.id for request in case.requests} - alive

    def _tells_every_reply(self, walk: Walk, case: Case) -> None:
        entries = walk.ground.entries()
        assert len(entries) >= self.told
        for entry in entries[self.told :]:
            assert sentence(entry, case.territory)
        self.told = len(entries)
        replies = [news for news in case.news if news.kind is NewsKind.REPLY]
        said = [entry for entry in entries if entry.event in _SAID]
        assert len(replies) == len(said), "a reply left no line in the journal"

    def _left_with_a_yes(self, walk: Walk) -> None:
        for intent, then in walk.tried[self.left :]:
            if intent.verb in _UNDOING:
                continue
            assert not is_still(then), f"{intent.key} left a departure at rest"
            wish = then.wish(intent.measure)
            assert wish is not None
            assert wish.state not in _NEVER_AGAIN, f"{intent.key} left, {wish.state}"
            assert then.has_consent(intent.measure, intent.agency), f"{intent.key}: no yes"
            assert not then.is_excluded(intent.agency), f"{intent.key}: to an excluded agency"
            by_voice = _request(then, intent.request_key).channel is Channel.CALL
            assert by_voice or not then.is_guarded(intent.agency), f"{intent.key}: an agent reads"
            turn = _request(then, intent.request_key).round
            paths = unsafe_paths(then, intent.measure, intent.agency, turn)
            assert by_voice or not paths, f"{intent.key} left along {paths}"
        self.left = len(walk.tried)


def check_case(case: Case) -> None:
    """Check what one look at a departure at rest can tell; raise AssertionError."""
    _is_digested(case)
    _is_watched(case)
    _questions_make_sense(case)
    _are_put_in_safe_hours(case)
    _acts_make_sense(case)
    _agencies_know(case)
    _can_be_told(case)


def _request(case: Case, key: str) -> AgencyRequest:
    return next(request for request in case.requests if request.key == key)


def _is_digested(case: Case) -> None:
    assert all(news.read_at for news in case.news)
    late = [d.slot for d in case.running() if d.due_at <= case.now]
    assert not late, f"deadlines in the past: {late}"


def _is_watched(case: Case) -> None:
    state = case.departure.state
    if state is DepartureState.CLOSED:
        assert not case.live_requests()
        return
    assert case.open_questions() or any(case.running()) or case.pending_acts(), "forgotten"
    if case.facts.psy_triage is PsyTriage.SUICIDAL_RISK and state is not DepartureState.PAUSED:
        assert case.times_asked("suicidal:"), "a suicidal risk is forgotten"
    for risk in case.open_questions(QuestionKind.SUICIDAL_RISK):
        queued = [r for r in case.requests_for(Measure.PSY) if r.state is RequestState.DRAFT]
        sent = [a for a in case.pending_acts() if a.request_id in {r.id for r in queued}]
        assert all(a.intended_at <= risk.opened_at for a in sent), "a suicidal risk was queued"
    if state is DepartureState.PAUSED:
        assert not case.live_requests()
        assert case.open_questions(QuestionKind.REOPEN), "no way back from the pause"
        return
    if case.departure.danger is DangerBand.IMMEDIATE:
        assert case.awaits(QuestionKind.DANGER_NOW), "an immediate danger is forgotten"
    for request in case.live_requests():
        assert (
            any(question.request_id == request.id for question in case.open_questions())
            or any(deadline.request_id == request.id for deadline in case.running())
            or case.pending_acts(request)
        ), f"{request.key} is forgotten in {request.state}"
    if state in (DepartureState.ACTIVE, DepartureState.STABILISING):
        for wish in case.wishes:
            assert _will_move(case, wish.measure), f"{wish.measure} is forgotten in {wish.state}"


def _will_move(case: Case, measure: Measure) -> bool:
    """Whether a measure is settled, or somebody or something is due to move it."""
    wish = case.wish(measure)
    if wish is None or wish.state in (*_NEVER_AGAIN, MeasureState.CONFIRMED):
        return True
    if measure is Measure.PSY and case.awaits(QuestionKind.SUICIDAL_RISK):
        return True
    return (
        bool(case.live_requests(measure))
        or any(q.measure is measure for q in case.open_questions())
        or any(d.measure is measure for d in case.running())
        or any(
            needed.state not in (*_NEVER_AGAIN, MeasureState.CONFIRMED, MeasureState.DELIVERED)
            and _will_move(case, other)
            for other in WAITS_FOR.get(measure, {})
            if wish.state is MeasureState.AGREED and (needed := case.wish(other)) is not None
        )
    )


def _questions_make_sense(case: Case) -> None:
    asked = case.open_questions()
    for question in asked:
        assert _makes_sense(case, question), f"{question.slot} makes no sense"
        deadlines = [d for d in case.running() if d.question_id == question.id]
        assert [d.kind for d in deadlines] == [DeadlineKind.QUESTION], f"{question.slot} can wait"
    twice = Counter(
        (q.kind, q.measure, q.agency, q.request_id, q.offer, q.detail, q.about, q.day, q.news_id)
        for q in asked
        # Two offers without a number are two offers.
        if q.kind is not QuestionKind.OFFER or q.offer
    )
    assert not twice or max(twice.values()) == 1, f"asked twice: {twice.most_common(1)}"


def _are_put_in_safe_hours(case: Case) -> None:
    """A contact that is proposed again, or long after, is proposed when it is safe."""
    for deadline in case.running(DeadlineKind.FOLLOW_UP, DeadlineKind.ASK_AGAIN):
        question = case.question(deadline.question_id) if deadline.question_id else None
        if question is None or question.kind in CONTACT_KINDS:
            at = deadline.due_at
            assert is_safe(case.facts, at, case.territory), f"{deadline.slot} at an unsafe hour"


def _makes_sense(case: Case, question: Question) -> bool:
    state = case.departure.state
    wish = case.wish(question.measure) if question.measure else None
    if state is DepartureState.CLOSED:
        return question.kind in _AFTER_THE_END
    if state is DepartureState.PAUSED:
        return question.kind in _DURING_A_PAUSE
    if question.kind is QuestionKind.FIRST_CONTACT:
        return state is DepartureState.PROPOSED
    if question.kind in _PLANNING:
        return state is DepartureState.CONTACTED
    if question.kind in _OF_A_LIVING_REQUEST:
        return not has_ended(case.request(question.request_id))
    if question.kind is QuestionKind.NEXT_STEP:
        is_scarce = case.territory.measures[question.measure or Measure.AUU].ask_again is not None
        others = {r.id for r in case.live_requests(question.measure)} - {question.request_id}
        is_sought = wish is not None and wish.state is MeasureState.ONGOING
        return is_sought and (is_scarce or not others)
    if question.kind in _BEFORE_A_REQUEST:
        return wish is not None and wish.state not in (*_NEVER_AGAIN, *_IN_HAND)
    if question.kind is QuestionKind.CONFIRM_DELIVERY:
        return wish is not None and wish.state is MeasureState.DELIVERED
    return question.kind is not QuestionKind.REOPEN


def _acts_make_sense(case: Case) -> None:
    for act in case.pending_acts():
        assert act.verb in _UNDOING or not has_ended(case.request(act.request_id)), act.key
        assert any(
            deadline.slot.startswith(f"retry:{act.id}:")
            for deadline in case.running(DeadlineKind.RETRY)
        ), f"{act.key} will never be tried again"
    for measure in Measure:
        live = case.live_requests(measure)
        # In parallel only by somebody's yes, and never twice of one agency.
        twice = Counter(request.agency for request in live if request.id not in _taken_up(case))
        assert not twice or max(twice.values()) == 1, f"{measure} asked twice: {twice}"
    for wish in case.wishes:
        if wish.state in _NEVER_AGAIN:
            assert not case.live_requests(wish.measure)
            living = [c for c in case.consents if c.measure is wish.measure and not c.withdrawn_at]
            assert not living, f"a yes outlives {wish.measure}"


def _agencies_know(case: Case) -> None:
    """No agency works on what nobody wants any more without having been told, or about to be."""
    told: set[int | None] = {act.request_id for act in case.acts if act.verb is Verb.RECALL}
    told |= {q.request_id for q in case.questions if q.kind is QuestionKind.TELL_RECALL}
    tried = {act.request_id for act in case.acts if act.verb is Verb.SEND and act.tries}
    for request in case.requests:
        wish = case.wish(request.measure)
        is_unwanted = is_still(case) or (wish is not None and wish.state in _NEVER_AGAIN)
        is_left = request.state is RequestState.WITHDRAWN or (
            request.state is RequestState.EXPIRED and is_unwanted
        )
        may_know = request.id in tried or request.sent_at is not None
        assert not (is_left and may_know) or request.id in told, f"{request.key}: nobody was told"


def _can_be_told(case: Case) -> None:
    assert artifact_of(case)
    assert form_description(case)
    for question in case.open_questions():
        assert help_of(question, case)


def _taken_up(case: Case) -> set[int | None]:
    """Return the requests that a human brought back to life."""
    chosen = {question.news_id for question in case.questions if question.answer is Choice.TAKE_UP}
    return {news.request_id for news in case.news if news.id in chosen}
