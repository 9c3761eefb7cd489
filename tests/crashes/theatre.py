"""Where the same moment of a departure is lived again and again: the store and the agencies are put
back as they were, and Prefect is given a new run for it.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from prefect.client.schemas.objects import State
from prefect.input.run_input import keyset_from_base_key
from prefect.states import Suspended
from psycopg import sql
from sqlalchemy import QueuePool, make_url
from sqlmodel import col, select, update

from core.settings import settings
from flows.deployments import deployment_name
from flows.form import form_for
from flows.start import FLOW
from models.departure import Departure
from models.suspension import Suspension
from store.clock import journey_clock
from store.engine import engine_for, session
from tests.crashes.mortal import Work, does
from tests.journey.driver import Journey

_A_LIFE_SECONDS = 60
_KILLED = -9
_LEAVES_WITHIN = 20.0


class HeldClock:
    """The agencies' clock: the journey's, but while it is held nobody looks in the store."""

    def __init__(self) -> None:
        self._held: datetime | None = None
        self._reading = Lock()

    def now(self) -> datetime:
        with self._reading:
            return self._held or journey_clock().now()

    def hold(self) -> None:
        """Stay at this hour, and out of the store."""
        with self._reading:
            self._held = journey_clock().now()

    def let_go(self) -> None:
        """Follow the journey again."""
        self._held = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stay at this hour for the length of the block."""
        self.hold()
        try:
            yield
        finally:
            self.let_go()


@dataclass
class Theatre:
    """One moment, lived as often as there are points in it."""

    journey: Journey
    agencies: Path
    """The file of the sandbox."""
    clock: HeldClock
    folder: Path
    socket_folder: str
    patch: pytest.MonkeyPatch
    kept: Path = field(init=False)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.kept = self.folder / "kept.sqlite3"
        self._url = settings().database_url
        servers = get_context("forkserver")
        servers.set_forkserver_preload(["tests.crashes.mortal"])
        self._nursery = servers

    def keeps(self) -> None:
        """Remember this moment: the store, and what the agencies know."""
        with self.clock.held(), self._admin() as admin:
            _forget(self._url)
            self._copy(admin, _name_of(self._url), self._moment)
            with (
                closing(sqlite3.connect(self.agencies)) as living,
                closing(sqlite3.connect(self.kept)) as kept,
            ):
                living.backup(kept)

    @contextmanager
    def again(self) -> Iterator[None]:
        """Live the moment anew, in a store of its own."""
        name = f"{self._moment}_{next(self._numbers)}"
        url = make_url(self._url).set(database=name).render_as_string(hide_password=False)
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        with self._admin() as admin:
            self._copy(admin, self._moment, name)
            self._agencies_know_what_they_knew()
            try:
                with self.patch.context() as here:
                    here.setenv("PND_DATABASE_URL", url)
                    settings.cache_clear()
                    try:
                        yield
                    finally:
                        self.clock.hold()
            finally:
                settings.cache_clear()
                self.clock.let_go()
                _forget(url)
                admin.execute(drop)

    def ends(self) -> None:
        """Forget the moment."""
        with self._admin() as admin:
            drop = sql.SQL("DROP DATABASE IF EXISTS {}")
            admin.execute(drop.format(sql.Identifier(self._moment)))

    def gives_a_run(self) -> UUID:
        """Let a new run carry the departure, asleep behind the form that was shown last."""
        prefect, reference = self.journey.prefect, self.journey.reference
        number = self._last_form()
        key = f"suspended-{number}"
        territory = self.journey.case.departure.territory
        asleep: State[Any] = Suspended(pause_key=str(number))
        asleep.state_details.run_input_keyset = {
            part: str(where) for part, where in keyset_from_base_key(key).items()
        }
        deployment = prefect.read_deployment_by_name(f"{FLOW}/{deployment_name(territory)}")
        created = prefect.create_flow_run_from_deployment(
            deployment.id,
            name=reference,
            parameters={"reference": reference},
            idempotency_key=str(uuid4()),
        )
        prefect.set_flow_run_state(created.id, asleep, force=True)
        form_for(self.journey.case).keep(created.id, str(number))
        with session() as opened:
            opened.execute(update(Departure).values(flow_run=created.id))
            opened.execute(update(Suspension).values(flow_run=created.id))
        return created.id

    def lives(self, work: Work, dies_at: str | None) -> bool:
        """Let a child do its work. Return whether it was killed; it may not fail otherwise."""
        child = self._nursery.Process(target=does, args=(work, dies_at))
        child.start()
        child.join(_A_LIFE_SECONDS)
        assert child.exitcode in (0, _KILLED), f"the child ended with {child.exitcode}"
        return child.exitcode == _KILLED

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this moment is told."""
        return {name: value for name, value in os.environ.items() if name.startswith("PND_")}

    @property
    def points(self) -> Path:
        """A fresh file for the points of one life."""
        return self.folder / f"points-{next(self._numbers)}"

    def _last_form(self) -> int:
        with session() as opened:
            last = select(Suspension.id).order_by(col(Suspension.id).desc()).limit(1)
            return opened.exec(last).one() or 0

    def _agencies_know_what_they_knew(self) -> None:
        with closing(sqlite3.connect(self.agencies, isolation_level=None)) as living:
            living.execute("ATTACH DATABASE ? AS kept", (str(self.kept),))
            tables = [
                name
                for (name,) in living.execute(
                    "SELECT name FROM kept.sqlite_master WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite%'"
                ).fetchall()
            ]
            living.execute("BEGIN IMMEDIATE")
            for table in tables:
                living.execute(f"DELETE FROM main.{table}")
                living.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
            living.execute("COMMIT")

    @property
    def _moment(self) -> str:
        return f"{_name_of(self._url)}_moment"

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            host=self.socket_folder, user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            yield admin

    @staticmethod
    def _copy(admin: psycopg.Connection, source: str, name: str) -> None:
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(copied.format(sql.Identifier(name), sql.Identifier(source)))


def _forget(url: str) -> None:
    """Close what this process holds of a store, once the threads of the door have left it."""
    engine = engine_for(url)
    until = time.monotonic() + _LEAVES_WITHIN
    while isinstance(engine.pool, QueuePool) and engine.pool.checkedout():
        assert time.monotonic() < until, "somebody stays in the store"
        time.sleep(0.01)
    engine.dispose()


def _name_of(url: str) -> str:
    return make_url(url).database or ""
