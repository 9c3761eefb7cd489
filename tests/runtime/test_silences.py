"""On the real store: an agency that falls silent is told once, until it speaks; Prefect hears of it
by its code only.
"""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from sqlmodel import select
from typer.testing import CliRunner

from cli.main import app
from core.settings import ROOT, settings
from models.agency import Channel
from models.agency_silence import AgencySilence
from models.measure import Measure
from models.referral_problems import read_referral
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest, RequestState
from models.territories import known_territories
from store import silences
from store.clock import journey_clock, jump_to, simulate
from store.engine import session
from store.news import receive_reply
from store.referrals import open_departure
from tasks.silences import tell_silent_agencies

# Wednesday at nine in the morning, in Dijon.
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
CAF, SHELTER = "caf-21", "siao-21"


@pytest.fixture
def reference(store: str) -> str:
    """A departure of today, of which nothing was asked yet."""
    simulate(NOW, speed=0)
    document = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_text())
    document["referral_id"] = str(uuid4())
    referral = read_referral(document, known_territories(settings().territories), NOW)
    return open_departure(referral, NOW).reference


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> EventsWorker:
    """What sends events, which keeps them instead."""
    made = EventsWorker.instance(AssertingEventsClient)
    monkeypatch.setattr(EventsWorker, "instance", lambda *_: made)
    return made


def asked(
    reference: str, agency: str, measure: Measure, attempt: int, sent_at: datetime
) -> AgencyRequest:
    request = AgencyRequest(
        reference=reference,
        measure=measure,
        agency=agency,
        attempt=attempt,
        channel=Channel.API,
        state=RequestState.REQUESTED,
        sent_at=sent_at,
        changed_at=sent_at,
    )
    with session() as opened:
        opened.add(request)
    return request


def says(request: AgencyRequest, kind: ReplyKind = ReplyKind.ACCEPTED) -> None:
    said = AgencyReply(
        event=str(uuid4()), request_key=request.key, kind=kind, said_at=journey_clock().now()
    )
    assert receive_reply(request.agency, said).is_new


def used_to_answer(reference: str, agency: str, measure: Measure, *, hours: float) -> None:
    """Eight requests, one a day, each answered within so many hours."""
    for attempt in range(1, 9):
        sent_at = journey_clock().now()
        request = asked(reference, agency, measure, attempt, sent_at)
        jump_to(sent_at + timedelta(hours=hours))
        says(request)
        jump_to(sent_at + timedelta(days=1))


def looks() -> list[AgencySilence]:
    silences.look_for_silences()
    return silences.silent_now()


def test_a_shelter_that_falls_silent_is_noticed_once_until_it_speaks(reference: str) -> None:
    used_to_answer(reference, SHELTER, Measure.HOUSING, hours=2)
    sent_at = journey_clock().now()
    request = asked(reference, SHELTER, Measure.HOUSING, 9, sent_at)
    jump_to(sent_at + timedelta(hours=3))
    assert not looks()

    # A machine's receipt is no word.
    says(request, ReplyKind.RECEIVED)
    jump_to(sent_at + timedelta(hours=5))
    [silence] = looks()
    assert (silence.agency, silence.territory, silence.waiting) == (SHELTER, "21", 1)
    assert (silence.since, silence.usual_seconds) == (sent_at, 2 * 3600)
    jump_to(sent_at + timedelta(hours=30))
    assert [each.id for each in looks()] == [silence.id]

    says(request)
    assert not looks()
    # A new silence is a new episode.
    asked(reference, SHELTER, Measure.HOUSING, 10, journey_clock().now())
    jump_to(journey_clock().now() + timedelta(hours=5))
    assert [each.id for each in looks()] != [silence.id]


def test_an_episode_ends_when_nobody_waits_any_more(reference: str) -> None:
    used_to_answer(reference, SHELTER, Measure.HOUSING, hours=1)
    request = asked(reference, SHELTER, Measure.HOUSING, 9, journey_clock().now())
    jump_to(journey_clock().now() + timedelta(hours=3))
    assert looks()

    with session() as opened:
        opened.get_one(AgencyRequest, request.id).state = RequestState.WITHDRAWN

    assert not looks()


def test_an_office_is_silent_in_office_hours_only(reference: str) -> None:
    used_to_answer(reference, CAF, Measure.AUU, hours=3)
    # A Thursday, eight days later.
    asked(reference, CAF, Measure.AUU, 9, NOW + timedelta(days=8, hours=8))
    jump_to(NOW + timedelta(days=9, hours=2))
    assert not looks(), "a night has passed"
    jump_to(NOW + timedelta(days=9, hours=8))
    assert looks()


def test_what_was_told_is_not_told_again(reference: str) -> None:
    used_to_answer(reference, SHELTER, Measure.HOUSING, hours=1)
    asked(reference, SHELTER, Measure.HOUSING, 9, journey_clock().now())
    jump_to(journey_clock().now() + timedelta(hours=3))
    [silence] = looks()
    assert [each.id for each in silences.untold()] == [silence.id]

    silences.told(silence.id)

    assert looks()
    assert not silences.untold()


def test_prefect_is_told_once_by_the_code_of_the_agency_and_nothing_of_a_departure(
    reference: str, worker: EventsWorker
) -> None:
    used_to_answer(reference, SHELTER, Measure.HOUSING, hours=1)
    asked(reference, SHELTER, Measure.HOUSING, 9, journey_clock().now())
    jump_to(journey_clock().now() + timedelta(hours=3))

    tell_silent_agencies()
    jump_to(journey_clock().now() + timedelta(hours=1))
    tell_silent_agencies()

    [silence] = silences.silent_now()
    worker.drain()
    assert AssertingEventsClient.last is not None
    [event] = AssertingEventsClient.last.events
    assert (event.event, event.id) == ("nouveau-depart.agency.silent", silence.id)
    assert event.resource.id == "nouveau-depart.agency.siao-21"
    assert reference not in event.model_dump_json()


def test_the_admin_sees_who_is_silent_and_what_to_do(reference: str) -> None:
    nobody = CliRunner().invoke(app, ["silences"])
    assert nobody.exit_code == 0
    used_to_answer(reference, SHELTER, Measure.HOUSING, hours=2)
    asked(reference, SHELTER, Measure.HOUSING, 9, journey_clock().now())
    jump_to(journey_clock().now() + timedelta(hours=5))
    looks()

    shown = CliRunner().invoke(app, ["silences"])
    told = CliRunner().invoke(app, ["silences", "--json"])

    assert (shown.exit_code, told.exit_code) == (3, 3)
    assert "Appeler l'organisme" in shown.output
    [silence] = json.loads(told.output)["silences"]
    assert silence["agency"] == SHELTER
    assert reference not in told.output
    with session() as opened:
        assert len(opened.exec(select(AgencySilence)).all()) == 1
