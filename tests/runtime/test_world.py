"""A world leaves nothing running, whatever ends it, and is alone in its folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli.leftovers import Record, Trace, end_all
from cli.processes import ProcessUnready, Program
from cli.state import State, WorldBusy
from cli.world import StepFailed, World
from core.settings import ROOT
from tests.runtime.conftest import eventually, lives, mark_of, marked
from tests.runtime.small_world import DEAF, WORKER, only, python, with_database


@contextmanager
def _world_in_another_process(home: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.runtime.small_world", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def test_a_world_that_ends_leaves_no_process_not_even_the_runs_of_its_worker(home: Path) -> None:
    with World(home, ["21"], stages=with_database) as world:
        mark = mark_of(home)
        worker = psutil.Process(world.processes["worker-21"])
        assert eventually(lambda: bool(worker.children()))
        started = [*world.processes.values(), worker.children()[0].pid]
        started += [child.pid for child in psutil.Process(started[0]).children(recursive=True)]

    assert marked(mark) == []
    assert not [pid for pid in started if lives(pid)]
    assert not (home / "processes.json").exists()


def test_a_signal_to_stop_ends_the_whole_world(home: Path) -> None:
    with _world_in_another_process(home) as process:
        mark = mark_of(home)
        assert marked(mark)

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=15) == 0
    assert marked(mark) == []


def test_what_a_killed_world_left_is_ended_by_the_next_one(home: Path) -> None:
    with _world_in_another_process(home) as process:
        mark = mark_of(home)
        process.kill()
        process.wait()
    assert marked(mark)

    said: list[str] = []
    with World(home, ["21"], stages=with_database, say=said.append) as world:
        assert marked(mark) == []
        assert world.postgres.answers()
    assert any("exécution interrompue" in sentence for sentence in said)


def test_a_run_whose_worker_and_world_are_both_dead_is_still_found(home: Path) -> None:
    with _world_in_another_process(home) as process:
        mark = mark_of(home)
        traces = Record.read(home / "processes.json")
        assert traces is not None
        worker = next(trace.pid for trace in traces.traces if trace.name == "worker-21")
        assert eventually(lambda: bool(psutil.Process(worker).children()))
        run = psutil.Process(worker).children()[0]
        os.kill(worker, signal.SIGKILL)
        process.kill()
        process.wait()
    assert lives(run.pid)

    with World(home, ["21"], stages=only()):
        assert not lives(run.pid)
    assert marked(mark) == []


def test_a_stranger_that_was_given_an_old_pid_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        born = psutil.Process(stranger.pid).create_time()
        ours = Trace("door", stranger.pid, born - 5, layer=2, stop_signal=int(signal.SIGTERM))

        assert end_all(Record("another world", (ours,))) == 0

        assert stranger.poll() is None
        stranger.kill()


def test_a_second_world_in_the_same_folder_is_refused_in_one_sentence(home: Path) -> None:
    with World(home, ["21"], stages=only()):
        with pytest.raises(WorldBusy) as refused, World(home, ["21"], stages=only()):
            pass
        assert str(os.getpid()) in str(refused.value)
        assert "\n" not in str(refused.value)

    with World(home, ["21"], stages=only()):
        pass


def test_two_worlds_in_two_folders_live_side_by_side(home: Path) -> None:
    with (
        World(home, ["21"], stages=only(WORKER)) as one,
        World(home.with_name("other"), ["21"], stages=only(WORKER)) as other,
    ):
        assert one.alive("worker-21")
        assert other.alive("worker-21")
        assert mark_of(one.state.folder) != mark_of(other.state.folder)


def test_a_taken_port_is_replaced_and_the_change_is_said(home: Path) -> None:
    said: list[str] = []
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 4200))
            other.listen()
        except OSError:
            pass  # Taken by somebody else: taken all the same.
        with World(home, ["21"], stages=only(), say=said.append) as world:
            assert world.ports["prefect"] != 4200
            assert world.env["PREFECT_API_URL"] == f"{world.urls['prefect']}/api"
    assert any("4200 est pris" in sentence for sentence in said)


def test_a_process_that_dies_is_restarted(home: Path) -> None:
    with World(home, ["21"], stages=only(WORKER)) as world:
        first = world.processes["worker-21"]

        os.kill(first, signal.SIGKILL)

        assert eventually(lambda: world.processes.get("worker-21", first) != first)


def test_a_process_killed_on_purpose_stays_dead_until_it_is_started(home: Path) -> None:
    with World(home, ["21"], stages=only(WORKER)) as world:
        world.kill("worker-21")
        time.sleep(1.0)
        assert not world.alive("worker-21")

        world.start("worker-21")

        assert world.alive("worker-21")


def test_a_paused_process_is_not_taken_for_dead(home: Path) -> None:
    with World(home, ["21"], stages=only(WORKER)) as world:
        pid = world.processes["worker-21"]
        world.kill("worker-21", signal.SIGSTOP)
        time.sleep(0.5)
        world.kill("worker-21", signal.SIGCONT)

        assert world.processes["worker-21"] == pid


def test_a_process_deaf_to_the_signal_is_killed_in_time(home: Path) -> None:
    with World(home, ["21"], stages=only(DEAF)):
        mark = mark_of(home)
        time.sleep(0.3)
        began = time.monotonic()

    assert marked(mark) == []
    assert time.monotonic() - began < 15


def test_a_process_that_never_gets_ready_is_named_with_the_end_of_its_log(home: Path) -> None:
    code = "import sys; sys.exit('le port est pris')"
    broken = Program("door", (sys.executable, "-c", code), 2, ready=lambda: False)

    with World(home, ["21"], stages=only(broken)) as world:
        with pytest.raises(ProcessUnready) as unready:
            world.wait_ready("door", seconds=1)
        assert "« door » ne démarre pas" in str(unready.value)
        assert "le port est pris" in str(unready.value)


def test_a_failed_start_leaves_nothing_and_frees_the_folder(home: Path) -> None:
    class Broken(Exception):
        pass

    def explode(world: World) -> list[object]:
        raise Broken

    with pytest.raises(Broken), World(home, ["21"], stages=explode):  # type: ignore[arg-type]
        pass
    State(home).hold().close()


def test_a_preparation_that_fails_shows_what_it_said(home: Path) -> None:
    with World(home, ["21"], stages=only()) as world:
        with pytest.raises(StepFailed) as failed:
            world.run("Création des tables", "store.nothing_of_that_name")
        assert "Création des tables : échec" in str(failed.value)
        assert "nothing_of_that_name" in str(failed.value)


def test_other_commands_find_the_running_world_and_only_while_it_runs(home: Path) -> None:
    with World(home, ["21"], stages=only()) as world:
        found = State(home).running_environment()
        assert found["PND_DATABASE_URL"] == world.postgres.cases_url
        assert (home / "environment.json").stat().st_mode & 0o077 == 0

    assert State(home).running_environment() == {}


def test_the_variables_that_a_killed_world_left_are_not_believed(home: Path) -> None:
    with _world_in_another_process(home) as process:
        assert State(home).running_environment()
        process.kill()
        process.wait()
    assert (home / "environment.json").exists()

    assert State(home).running_environment() == {}
    State(home).end_leftovers()


def test_the_processes_of_a_world_hear_each_other(home: Path) -> None:
    told = python("sandbox", "import os; print(os.environ['PND_AGENCY_CAF_21_URL'], flush=True)")
    with World(home, ["21"], stages=only(told)) as world:
        log = home / "logs" / "sandbox.log"
        assert eventually(lambda: f"{world.urls['sandbox']}/caf-21" in log.read_text())
