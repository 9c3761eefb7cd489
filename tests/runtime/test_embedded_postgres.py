"""The database of the embedded world: it keeps what it was given, and speaks to us only."""

import os
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from cli.embedded_postgres import EmbeddedPostgres
from cli.world import World
from tests.runtime.small_world import database


def _connect(server: EmbeddedPostgres, database: str = "cases") -> "psycopg.Connection":
    folder = str(server.socket_folder)
    return psycopg.connect(host=folder, user="postgres", dbname=database, autocommit=True)


def _ask(
    server: EmbeddedPostgres, query: LiteralString, database: str = "cases"
) -> list[tuple[Any, ...]]:
    with _connect(server, database) as connection:
        cursor = connection.execute(query)
        return list(cursor.fetchall()) if cursor.description else []


def test_the_databases_are_made_once_and_fresh_empties_them(home: Path) -> None:
    with World(home, ["21"], stages=database) as world:
        world.postgres.create_databases()
        _ask(world.postgres, "CREATE TABLE kept (id int)")

        world.postgres.create_databases()
        assert _ask(world.postgres, "SELECT count(*) FROM kept") == [(0,)]

        world.postgres.create_databases(fresh=True)
        assert _ask(world.postgres, "SELECT to_regclass('kept')") == [(None,)]


def test_it_has_what_prefect_needs_and_listens_on_no_port(home: Path) -> None:
    with World(home, ["21"], stages=database) as world:
        world.postgres.create_databases()
        _ask(world.postgres, "CREATE EXTENSION pg_trgm", "prefect")

        settings = dict(_ask(world.postgres, "SELECT name, setting FROM pg_settings"))
        assert settings["max_connections"] == "200"
        assert settings["fsync"] == "on"
        assert settings["listen_addresses"] == ""
        assert _ask(world.postgres, "SELECT lower('ÉTÉ')") == [("été",)]


def test_what_was_committed_survives_a_server_that_was_killed(home: Path) -> None:
    with World(home, ["21"], stages=database) as world:
        world.postgres.create_databases()
        _ask(world.postgres, "CREATE TABLE kept AS SELECT 1 AS id")

        world.kill("postgres")
        world.start("postgres")

        world.wait_ready("postgres")
        assert _ask(world.postgres, "SELECT id FROM kept") == [(1,)]


def test_an_old_pid_file_that_names_a_living_stranger_stops_nothing(home: Path) -> None:
    with World(home, ["21"], stages=database) as world:
        pid_file = world.postgres.data / "postmaster.pid"
        ours = str(world.processes["postgres"])
        left = pid_file.read_text().replace(ours, str(os.getppid()), 1)
        world.kill("postgres")
        pid_file.write_text(left)

        world.start("postgres")

        world.wait_ready("postgres")


def test_a_first_start_that_was_interrupted_is_begun_again(home: Path) -> None:
    data = EmbeddedPostgres(home).data
    (data / "base").mkdir(parents=True)
    (data / "PG_VERSION").write_text("18\n")

    with World(home, ["21"], stages=database) as world:
        assert world.alive("postgres")


def test_a_folder_with_a_long_path_gets_a_short_socket_that_others_cannot_reach(home: Path) -> None:
    long = home / ("un-dossier-au-nom-interminable" * 4) / "é ñ"
    with World(long, ["21"], stages=database) as world:
        folder = world.postgres.socket_folder
        assert len(os.fsencode(folder)) < 100
        assert folder.stat().st_mode & 0o077 == 0
        world.postgres.create_databases()
        psycopg.connect(world.postgres.cases_url.replace("+psycopg", "")).close()
    folder.rmdir()


def test_a_path_with_signs_of_its_own_makes_a_url_that_still_connects(home: Path) -> None:
    with World(home / "à & b#1", ["21"], stages=database) as world:
        world.postgres.create_databases()
        psycopg.connect(world.postgres.cases_url.replace("+psycopg", "")).close()
