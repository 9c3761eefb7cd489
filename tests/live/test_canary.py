"""The canary: what is planted of a person is found nowhere but in the agencies' own hands."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from cli.world import World
from core.settings import ROOT
from store.letterbox import notices
from tests.living import Life, eventually

pytestmark = pytest.mark.timeout(300)

_EXAMPLE = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_text())
# Codes that a person's sheet shares with the rest of the platform are not personal, nor is the
# date of a proof, which may be any other date.
_CODE = re.compile(r"[a-z_0-9]+|\d{2}:\d{2}(:\d{2})?|\d{5}")
_SHORTEST = 5


def planted(part: Any) -> Iterator[str]:
    """Every personal value of a referral: names, addresses, numbers, dates of birth."""
    if isinstance(part, dict):
        for value in part.values():
            yield from planted(value)
    elif isinstance(part, list):
        for value in part:
            yield from planted(value)
    elif isinstance(part, str) and len(part) >= _SHORTEST and not _CODE.fullmatch(part):
        yield part


def kept_in(world: World, database: str) -> str:
    """All that a database keeps, every table of it."""
    folder = str(world.postgres.socket_folder)
    with psycopg.connect(host=folder, user="postgres", dbname=database) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        rows = [
            str(row)
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        ]
    return "\n".join(rows)


def kept_in_files(world: World) -> str:
    """All files of the world, its logs included, but the database's own."""
    folder = world.state.folder
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(world.postgres.data)
    ]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def test_nothing_personal_is_anywhere_after_a_journey_with_every_kind_of_trouble(
    life: Life, living_world: World
) -> None:
    person = {name: value for name, value in _EXAMPLE["person"].items() if name != "evidence"}
    values = sorted(set(planted(person)))
    assert len(values) > 8, values
    life.orders("malformed:1", "caf-21")
    life.orders("error_500:2", "france-victimes-21")
    spoiled = httpx.post(
        f"{living_world.urls['door']}/referrals",
        json=_EXAMPLE | {"territory": "Camille Inventée"},
        headers={"Authorization": f"Bearer {living_world.env['PND_DOOR_TOKEN']}"},
    )
    assert spoiled.status_code == 422

    departure = life.files()
    departure.signs_the_plan()
    eventually(lambda: len(departure.ledger("send")) > 4, "the agencies are asked")
    eventually(lambda: departure.flow_run.get("state_type") == "PAUSED", "the pass is over")
    shown = life.pnd("show", departure.reference) + life.pnd("show", departure.reference, "--json")

    kept = {
        "Prefect's database": kept_in(living_world, "prefect"),
        "the case store": kept_in(living_world, "cases"),
        "files and logs": kept_in_files(living_world),
        "pnd show": shown,
        "the refusal": spoiled.text,
        "the outbox": "\n".join(f"{n.address} {n.subject} {n.text}" for n in notices()),
    }
    # The search sees what it should: the reference, which is no secret, is found.
    for place in ("Prefect's database", "the case store", "files and logs", "pnd show"):
        assert departure.reference in kept[place], place
    found = {(place, value) for place, text in kept.items() for value in values if value in text}
    assert not found, sorted(found)
