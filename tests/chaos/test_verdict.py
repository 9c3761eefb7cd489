"""The verdict sees what it is there to see: a storm that loses something does not pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.settings import settings
from models.act import Act, ActState, Verb
from models.agency import Channel
from models.case import Case
from models.danger import DangerBand
from models.deadline import Deadline, DeadlineKind
from models.departure import Departure, DepartureState
from models.facts import facts_of_nobody
from models.journal import Event, JournalEntry
from models.measure import Measure
from models.news import News, NewsKind
from models.person import Scheme
from models.question import Wish
from models.request import AgencyRequest, RequestState
from models.territories import known_territories
from models.territory import PathwayCode
from sandbox.ledger import Entry
from tests.chaos.cast import AcceptedForm
from tests.chaos.evidence import Evidence, Said, Story
from tests.chaos.time_keeper import Anchor, real_instant
from tests.chaos.verdict import verdict

_REFERENCE, _AGENCY = "21-AAAAAA", "caf-21"
_KEY = f"{_REFERENCE}:auu:{_AGENCY}:1"
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_TOLERATED = timedelta(seconds=60)
_CALL = Entry(_NOON.isoformat(), _AGENCY, "POST", "/", "send", _KEY, _KEY, False, 202, "accept")
_SAID = Said(_AGENCY, "evt-1", _KEY, _NOON, polled=False, received=True, cancelled=False)


def _entry(event: Event, code: str | None = None) -> JournalEntry:
    return JournalEntry(
        reference=_REFERENCE,
        at=_NOON,
        event=event,
        measure=Measure.AUU,
        agency=_AGENCY,
        code=code,
    )


def _story() -> Story:
    """A closed departure that sent one request, was answered once, and met one deadline late."""
    departure = Departure(
        reference=_REFERENCE,
        referral_id=uuid4(),
        fingerprint="f",
        territory="21",
        referent="r",
        state=DepartureState.CLOSED,
        danger=DangerBand.WATCH,
        scheme=Scheme.GENERAL,
        pathway=next(iter(PathwayCode)),
        opened_at=_NOON,
        closed_at=_NOON,
    )
    about: dict[str, Any] = {"reference": _REFERENCE, "request_id": 1}
    request = AgencyRequest(
        id=1,
        reference=_REFERENCE,
        measure=Measure.AUU,
        agency=_AGENCY,
        channel=Channel.API,
        state=RequestState.FULFILLED,
        sent_at=_NOON,
        changed_at=_NOON,
    )
    act = Act(
        id=1,
        verb=Verb.SEND,
        key=_KEY,
        state=ActState.DONE,
        not_before=_NOON,
        intended_at=_NOON,
        **about,
    )
    deadline = Deadline(
        id=1,
        slot="reply:1",
        kind=DeadlineKind.REPLY,
        due_at=_NOON,
        source="essai",
        reached_at=_NOON,
        **about,
    )
    read_at = _NOON + timedelta(seconds=30)
    replied = News(
        id=1,
        event=f"{_AGENCY}:evt-1",
        kind=NewsKind.REPLY,
        came_at=_NOON,
        read_at=read_at,
        **about,
    )
    silent = News(
        id=2,
        event="deadline:1",
        kind=NewsKind.DEADLINE,
        deadline_id=1,
        came_at=_NOON,
        read_at=read_at,
        **about,
    )
    case = Case(
        departure=departure,
        territory=known_territories(settings().territories)["21"],
        now=_NOON + timedelta(hours=1),
        facts=facts_of_nobody(_REFERENCE),
        requests=[request],
        acts=[act],
        deadlines=[deadline],
        news=[replied, silent],
    )
    entries = [
        _entry(Event.REFERRAL_RECEIVED),
        _entry(Event.RUN_STARTED, "1"),
        _entry(Event.REQUEST_OPENED, "api"),
        _entry(Event.ACT_INTENDED, "send"),
        _entry(Event.ACT_DONE, "send"),
        _entry(Event.REQUEST_MOVED, "requested"),
        _entry(Event.REPLY_RECEIVED, "fulfilled"),
        _entry(Event.REQUEST_MOVED, "fulfilled"),
    ]
    return Story(case, entries, ("COMPLETED",))


@pytest.fixture
def whole() -> Evidence:
    """A storm of one departure, in which all held."""
    return Evidence(
        filed={0: _REFERENCE},
        asked=1,
        stories=[_story()],
        ledger=[_CALL, replace(_CALL, duplicate=True)],
        said=[_SAID],
        polled_until={},
        played=frozenset({_AGENCY}),
        linked=frozenset(),
        accepted=[],
        anchors=[Anchor(_NOON, _NOON)],
        hits=[],
    )


def _failing(evidence: Evidence) -> set[str]:
    return {check.title for check in verdict(evidence, _TOLERATED) if check.faults}


def test_a_storm_in_which_all_held_passes(whole: Evidence) -> None:
    assert [check.faults for check in verdict(whole, _TOLERATED) if check.faults] == []


def test_an_act_that_took_effect_twice_or_never_is_seen(whole: Evidence) -> None:
    assert _failing(replace(whole, ledger=[_CALL, _CALL])) == {
        "Aucun acte n'a pris effet deux fois"
    }
    lost = "Un acte fait a pris effet chez l'organisme"
    assert _failing(replace(whole, ledger=[])) == {lost}
    assert _failing(replace(whole, ledger=[replace(_CALL, status=500)])) == {lost}
    stray = replace(_CALL, idempotency_key=f"{_KEY}:recall:x")
    assert _failing(replace(whole, ledger=[_CALL, stray])) == {"Aucun appel sans intention écrite"}


def test_a_reply_or_an_answer_that_was_accepted_and_lost_is_seen(whole: Evidence) -> None:
    other = replace(_SAID, name="evt-2")
    assert _failing(replace(whole, said=[_SAID, other])) == {
        "Ce qu'un organisme a dit est dans le dossier, une fois"
    }
    assert not _failing(replace(whole, said=[_SAID, replace(other, received=False)]))
    form = AcceptedForm(_REFERENCE, 3, ("close:close_exit",), Wish.NOTHING)
    lost = {"Une réponse acceptée par Prefect est dans la base"}
    assert _failing(replace(whole, accepted=[form])) == lost
    assert _failing(replace(whole, accepted=[replace(form, answers=(), wish=Wish.CLOSE)])) == lost


def test_a_departure_that_nothing_moves_or_a_referral_that_was_lost_is_seen(
    whole: Evidence,
) -> None:
    asleep = _story()
    asleep.case.departure.state = DepartureState.ACTIVE
    stuck = _failing(replace(whole, stories=[asleep]))
    assert "Chaque départ est clos, ou attend une question ou une échéance" in stuck
    assert _failing(replace(whole, asked=2)) == {"Une proposition reçue est un départ, et un seul"}


def test_a_deadline_read_too_late_or_passed_in_silence_is_seen(whole: Evidence) -> None:
    jumped = [Anchor(_NOON - timedelta(minutes=5), _NOON - timedelta(hours=4))]
    jumped.append(Anchor(_NOON, _NOON + timedelta(seconds=1)))
    assert not _failing(replace(whole, anchors=jumped))
    [late] = [c for c in verdict(whole, timedelta(seconds=20)) if c.faults]
    assert "30 s" in late.faults[0]

    silent = _story()
    silent.case.deadlines[0].reached_at = None
    assert any(
        "échéance est tenue" in title for title in _failing(replace(whole, stories=[silent]))
    )


def test_a_journal_out_of_order_is_seen(whole: Evidence) -> None:
    story = _story()
    story.entries[3], story.entries[4] = story.entries[4], story.entries[3]

    assert _failing(replace(whole, stories=[story])) == {"Le journal se lit dans l'ordre"}


def test_an_instant_that_time_jumped_over_came_when_it_jumped() -> None:
    anchors = [
        Anchor(_NOON, _NOON),
        Anchor(_NOON + timedelta(minutes=1), _NOON + timedelta(days=1)),
    ]

    assert real_instant(anchors, _NOON + timedelta(seconds=10)) == _NOON + timedelta(seconds=10)
    assert real_instant(anchors, _NOON + timedelta(hours=5)) == _NOON + timedelta(minutes=1)
    after = _NOON + timedelta(days=1, seconds=5)
    assert real_instant(anchors, after) == _NOON + timedelta(minutes=1, seconds=5)
