"""PostgreSQL is really stopped, killed, full or refuses: the door says so and loses nothing."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import select

from cli.world import World
from models.agency import Channel
from models.departure import Departure
from models.journey.chapters import BEFORE_ACTS
from models.measure import Measure
from models.news import News
from models.question import QuestionKind
from models.step import OpenRequest
from store.away import StoreAway
from store.cases import find_case, read_case
from store.engine import session
from store.letterbox import link_token_for
from store.steps import apply_steps
from tasks.turn import advance, begin, end
from tests.outages.conftest import door_opened, opens, sheet, soon
from tests.outages.test_lost_answers import callback, signed

_FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""


@pytest.fixture
def door(own_store: World) -> Iterator[httpx.Client]:
    with door_opened() as client:
        yield client


def stop(world: World, how: signal.Signals = signal.SIGINT) -> None:
    world.kill("postgres", how)


def start(world: World) -> None:
    world.start("postgres")
    world.wait_ready("postgres")


def requested(agency: str, measure: Measure, channel: Channel) -> str:
    """Open a request as the journey does, and return its key."""
    reference = opens("mere-de-deux-enfants")
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [OpenRequest(measure, agency, 1, channel)])
        return case.requests[-1].key


@contextmanager
def disk_full(table: str) -> Iterator[None]:
    """Nothing can be added to a table, as PostgreSQL says it when its disk is full."""
    with session() as opened:
        opened.execute(text(_FULL.format(table=table)))
    yield
    with session() as opened:
        opened.execute(text("DROP FUNCTION IF EXISTS disk_is_full CASCADE"))


def test_a_door_without_its_store_says_when_to_come_back_and_goes_on_by_itself(
    door: httpx.Client, own_store: World
) -> None:
    key = requested("caf-21", Measure.AUU, Channel.API)
    body, document = callback(key), sheet()
    box = f"/boite/{link_token_for(key)}"
    stop(own_store)

    refused = [
        door.post("/referrals", json=document),
        door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body)),
        door.get(box),
        door.post(box, data={"acte": "lire"}),
        door.get("/ready"),
    ]

    assert {answer.status_code for answer in refused} == {503}
    assert {answer.headers["retry-after"] for answer in refused} == {"30"}
    assert all("Renvoyez" in answer.text for answer in refused)
    assert "text/html" in refused[2].headers["content-type"]
    assert door.get("/health").json() == {"state": "up"}

    start(own_store)
    assert door.get("/ready").json() == {"state": "ready"}
    assert door.post("/referrals", json=document).status_code == 201
    taken = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
    assert taken.status_code == 202
    assert door.get(box).status_code == 200


def test_whatever_was_acknowledged_before_the_store_was_killed_is_there_after(
    door: httpx.Client, own_store: World
) -> None:
    acknowledged: list[str] = []
    statuses: set[int] = set()
    ended = threading.Event()

    def files() -> None:
        with httpx.Client(base_url=door.base_url, headers=door.headers, timeout=60) as prescriber:
            while not ended.is_set():
                answer = prescriber.post("/referrals", json=sheet())
                statuses.add(answer.status_code)
                if answer.status_code == 201:
                    acknowledged.append(answer.json()["reference"])

    prescribers = [threading.Thread(target=files) for _ in range(2)]
    for prescriber in prescribers:
        prescriber.start()
    assert soon(lambda: len(acknowledged) >= 4)
    stop(own_store, signal.SIGQUIT)
    assert soon(lambda: 503 in statuses)
    start(own_store)
    there_again = len(acknowledged) + 2
    assert soon(lambda: len(acknowledged) >= there_again)
    ended.set()
    for prescriber in prescribers:
        prescriber.join()

    assert statuses == {201, 503}
    with session() as opened:
        stored = set(opened.exec(select(Departure.reference)).all())
    assert set(acknowledged) <= stored


def test_a_pass_that_meets_a_store_being_restarted_waits_for_it(own_store: World) -> None:
    reference = opens()
    turn = begin(reference, uuid4())
    stop(own_store)
    restart = threading.Timer(0.5, start, args=(own_store,))
    restart.start()

    advance(turn, *BEFORE_ACTS)
    end(turn)

    restart.join()
    case = read_case(reference)
    assert case is not None
    assert len(case.open_questions(QuestionKind.DANGER_NOW)) == 1
    assert case.departure.restarts == 0


def test_a_callback_that_finds_the_disk_full_is_not_acknowledged(door: httpx.Client) -> None:
    key = requested("caf-21", Measure.AUU, Channel.API)
    body = callback(key)

    with disk_full("news"):
        refused = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
        assert door.get("/ready").status_code == 200, "what is stored can still be read"

    assert refused.status_code == 503
    taken = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
    assert taken.status_code == 202
    with session() as opened:
        of_this_one = select(News).where(News.reference == key.partition(":")[0])
        assert len(opened.exec(of_this_one).all()) == 1


def test_a_pass_waits_for_room_on_the_disk_and_keeps_half_of_nothing(own_store: World) -> None:
    reference = opens()
    turn = begin(reference, uuid4())

    with disk_full("question"):
        passing = threading.Thread(target=advance, args=(turn, *BEFORE_ACTS))
        passing.start()
        passing.join(1.0)
        assert passing.is_alive(), "it waits"
        case = read_case(reference)
        assert case is not None
        assert not case.questions
        assert not case.requests, "half of a transaction is nothing"
    passing.join(60)

    case = read_case(reference)
    assert case is not None
    assert len(case.open_questions(QuestionKind.DANGER_NOW)) == 1
    end(turn)


@pytest.mark.parametrize(
    "code",
    ["08006", "25006", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01"],
)
def test_what_passes_by_itself_is_the_store_being_away(own_store: World, code: str) -> None:
    raised = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")

    with pytest.raises(StoreAway) as away, session() as opened:
        opened.execute(raised)

    assert away.value.code == code


def test_a_fault_of_ours_is_not_the_store_being_away(own_store: World) -> None:
    with pytest.raises(Exception, match="UndefinedTable"), session() as opened:
        opened.execute(text("SELECT * FROM nothing_of_that_name"))


def test_no_wait_in_the_store_lasts_for_ever(own_store: World) -> None:
    named = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with session() as opened:
        told = [opened.execute(text(f"SHOW {name}")).scalar_one() for name in named]

    assert told == ["30s", "10s", "1min"]
