"""Which agencies have fallen silent: noticed from what was sent and heard, told once, ended by a
word.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, and_, func, type_coerce
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from core.settings import settings
from models.agency import Channel
from models.agency_silence import AgencySilence
from models.measure import URGENT
from models.news import News, NewsKind
from models.reply import ReplyKind
from models.request import AgencyRequest, RequestState
from models.silence_detector import (
    LEAST_EMERGENCY_SILENCE,
    LEAST_OFFICE_SILENCE,
    Exchange,
    Silence,
    office_time,
    silence_of,
)
from models.territories import known_territories
from models.territory import Territory
from store.clock import clock_in
from store.engine import session

# Rule: what an agency did half a year ago says little of its habits.
_LOOKS_BACK = timedelta(days=180)
_AWAITED = frozenset({RequestState.REQUESTED, RequestState.ACKNOWLEDGED})


def look_for_silences() -> None:
    """Begin an episode for each agency that has fallen silent, end those that are over."""
    with session() as opened:
        now = clock_in(opened).now()
        exchanges, last_words = _exchanges(opened, now), _last_words(opened)
        for territory, agency in _agencies():
            of_agency, last_word = exchanges.get(agency, []), last_words.get(agency)
            running = _running(opened, agency)
            if running is not None:
                if _is_over(running, of_agency, last_word):
                    running.ended_at = now
            elif found := _silence(of_agency, last_word, agency, territory, now):
                _begin(opened, agency, territory, found, now)


def untold() -> list[AgencySilence]:
    """Return the episodes that nobody was told of yet."""
    with session() as opened:
        query = select(AgencySilence).where(col(AgencySilence.told_at).is_(None))
        return list(opened.exec(query.order_by(col(AgencySilence.noticed_at))).all())


def told(number: UUID) -> None:
    """Remember that the admin was told of an episode."""
    with session() as opened:
        silence = opened.get(AgencySilence, number)
        if silence is not None:
            silence.told_at = clock_in(opened).now()


def silent_now() -> list[AgencySilence]:
    """Return the episodes that go on, the longest first."""
    with session() as opened:
        query = select(AgencySilence).where(col(AgencySilence.ended_at).is_(None))
        return list(opened.exec(query.order_by(col(AgencySilence.since))).all())


def _agencies() -> Iterator[tuple[Territory, str]]:
    for territory in known_territories(settings().territories).values():
        for agency in territory.agencies:
            yield territory, agency.code


def _exchanges(opened: Session, now: datetime) -> dict[str, list[Exchange]]:
    heard = (
        select(News.request_id, func.min(News.came_at).label("heard_at"))
        .where(_is_a_word())
        .group_by(col(News.request_id))
        .subquery()
    )
    sent = (
        select(AgencyRequest, heard.c.heard_at)
        .outerjoin(heard, heard.c.request_id == AgencyRequest.id)
        # What is said by telephone is in no reply: it shows no habit.
        .where(col(AgencyRequest.sent_at) > now - _LOOKS_BACK)
        .where(AgencyRequest.channel != Channel.CALL)
    )
    found: dict[str, list[Exchange]] = defaultdict(list)
    for request, heard_at in opened.exec(sent).all():
        if request.sent_at is not None:
            # A reply may be heard before we know that the request has left.
            first = None if heard_at is None else max(heard_at, request.sent_at)
            found[request.agency].append(
                Exchange(request.sent_at, first, request.state in _AWAITED)
            )
    return found


def _last_words(opened: Session) -> dict[str, datetime]:
    query = (
        select(AgencyRequest.agency, func.max(News.came_at))
        .join(News, col(News.request_id) == AgencyRequest.id)
        .where(_is_a_word())
        .group_by(AgencyRequest.agency)
    )
    return dict(opened.exec(query).all())


def _is_a_word() -> ColumnElement[bool]:
    # Rule: a receipt is a machine's word; whoever waits for an answer has heard nothing.
    kind = type_coerce(col(News.reply), JSON)["kind"].as_string()
    return and_(col(News.kind) == NewsKind.REPLY, kind != ReplyKind.RECEIVED.value)


def _silence(
    exchanges: list[Exchange],
    last_word: datetime | None,
    agency: str,
    territory: Territory,
    now: datetime,
) -> Silence | None:
    if _answers_round_the_clock(agency, territory):
        return silence_of(
            exchanges, last_word, now, lambda start, end: end - start, LEAST_EMERGENCY_SILENCE
        )
    return silence_of(
        exchanges,
        last_word,
        now,
        lambda start, end: office_time(start, end, territory),
        LEAST_OFFICE_SILENCE,
    )


def _answers_round_the_clock(agency: str, territory: Territory) -> bool:
    plans = [plan for measure, plan in territory.measures.items() if measure in URGENT]
    return any(agency in (*plan.agencies, plan.stop_gap) for plan in plans)


def _is_over(running: AgencySilence, exchanges: list[Exchange], last_word: datetime | None) -> bool:
    """Whether the agency has spoken since, or nobody waits for it any more."""
    spoke = last_word is not None and last_word > running.since
    return spoke or not any(each.is_awaited and each.heard_at is None for each in exchanges)


def _running(opened: Session, agency: str) -> AgencySilence | None:
    query = select(AgencySilence).where(
        AgencySilence.agency == agency, col(AgencySilence.ended_at).is_(None)
    )
    return opened.exec(query).one_or_none()


def _begin(
    opened: Session, agency: str, territory: Territory, found: Silence, now: datetime
) -> None:
    begun = AgencySilence(
        agency=agency,
        territory=territory.code,
        since=found.since,
        noticed_at=now,
        lasted_seconds=int(found.lasted.total_seconds()),
        usual_seconds=int(found.usual.total_seconds()),
        waiting=found.waiting,
    )
    # Two watches may look at the same instant: one episode is enough.
    opened.execute(insert(AgencySilence).values(**begun.model_dump()).on_conflict_do_nothing())
