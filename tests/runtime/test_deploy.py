"""What deploy/ says is true of the code: commands, variables, settings, addresses."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import prefect.settings
import prefect_redis.cleanup_queue
import prefect_redis.client
import pytest
import yaml

from cli.prefect_env import prefect_environment
from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS, SHARED_BY_REDIS
from core.settings import ROOT, Settings
from tests.scale.units import INSTALLED, UNITS, Unit, read_env_file, unit

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
OURS = {name: one for name, one in COMPOSE.items() if "build" in one}
NAMES = sorted(path.stem for path in UNITS.glob("*.service"))
# An instance is a port, or the code of a territory.
INSTANCES = ("", "4201", "4202", "8021", "8022", "8031", "8032", "21")


# What a timer starts is not a service of the compose file.
STANDING = [name for name in NAMES if not (UNITS / f"{name}.timer").exists()]


def words(command: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A command by the names of its programs, wherever they are installed."""
    return (Path(command[0]).name, *command[1:])


def known_commands() -> dict[tuple[str, ...], Unit]:
    found = {}
    for name in NAMES:
        for instance in INSTANCES if name.endswith("@") else ("",):
            one = unit(name, instance)
            found[words(one.command)] = one
    return found


def test_every_setting_is_written_once_and_read_back_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "prefect.env"
    file.write_text(prefect_environment(several=True), encoding="utf-8")

    assert read_env_file(file) == {**PREFECT_SETTINGS, **SEVERAL_SERVERS}
    file.write_text(prefect_environment(several=False), encoding="utf-8")
    assert read_env_file(file) == PREFECT_SETTINGS


def test_every_shared_part_is_one_that_prefect_reads_and_that_exists() -> None:
    wanted = {getattr(prefect.settings, name): value for name, value in SEVERAL_SERVERS.items()}
    read = prefect.settings.get_current_settings().copy_with_update(updates=wanted)

    assert read.server.events.messaging_broker == read.server.events.messaging_cache
    for module in SHARED_BY_REDIS.values():
        assert import_module(module).__name__ == module
    assert read.server.database.migrate_on_start is False


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_restarts_for_ever_as_nobody_in_particular_with_its_files(name: str) -> None:
    said = unit(name, "21").said

    assert said["User"] == ["nouveau-depart"]
    assert said["WorkingDirectory"] == [INSTALLED]
    assert said["ExecStart"][0].startswith(f"{INSTALLED}/.venv/bin/")
    if said.get("Type") != ["oneshot"]:
        assert said["Restart"] == ["always"]
        assert said["StartLimitIntervalSec"] == ["0"]
        assert said["EnvironmentFile"][0].endswith("/prefect.env")


def test_the_key_of_the_vault_is_never_given_to_a_prefect_server() -> None:
    for name in NAMES:
        files = {Path(file).name for file in unit(name, "21").files}
        assert not {"place.env", "server.env"} <= files, name
        assert ("server.env" in files) is name.startswith("nd-prefect"), name
    keys = read_env_file(DEPLOY / "server.env.example")
    assert not [key for key in keys if key.startswith("PND_")]


def test_the_guard_has_what_it_needs_and_no_secret_of_an_agency() -> None:
    """It faces people: who takes it over files no referral, and speaks to no agency."""
    files = [Path(file).name for file in unit("nd-guard@", "8031").files]
    given = read_env_file(DEPLOY / "guard.env.example")

    assert files == ["prefect.env", "guard.env"]
    assert set(given) == {
        *("PND_ENV", "PND_DATABASE_URL", "PND_VAULT_KEY", "PND_DOOR_URL", "PND_GUARD_URL"),
        *("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"),
    }


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_of_the_compose_file_runs_the_command_of_a_unit(name: str) -> None:
    service = OURS[name]
    same = known_commands()[tuple(service["command"])]

    assert service["env_file"][1:] == [Path(file).name for file in same.files[-1:]]
    assert service["env_file"][0] == "prefect.env"
    assert service["network_mode"] == "host"
    assert service["restart"] == ("no" if "profiles" in service else "always")


def test_the_compose_file_runs_every_unit_and_everything_that_counts_twice() -> None:
    run = [tuple(service["command"]) for service in OURS.values()]
    known = known_commands()
    ports = [port for service in OURS.values() for port in service.get("environment", {}).values()]

    assert {known[command].said["Description"][0].split(",")[0] for command in run} == {
        unit(name, "21").said["Description"][0].split(",")[0] for name in STANDING
    }
    assert len([command for command in run if "--no-services" in command]) > 1
    assert ports == ["8021", "8022", "8031", "8032"]


def test_the_balancer_sends_to_the_servers_and_doors_that_run() -> None:
    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    servers = re.findall(r"^\s+server (\S+) 127\.0\.0\.1:(\d+)$", text, re.MULTILINE)
    asked = re.findall(r"option httpchk GET (\S+)", text)

    assert asked == ["/api/ready", "/health", "/health"]
    for name, port in servers:
        service = OURS[name]
        assert port in (*service["command"], *service.get("environment", {}).values())
    assert "retry-on conn-failure" in text
    kept = {int(seconds) for seconds in re.findall(r"timeout (?:client|server) (\d+)s", text)}
    assert float(PREFECT_SETTINGS["PREFECT_API_REQUEST_TIMEOUT"]) < min(kept)
    assert max(kept) < int(SEVERAL_SERVERS["PREFECT_SERVER_API_KEEPALIVE_TIMEOUT"])


def test_every_variable_of_an_example_is_read_by_somebody() -> None:
    addresses = {
        "PREFECT_REDIS_MESSAGING_URL": prefect_redis.client.RedisMessagingSettings,
        "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": (
            prefect_redis.cleanup_queue.RedisWorkerCleanupQueueSettings
        ),
    }
    for name in read_env_file(DEPLOY / "server.env.example"):
        read = addresses.get(name)
        if read is None:
            assert getattr(prefect.settings, name, None) is not None, name
        else:
            prefix = str(read.model_config["env_prefix"])
            assert name.startswith(prefix)
            assert name.removeprefix(prefix).lower() in read.model_fields, name
    ours_in = (ROOT / ".env.example", DEPLOY / "guard.env.example")
    text = "\n".join(file.read_text(encoding="utf-8") for file in ours_in)
    for name in re.findall(r"^#? ?(PND_\w+)=", text, re.MULTILINE):
        ours = name.removeprefix("PND_").lower()
        assert ours in Settings.model_fields or ours.startswith("agency_"), name


def test_no_command_bounds_a_worker_or_waits_for_an_answer() -> None:
    for command in known_commands():
        assert "--limit" not in command, shlex.join(command)
    assert "-y" in unit("nd-prefect-database").command
