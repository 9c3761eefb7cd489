"""Two watches: one leads; the seat is free as soon as its holder is dead, cut off or stuck."""

import pytest
from sqlalchemy import text

from store import leader
from store.engine import engine_for, session
from store.leader import leadership
from tests.living import eventually


def _end_the_leaders_line() -> None:
    with session() as opened:
        opened.execute(
            text(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d"
                " ON d.oid = l.database WHERE l.locktype = 'advisory'"
                " AND d.datname = current_database()"
            )
        )


def test_one_leads_and_the_other_takes_over_when_it_stops(store: str) -> None:
    with leadership() as first:
        assert first()
        with leadership() as second:
            assert not second()
        assert first()
    with leadership() as second:
        assert second()


def test_a_leader_that_lost_its_line_knows_it_and_the_other_leads(store: str) -> None:
    with leadership() as first:
        assert first()
        _end_the_leaders_line()
        assert not first()
        with leadership() as second:
            assert second()
        assert not first()


def test_a_leader_that_hangs_loses_its_seat(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(leader._SILENT_LINE, "idle_session_timeout", "200ms")
    with leadership() as first:

        def other_leads() -> bool:
            with leadership() as second:
                return second()

        eventually(other_leads, "the seat is free", seconds=10)
        assert not first()


def test_whoever_leads_no_more_leaves_no_setting_behind(store: str) -> None:
    with leadership() as first:
        assert first()
    with engine_for(store).connect() as connection:
        as_given = text("SELECT setting = reset_val FROM pg_settings WHERE name = :name")
        assert connection.scalar(as_given, {"name": "idle_session_timeout"})
