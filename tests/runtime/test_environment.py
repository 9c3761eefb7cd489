"""The variables of a world: secrets drawn once, nothing inherited, settings that are read."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.browser import NoBrowser, find_chromium
from cli.keys import keys, password_variable
from cli.ports import free_port
from cli.up import addresses
from cli.world import StepFailed, World
from connectors.configuration import variable
from core.prefect_settings import PREFECT_SETTINGS
from core.settings import settings
from models.agency import Channel
from models.territories import known_territory
from tests.runtime.small_world import only

_READ_BY_PREFECT = """
import json
from prefect.settings import Settings
read = Settings()
known = read.to_environment_variables(include_aliases=True)
print(json.dumps({
    "known": sorted(known),
    "heartbeat": read.flows.heartbeat_frequency,
    "pauses": read.server.services.pause_expirations.enabled,
    "analytics": read.server.analytics_enabled,
    "v2": read.server.ui.v2_enabled,
    "logs": read.logging.to_api.enabled,
    "query": read.worker.query_seconds,
}))
"""


def test_secrets_are_drawn_once_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"

    drawn = keys(file, ["caf-21"])

    assert file.stat().st_mode & 0o777 == 0o600
    assert drawn["PND_AGENCY_CAF_21_SECRET"].startswith("whsec_")
    assert keys(file, ["caf-21"]) == drawn


def test_a_new_agency_gets_secrets_and_the_others_keep_theirs(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    before = keys(file, ["caf-21"])

    after = keys(file, ["caf-21", "siao-21"])

    assert before.items() <= after.items()
    assert after["PND_AGENCY_SIAO_21_TOKEN"] != after["PND_AGENCY_CAF_21_TOKEN"]


def test_the_password_of_each_referent_is_kept_and_shown_by_the_start_that_drew_it(
    home: Path,
) -> None:
    with World(home, ["21"], stages=only()) as first:
        password = first.env[password_variable("ref-21-a")]
        assert [line for line in addresses(first) if "ref-21-a" in line and password in line]
        assert f"Écran des référents : {first.urls['guard']}" in addresses(first)
    with World(home, ["21"], stages=only()) as second:
        assert second.env[password_variable("ref-21-a")] == password
        told = "\n".join(addresses(second))
    assert password not in told
    assert str(home / "secrets.env") in told


def test_no_account_of_a_trial_is_made_in_production(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with World(home, ["21"], stages=only(), extra={"PND_ENV": "production"}) as world:
        with pytest.raises(StepFailed, match="jamais en production"):
            world.run("Comptes", "cli.referents", "21")


def test_nothing_of_ours_is_inherited_from_the_terminal(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://ailleurs.example/api")
    monkeypatch.setenv("PND_AGENCY_BAV_21_URL", "https://un-vrai-organisme.example")
    monkeypatch.setenv("PND_ENV", "production")

    with World(home, ["21"], stages=only()) as world:
        assert not [value for value in world.env.values() if "ailleurs" in value]
        assert not [value for value in world.env.values() if "un-vrai-organisme" in value]
        assert world.env["PND_ENV"] == "development"


def test_every_agency_with_an_api_is_played_by_the_sandbox(home: Path) -> None:
    agencies = known_territory(settings().territories, "21").agencies
    with World(home, ["21"], stages=only()) as world:
        for agency in agencies:
            address = world.env.get(variable(agency.code, "url"))
            expected = f"{world.urls['sandbox']}/{agency.code}"
            assert address == (expected if agency.channel is Channel.API else None)


def test_prefect_reads_every_setting_we_give_it() -> None:
    environment = {"PATH": os.environ["PATH"], "PREFECT_HOME": "/nonexistent", **PREFECT_SETTINGS}
    told = subprocess.run(
        [sys.executable, "-c", _READ_BY_PREFECT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    read = json.loads(told.stdout)

    # A section given as JSON, and the convention of the other tools, are not listed by name.
    assert set(PREFECT_SETTINGS) - set(read.pop("known")) == {"PREFECT_FLOWS", "DO_NOT_TRACK"}
    assert read == {
        "heartbeat": None,
        "pauses": False,
        "analytics": False,
        "v2": False,
        "logs": False,
        "query": 1.0,
    }


def test_the_usual_port_is_given_when_it_is_free_and_the_next_one_when_it_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        following = free_port(port)
        assert following > port
    assert free_port(port) == port
    assert free_port(port, besides=[port]) > port


def test_a_chosen_browser_that_is_not_there_is_refused_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_CHROMIUM", str(tmp_path / "absent"))

    with pytest.raises(NoBrowser, match="apt-get install chromium"):
        find_chromium()
