"""When each polled agency is asked again: a row, not a timer."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from models.agency import Channel
from models.poll import Poll
from models.request import ENDED, AgencyRequest, RequestState
from store.clock import clock_in
from store.engine import session

# Rule: a reply said just before the last poll may have been written just after it; the overlap
# costs nothing, since the same event twice is stored once.
_OVERLAP = timedelta(hours=1)
# Rule: a late reply is never lost: an agency is listened to after its last request has ended.
_LISTENED_FOR = timedelta(days=30)
POLL_EVERY = timedelta(minutes=30)


def since_when(agency: str) -> datetime | None:
    """Return from when to ask an agency, or None when it is not time yet."""
    with session() as opened:
        now = clock_in(opened).now()
        poll = opened.get(Poll, agency)
        if poll is None:
            return now - timedelta(days=30)
        return poll.since - _OVERLAP if poll.next_at <= now else None


def is_any_due() -> bool:
    """Whether an agency that owes an answer is to be asked by now."""
    return any(since_when(agency) is not None for agency in agencies_that_owe())


def polled(agency: str, at: datetime) -> None:
    """Remember that everything said up to an instant is stored."""
    with session() as opened:
        opened.merge(Poll(agency=agency, since=at, next_at=at + POLL_EVERY))


def postponed(agency: str, at: datetime) -> None:
    """The agency was away: ask from the same instant, a little later."""
    with session() as opened:
        poll = opened.get(Poll, agency)
        since = poll.since if poll else at - timedelta(days=30)
        opened.merge(Poll(agency=agency, since=since, next_at=at + POLL_EVERY))


def agencies_that_owe() -> list[str]:
    """Return the agencies that hold a request sent to their API, living or ended a while ago."""
    with session() as opened:
        heard_since = clock_in(opened).now() - _LISTENED_FOR
        owed = (
            select(AgencyRequest.agency)
            .where(
                AgencyRequest.state != RequestState.DRAFT,
                col(AgencyRequest.state).not_in(ENDED)
                | (col(AgencyRequest.changed_at) > heard_since),
                AgencyRequest.channel == Channel.API,
            )
            .distinct()
        )
        return list(opened.exec(owed).all())
