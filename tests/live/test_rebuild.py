"""Prefect's whole database is lost; ours is the truth, and one command brings every run back."""

import signal

import psycopg
import pytest

from cli.world import World
from models.journal import Event
from models.question import QuestionKind
from store import journal
from tests.living import Life, LivingDeparture

# Real processes on a busy machine; the first test also waits for the whole world to stand.
pytestmark = pytest.mark.timeout(300)


def _questions(departure: LivingDeparture) -> set[str]:
    return {question.slot for question in departure.case.open_questions()}


def _lose_prefect_database(world: World) -> None:
    world.kill("prefect", signal.SIGTERM)
    folder = str(world.postgres.socket_folder)
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE prefect WITH (FORCE)")
    world.postgres.create_databases(fresh=False)
    world.start("prefect")
    world.wait_ready("prefect")


def test_every_departure_has_a_run_again_with_the_same_questions_and_nobody_is_asked_twice(
    life: Life, living_world: World
) -> None:
    life.orders("accept")
    departures = [life.files_in_danger(), life.files_in_danger()]
    for departure in departures:
        departure.asks(QuestionKind.FIRST_CONTACT)
    lost = {d.reference: d.case.departure.flow_run for d in departures}
    asked = {d.reference: _questions(d) for d in departures}
    received = {d.reference: d.ledger() for d in departures}
    assert all(len(calls) == 1 for calls in received.values())

    _lose_prefect_database(living_world)
    assert not departures[0].flow_run
    life.pnd("rebuild")

    for departure in departures:
        departure.asks(QuestionKind.FIRST_CONTACT)
        assert departure.flow_run["id"] != str(lost[departure.reference])
        assert departure.flow_run["name"] == departure.reference
        assert "territoire:21" in departure.flow_run["tags"]
        assert _questions(departure) == asked[departure.reference]
        assert departure.ledger() == received[departure.reference]
        started = [e for e in journal.entries(departure.reference) if e.event is Event.RUN_STARTED]
        assert len(started) == 2

    for departure in departures:
        departure.ends()
