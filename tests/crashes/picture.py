"""How a departure stands, told so that two lives of it can be compared."""

from collections import Counter
from typing import Any

from sqlmodel import select

from models.act import ActState
from models.journal import Event, JournalEntry
from models.news import News
from store.cases import read_case
from store.engine import session
from store.passes import is_over
from tests.journey.driver import Journey

# Who carries a departure, and how often it was taken up, is no part of the journey.
_OF_MACHINES = frozenset({Event.RUN_STARTED, Event.RUN_RESTARTED})


def picture(journey: Journey) -> dict[str, Any]:
    """Tell all of a departure but its numbers, which leave gaps, and who carried it."""
    reference = journey.reference
    case = read_case(reference)
    assert case is not None
    key_of = {request.id: request.key.removeprefix(reference) for request in case.requests}
    return {
        "departure": [(case.departure.state, case.departure.outcome, case.departure.danger)],
        "wishes": sorted((w.measure, w.state) for w in case.wishes),
        "consents": sorted(
            (c.measure, c.agency, str(c.given_at), str(c.withdrawn_at)) for c in case.consents
        ),
        "requests": sorted(
            (key_of[r.id], r.state, r.channel, str(r.reason)) for r in case.requests
        ),
        "acts": sorted((key_of[a.request_id], a.verb, a.state) for a in case.acts),
        "questions": sorted(
            (
                q.kind,
                str(q.measure),
                str(q.agency),
                str(q.about),
                str(q.answer),
                q.is_open,
                str(q.due_at),
                q.asked_of,
            )
            for q in case.questions
        ),
        "deadlines": sorted(
            (
                d.kind,
                str(d.measure),
                str(key_of.get(d.request_id)),
                str(d.due_at),
                str(d.reached_at),
            )
            for d in case.deadlines
            # An agency may answer before we know that it was asked: then nothing was awaited.
            if d.met_at is None
        ),
        "journal": sorted(Counter(_lines(reference)).items()),
        "unread": [news.event for news in case.news if news.read_at is None],
        "taken effect": sorted(effects(journey)),
    }


def _lines(reference: str) -> list[tuple[str, ...]]:
    with session() as opened:
        mine = select(JournalEntry).where(JournalEntry.reference == reference)
        return [
            (e.event, str(e.measure), str(e.agency), str(e.code), str(e.by), str(e.at))
            for e in opened.exec(mine).all()
            if e.event not in _OF_MACHINES
        ]


def effects(journey: Journey) -> list[tuple[str, str, str]]:
    """Return every act that took effect at an agency; none may have done so twice."""
    calls = [c for c in journey.calls() if c.idempotency_key]
    took = [
        (c.agency, c.verb, c.idempotency_key.removeprefix(journey.reference))
        for c in calls
        if c.status < 400 and not c.duplicate
    ]
    assert len(took) == len(set(took)), took
    return took


def nothing_is_lost(journey: Journey) -> None:
    """What was done was done at the agency; what was said was read, once."""
    case = journey.case
    done = {act.key for act in case.acts if act.state is ActState.DONE}
    known = {call.idempotency_key for call in journey.calls()}
    by_api = {a.key for a in case.acts if case.request(a.request_id).channel == "api"}
    assert done & by_api <= known, done - known
    with session() as opened:
        news = opened.exec(select(News).where(News.reference == journey.reference)).all()
    assert all(each.read_at for each in news)
    if is_over(case):
        # Danger: a run that stays "Running" for ever holds one of the few places of its pool.
        assert journey.flow_run.state_name == "Completed"
