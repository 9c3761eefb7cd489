"""The store commits, and its answer is lost: what is done again is done once."""

import json
import os
from datetime import UTC, datetime
from threading import Timer
from uuid import uuid4

import pytest
from sqlmodel import select
from standardwebhooks import Webhook

from models.act import Act, Result
from models.agency import Channel
from models.departure import Departure
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS
from models.measure import Measure
from models.news import News
from models.question import Wish
from models.step import OpenRequest
from store import acts, journal
from store.cases import find_case, read_case
from store.engine import session
from store.news import record_wish
from store.patience import waits_for_store
from store.steps import apply_steps
from tasks.turn import advance, begin, digest_news, end, look, number_form
from tests.outages.conftest import door_opened, opens, sheet
from tests.outages.wire import Wire

_FENCED = b"FOR UPDATE"


def _lives_a_pass(reference: str, *results: Result) -> None:
    """Do what the flow does, with these results of the acts instead of agencies."""
    turn = begin(reference, uuid4())
    digest_news(turn)
    advance(turn, *BEFORE_ACTS)
    for result in results:
        for intent in waits_for_store(acts.due_acts)(turn):
            assert waits_for_store(acts.begin_try)(turn, intent)
            waits_for_store(acts.conclude)(turn, intent, result, None)
    advance(turn, *AFTER_ACTS)
    look(turn)
    number_form(turn, uuid4())
    end(turn)


def _told(reference: str) -> list[tuple[object, ...]]:
    with session() as opened:
        tries = opened.exec(select(Act).where(Act.reference == reference)).all()
        departure = opened.get_one(Departure, reference)
        held = (departure.lease_until, departure.restarts)
    lines = [(e.event, e.measure, e.agency, e.code) for e in journal.entries(reference)]
    return [*lines, *((act.verb, act.tries, act.state) for act in tries), held]


@pytest.mark.parametrize("answer_is_lost", [True, False], ids=["answer_lost", "commit_lost"])
@pytest.mark.parametrize("result", [Result.AWAY, Result.DONE])
def test_a_pass_whose_every_commit_is_cut_once_leaves_what_a_quiet_pass_leaves(
    wire: Wire, answer_is_lost: bool, result: Result
) -> None:
    quiet, cut = opens(), opens()
    for reference in (quiet, cut):
        with session() as opened:
            record_wish(opened, reference, Wish.NEW_FACT, "1", "page")
    _lives_a_pass(quiet, result)

    wire.cuts_commits(_FENCED, answer_is_lost=answer_is_lost, times=99, every=2)
    _lives_a_pass(cut, result)
    wire.holds()

    assert wire.cuts >= 9, "each unit of the pass was cut"
    assert _told(cut) == _told(quiet)


def test_a_pass_waits_while_the_store_is_away_and_goes_on(wire: Wire) -> None:
    reference = opens()
    turn = begin(reference, uuid4())
    wire.down()
    back = Timer(1.0, wire.up)
    back.start()

    advance(turn, *BEFORE_ACTS)

    back.join()
    case = read_case(reference)
    assert case is not None
    assert case.open_questions()
    end(turn)


def test_a_referral_whose_acknowledgement_was_lost_is_one_departure(wire: Wire) -> None:
    document = sheet()
    with door_opened() as door:
        wire.cuts_commits(b"INSERT INTO departure", answer_is_lost=True)
        lost = door.post("/referrals", json=document)
        again = door.post("/referrals", json=document)

    assert (lost.status_code, again.status_code) == (503, 200)
    with session() as opened:
        assert len(opened.exec(select(Departure)).all()) == 1


def test_a_callback_whose_acknowledgement_was_lost_is_one_reply(wire: Wire) -> None:
    reference = opens("mere-de-deux-enfants")
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [OpenRequest(Measure.AUU, "caf-21", 1, Channel.API)])
        key = case.requests[-1].key
    body = callback(key)
    with door_opened() as door:
        wire.cuts_commits(b"INSERT INTO news", answer_is_lost=True)
        lost = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
        again = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))

    assert (lost.status_code, again.status_code) == (503, 202)
    with session() as opened:
        assert len(opened.exec(select(News)).all()) == 1


def callback(key: str) -> bytes:
    """What the caisse says of a request: that it has it."""
    return json.dumps(
        {
            "evenement": f"evt-{uuid4()}",
            "reference_partenaire": key,
            "numero_dossier": "D-1",
            "date_evenement": datetime.now(UTC).isoformat(),
            "etat": "RECUE",
        }
    ).encode()


def signed(body: bytes) -> dict[str, str]:
    """The caisse's signature of a callback, now."""
    at, event = datetime.now(UTC), json.loads(body)["evenement"]
    return {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(os.environ["PND_AGENCY_CAF_21_SECRET"]).sign(
            event, at, body.decode()
        ),
    }
