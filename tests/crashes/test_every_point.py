"""A process is killed at each of its points, one after the other; what heals it leads to the same
end each time: every act took effect once, everything that was said was read once.

`make test` lives a part of the points, always the same; `make crashes` lives them all.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from cli.usual_answers import usual_answer
from core.clock import SystemClock
from core.settings import ROOT, settings
from flows.start import start_run
from models.measure import Measure
from models.question import Choice, Question, QuestionKind
from models.referral_problems import read_referral
from models.territories import known_territories
from models.wording import option_label
from sandbox.credentials import read_secrets
from store.clock import journey_clock, jump_to, simulate
from store.news import deadlines_become_news, next_due
from store.referrals import open_departure
from tests.crashes.mortal import Letter, Work
from tests.crashes.picture import nothing_is_lost, picture
from tests.crashes.theatre import Theatre
from tests.journey.driver import BEGINNING

_CHOSEN = os.environ.get("PND_CRASHES", "")
"""`all`, or a part of the names of the points to live; a few of them otherwise."""
_A_FEW = 3

pytestmark = [
    pytest.mark.timeout(7200 if _CHOSEN else 600),
    # A bell that the door rings late may hold a connection to a store that was thrown away.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Prepares = Callable[[], Work]


def survives_every_point(
    theatre: Theatre, prepares: Prepares, heals: Callable[[], None] = lambda: None
) -> None:
    """Live the moment that stands now once whole, then once for each point it has."""
    theatre.keeps()

    def lived(dies_at: str | None) -> tuple[dict[str, Any], list[str]]:
        with theatre.again():
            work = prepares()
            killed = theatre.lives(work, dies_at)
            heals()
            theatre.journey.settles()
            nothing_is_lost(theatre.journey)
            reached = work.points.read_text(encoding="utf-8").splitlines()
            # A point that has no namesake this time is that of a race: it was lived whole.
            assert killed or dies_at not in reached
            return picture(theatre.journey), reached

    whole, points = lived(None)
    _print(points)
    for point in _to_live(points):
        try:
            told, _ = lived(point)
            assert told == whole
        except BaseException as broken:
            broken.add_note(f"killed {point}")
            raise


def _to_live(points: list[str]) -> list[str]:
    if _CHOSEN:
        return [point for point in points if _CHOSEN in ("all", *_parts(point))]
    # What is just after one thing is lived just before the next: nothing lies between.
    last_moments = [point for point in points if not point.startswith("after")]
    return Random(len(points)).sample(last_moments, min(_A_FEW, len(last_moments)))


def _parts(point: str) -> list[str]:
    return [_CHOSEN] if _CHOSEN in point else []


def _print(points: list[str]) -> None:
    numbered = (f"{number:3} {point}" for number, point in enumerate(points, start=1))
    print("\n".join(["", *numbered]))  # noqa: T201 - the list is what this test is for


def answers(theatre: Theatre, otherwise: dict[QuestionKind, Choice]) -> Work:
    """A run asleep is answered in its form: its pass is what will be lived."""
    run, case = theatre.gives_a_run(), theatre.journey.case

    def chosen(question: Question) -> Choice:
        return otherwise.get(question.kind) or usual_answer(question)

    fields = {q.field: option_label(chosen(q), case) for q in case.open_questions()}
    assert theatre.journey.resume(fields) == "ACCEPT"
    return Work(theatre.environment, theatre.points, flow_run=run)


def referral(example: str) -> bytes:
    """An invented referral, to be filed once."""
    document = json.loads((ROOT / "examples" / f"{example}.json").read_text(encoding="utf-8"))
    return json.dumps(document | {"referral_id": str(uuid4())}).encode()


def time_comes() -> None:
    """The next deadline is reached, and nobody has noticed yet."""
    due = next_due()
    assert due is not None
    jump_to(due + timedelta(seconds=1))


def signed(theatre: Theatre, *measures: Measure) -> None:
    """All agencies have been asked, and none has said anything but that."""
    journey = theatre.journey
    for agency in ("caf-21", "siao-21", "france-victimes-21", "france-travail-21"):
        journey.order(agency, "answer_late:9d")
    journey.starts("mere-de-deux-enfants", *measures)
    journey.plans()


def test_the_pass_that_asks_all_agencies_at_once(theatre: Theatre) -> None:
    journey = theatre.journey
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.HOUSING, Measure.PSY)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    journey.confirms_plan()
    # Silence is news too: the referent signs after the deadline of a question.
    time_comes()
    deadlines_become_news()

    survives_every_point(theatre, lambda: answers(theatre, {}))


def test_the_first_pass_of_someone_in_immediate_danger(theatre: Theatre) -> None:
    simulate(BEGINNING, speed=0)

    def opens() -> Work:
        document, now = json.loads(referral("danger-immediat")), journey_clock().now()
        read = read_referral(document, known_territories(settings().territories), now)
        theatre.journey.reference = open_departure(read, now).reference
        run = start_run(theatre.journey.reference)
        return Work(theatre.environment, theatre.points, flow_run=run)

    survives_every_point(theatre, opens)


def test_the_pass_that_closes(theatre: Theatre) -> None:
    theatre.journey.starts("danger-immediat")
    lost = {QuestionKind.FIRST_CONTACT: Choice.CONTACT_LOST}

    survives_every_point(theatre, lambda: answers(theatre, lost))


def test_the_door_when_a_prescriber_files_a_referral(theatre: Theatre, door: str) -> None:
    simulate(BEGINNING, speed=0)
    token = settings().door_token.get_secret_value()
    letters: list[Letter] = []

    def files() -> Work:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        letters.append(Letter("/referrals", referral("mere-de-deux-enfants"), headers))
        return Work(theatre.environment, theatre.points, letter=letters[-1])

    def files_again() -> None:
        letter = letters[-1]
        answer = httpx.post(f"{door}{letter.path}", content=letter.body, headers=letter.headers)
        assert answer.is_success
        theatre.journey.reference = answer.json()["reference"]

    survives_every_point(theatre, files, files_again)


def test_the_door_when_an_agency_calls_back(theatre: Theatre) -> None:
    signed(theatre, Measure.AUU, Measure.HOUSING)
    event = _said_next(theatre)

    def calls_back() -> Work:
        theatre.gives_a_run()
        # The agency's own postman comes later, with the same letter.
        theatre.clock.hold()
        jump_to(datetime.fromisoformat(event["due_at"]))
        return Work(theatre.environment, theatre.points, letter=_letter(event))

    survives_every_point(theatre, calls_back, theatre.clock.let_go)


def test_the_watch_when_a_deadline_falls_and_an_agency_is_polled(theatre: Theatre) -> None:
    signed(theatre, Measure.AUU, Measure.EMPLOYMENT)
    time_comes()

    def sweeps() -> Work:
        theatre.gives_a_run()
        return Work(theatre.environment, theatre.points)

    survives_every_point(theatre, sweeps)


def _said_next(theatre: Theatre) -> dict[str, str]:
    with closing(sqlite3.connect(theatre.agencies)) as memory:
        memory.row_factory = sqlite3.Row
        waits = "SELECT * FROM event WHERE polled = 0 AND delivered = 0 AND cancelled = 0"
        return dict(memory.execute(f"{waits} ORDER BY due_at, id").fetchone())


def _letter(event: dict[str, str]) -> Letter:
    territories = known_territories(settings().territories).values()
    agencies = [agency for territory in territories for agency in territory.agencies]
    now, secret = SystemClock().now(), read_secrets(agencies, os.environ)[event["agency"]].secret
    headers = {
        "content-type": "application/json",
        "webhook-id": event["name"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["name"], now, event["body"]),
    }
    path = f"/agencies/{event['agency']}/callbacks"
    return Letter(path, event["body"].encode(), headers)
