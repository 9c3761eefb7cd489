"""A departure sleeps for months: Prefect forgets what ended, and never what sleeps."""

import subprocess
import sys
from uuid import UUID

import psycopg
import pytest
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed

from cli.world import World
from core.settings import ROOT
from models.measure import Measure
from models.question import Choice, QuestionKind
from tests.journey.driver import Journey

_FORGET = """
import asyncio
from prefect.server.database import provide_database_interface
from prefect.server.services.db_vacuum import vacuum_old_flow_runs
asyncio.run(vacuum_old_flow_runs(db=provide_database_interface()))
"""


def _age(world: World, *runs: UUID) -> None:
    """Make them 400 days old, and say of each that it ended then: only its state still differs."""
    folder = str(world.postgres.socket_folder)
    with psycopg.connect(host=folder, user="postgres", dbname="prefect") as connection:
        connection.execute(
            "UPDATE flow_run SET created = day, start_time = day, end_time = day"
            " FROM (SELECT now() - interval '400 days' AS day) AS long_ago WHERE id = ANY(%s)",
            [list(runs)],
        )


def test_a_run_that_ended_long_ago_is_erased_and_one_that_sleeps_keeps_its_form(
    journey: Journey, clockwork: World
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    asleep, form = journey.flow_run, journey.form()
    assert asleep.deployment_id is not None
    other = journey.prefect.create_flow_run_from_deployment(
        asleep.deployment_id, parameters={"reference": "21-AAAAAA"}
    )
    ended = other.id
    journey.prefect.set_flow_run_state(ended, Completed(), force=True)
    _age(clockwork, asleep.id, ended)

    subprocess.run([sys.executable, "-c", _FORGET], cwd=ROOT, env=clockwork.env, check=True)

    with pytest.raises(ObjectNotFound):
        journey.prefect.read_flow_run(ended)
    assert journey.flow_run.id == asleep.id
    assert journey.form() == form
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    assert journey.asks(QuestionKind.DANGER)
