"""A world on several servers: each process of ours is started by its unit of deploy/systemd."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from cli.leftovers import MARK
from cli.prefect_env import prefect_environment
from cli.processes import Program, listens, responds
from cli.stages import Stage, database_stage
from cli.world import World
from core.settings import ROOT
from flows.warm_worker import WarmWorker
from tests.scale.road import Road
from tests.scale.units import INSTALLED, moved, unit

TERRITORY = "21"
PORTS = (
    *("prefect", "door", "guard", "sandbox", "redis", "api-1", "api-2"),
    *("to-cases", "watch-1-to-cases", "watch-2-to-cases"),
    *("worker-1-to-cases", "worker-1-to-prefect"),
)
PROCESSES = (
    *("redis", "api-1", "api-2", "services"),
    *("worker-1", "worker-2", "watch-1", "watch-2", "door", "guard"),
)
_CONFIG, _STATE, _BINARIES = "/etc/nouveau-depart", "/var/lib/nouveau-depart", ".venv/bin"
_REDIS, _SERVERS, _SERVICES = 0, 1, 2
_OF_THE_SERVERS = (
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_API_AUTH_STRING",
)
_OF_THE_GUARD = (
    *("PND_ENV", "PND_VAULT_KEY", "PND_DOOR_URL", "PND_GUARD_URL", "PND_TERRITORIES"),
    *("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"),
)


class NoRedis(Exception):
    """Redis is not installed on this machine."""

    def __str__(self) -> str:
        return (
            "redis-server est introuvable : installez-le (Debian : apt-get install redis-server)."
        )


class SeveralServers:
    """Two Prefect servers, their services, two workers, two watches, a door, a guard, and roads.

    What the units read is written where this world lives; who is to be cut off has its own road.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.roads: dict[str, Road] = {}

    def stages(self) -> Sequence[Stage]:
        """Return the stages: the databases, the servers once they are made, then who needs them."""
        world = self.world
        return [
            Stage(then=(world.postgres.prepare,)),
            database_stage(world),
            Stage(
                start=(self._redis(), self._sandbox()),
                then=(self._open_roads, self._write_files, self._make_tables),
            ),
            Stage(
                start=(
                    self._server("api-1"),
                    self._server("api-2"),
                    self._of_unit("services", "nd-prefect-services"),
                ),
                wait_for=("api-1", "api-2"),
            ),
            Stage(
                start=(
                    self._cut_off("worker-1", "nd-worker@", TERRITORY),
                    self._stock_worker("worker-2"),
                    self._cut_off("watch-1", "nd-watch"),
                    self._cut_off("watch-2", "nd-watch"),
                    self._door(),
                    self._guard(),
                ),
                then=(self._deploy,),
            ),
            Stage(wait_for=("door", "guard", "sandbox")),
        ]

    def cut(self, who: str) -> None:
        """Cut a process off from what its own roads lead to."""
        for name, road in self.roads.items():
            if name.startswith(who):
                road.cut()

    def heal(self, who: str) -> None:
        """Give its roads back to a process."""
        for name, road in self.roads.items():
            if name.startswith(who):
                road.heal()

    def travels(self, who: str) -> bool:
        """Tell whether a process got through on every road of its own since it was last cut."""
        mine = [road for name, road in self.roads.items() if name.startswith(who)]
        return all(road.travelled for road in mine)

    def leader(self) -> str | None:
        """Return which watch leads, as PostgreSQL knows it."""
        folder = str(self.world.postgres.socket_folder)
        with psycopg.connect(host=folder, user="postgres", dbname="cases") as connection:
            found = connection.execute(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND granted AND datname = 'cases'"
            ).fetchone()
        return str(found[0]) if found else None

    def once(self, file: str, *more: str) -> str:
        """Run a unit to its end, and return what it printed."""
        command = (*self._command(file), *more)
        ended = subprocess.run(
            command, cwd=ROOT, env=self.world.env, stdout=subprocess.PIPE, text=True, timeout=120
        )
        return ended.stdout

    def kept_in_redis(self) -> str:
        """Return all that Redis keeps now, every key of it."""
        client: Any = Redis(
            port=self.world.ports["redis"], decode_responses=True, encoding_errors="replace"
        )
        read = {
            "string": client.get,
            "stream": client.xrange,
            "hash": client.hgetall,
            "set": client.smembers,
            "zset": lambda key: client.zrange(key, 0, -1),
            "list": lambda key: client.lrange(key, 0, -1),
            # It was gone before it was read.
            "none": lambda _: "",
        }
        with client:
            return "\n".join(f"{key} {read[client.type(key)](key)}" for key in client.scan_iter())

    def mend(self) -> None:
        """Give back whatever a test took away."""
        for road in self.roads.values():
            road.heal()
        for name in PROCESSES:
            self.world.start(name)
        self.world.wait_ready("api-1", "api-2", "redis")

    def _open_roads(self) -> None:
        ports = self.world.ports
        servers = (ports["api-1"], ports["api-2"])
        socket = self.world.postgres.socket_folder / ".s.PGSQL.5432"
        for name, port in ports.items():
            if name.endswith("to-cases"):
                self.roads[name] = Road(port, socket)
            elif name.endswith("prefect"):
                self.roads[name] = Road(port, *servers)

    def _cases(self, road: str, who: str) -> str:
        # PostgreSQL knows each by its name: who holds the watch's seat is read there.
        address = f"postgres@127.0.0.1:{self.world.ports[road]}"
        return f"postgresql+psycopg://{address}/cases?application_name={who}"

    def _cut_off(self, name: str, file: str, instance: str = "") -> Program:
        """A process with roads of its own, to be cut."""
        roads = {"PND_DATABASE_URL": self._cases(f"{name}-to-cases", name)}
        if port := self.world.ports.get(f"{name}-to-prefect"):
            roads["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        return self._of_unit(name, file, instance, **roads)

    def _write_files(self) -> None:
        # What StateDirectory= does.
        (self.world.state.folder / "var" / "prefect").mkdir(parents=True)
        env, redis = self.world.env, f"redis://127.0.0.1:{self.world.ports['redis']}/0"
        server = {name: env[name] for name in (*_OF_THE_SERVERS, "PREFECT_API_URL")}
        server |= {
            "PREFECT_REDIS_MESSAGING_URL": redis,
            "PREFECT_SERVER_DOCKET_URL": redis,
            "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": redis,
        }
        place = {name: value for name, value in env.items() if name.startswith("PND_")}
        place |= {
            "PREFECT_API_URL": env["PREFECT_API_URL"],
            "PREFECT_API_AUTH_STRING": env["PREFECT_API_AUTH_STRING"],
            "PND_DATABASE_URL": self._cases("to-cases", "others"),
        }
        guard = {name: env[name] for name in _OF_THE_GUARD}
        guard |= {"PND_DATABASE_URL": self._cases("to-cases", "guard")}
        self._file("prefect.env").write_text(prefect_environment(several=True))
        for name, values in (("server.env", server), ("place.env", place), ("guard.env", guard)):
            lines = (f"{key}='{value}'" for key, value in values.items())
            self._file(name).write_text("\n".join(lines))

    def _make_tables(self) -> None:
        told = [
            subprocess.Popen(self._command(name), cwd=ROOT, env=self.world.env)
            for name in ("nd-prefect-database", "nd-cases-database")
        ]
        assert [one.wait(timeout=120) for one in told] == [0, 0]

    def _deploy(self) -> None:
        self.world.run("Déploiement", "cli.main", "territory", "deploy", TERRITORY)

    def _redis(self) -> Program:
        binary = shutil.which("redis-server")
        if binary is None:
            raise NoRedis
        port = self.world.ports["redis"]
        # Nothing is kept on disk: what Redis held is lost with it.
        flags = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        return Program("redis", (binary, *flags), _REDIS, lambda: listens(port))

    def _sandbox(self) -> Program:
        port = self.world.ports["sandbox"]
        command = (sys.executable, "-m", "sandbox")
        return Program("sandbox", command, _SERVICES, lambda: listens(port))

    def _server(self, name: str) -> Program:
        port = self.world.ports[name]
        ready = f"http://127.0.0.1:{port}/api/ready"
        command = self._command("nd-prefect-api@", str(port))
        return Program(name, command, _SERVERS, lambda: responds(ready))

    def _door(self) -> Program:
        health = f"{self.world.urls['door']}/health"
        command = self._command("nd-door@", str(self.world.ports["door"]))
        return Program("door", command, _SERVICES, lambda: responds(health))

    def _guard(self) -> Program:
        health = f"{self.world.urls['guard']}/health"
        command = self._command("nd-guard@", str(self.world.ports["guard"]))
        return Program("guard", command, _SERVICES, lambda: responds(health))

    def _of_unit(self, name: str, file: str, instance: str = "", **other: str) -> Program:
        return Program(name, self._command(file, instance, **other), _SERVICES)

    def _stock_worker(self, name: str) -> Program:
        """Prefect's own worker, beside ours on the same pool."""
        ours = self._of_unit(name, "nd-worker@", TERRITORY)
        stock = ("process" if word == WarmWorker.type else word for word in ours.command)
        return replace(ours, command=tuple(stock))

    def _file(self, name: str) -> Path:
        return self.world.state.folder / name

    def _command(self, file: str, instance: str = "", **other: str) -> tuple[str, ...]:
        """The command of a unit, with its variables and no other, as systemd starts it.

        Its files are read when it starts, and not before: they are not written yet.
        """
        described = unit(file, instance)
        places = {
            f"{INSTALLED}/{_BINARIES}": str(Path(sys.executable).parent),
            INSTALLED: str(ROOT),
            _CONFIG: str(self.world.state.folder),
            _STATE: str(self.world.state.folder / "var"),
        }
        # The modules of this checkout, whatever the environment was installed from.
        ours = {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", MARK: self.world.env[MARK]}
        variables = {key: moved(value, places) for key, value in described.variables.items()}
        files = [moved(path, places) for path in described.files]
        command = [moved(word, places) for word in described.command]
        start = [sys.executable, "-m", "tests.scale.units", *files, "--"]
        pairs = [f"{key}={value}" for key, value in {**ours, **variables, **other}.items()]
        return (*start, *pairs, "--", *command)
