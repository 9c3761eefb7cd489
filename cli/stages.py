"""What an embedded world starts, in which order, and what it prepares between two starts."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from cli.embedded_postgres import EmbeddedPostgres
from cli.processes import Program, listens, responds

# A higher layer stands on the lower ones; the top one ends first.
_DATABASE, _CLOCKWORK, _SERVICES = 0, 1, 2


@dataclass(frozen=True)
class Stage:
    """One moment of the start: what to start, what to wait for, then what to prepare."""

    start: tuple[Program, ...] = ()
    wait_for: tuple[str, ...] = ()
    then: tuple[Callable[[], None], ...] = ()


class Stageable(Protocol):
    """What the stages need of a world."""

    postgres: EmbeddedPostgres
    territories: tuple[str, ...]
    fresh: bool

    @property
    def urls(self) -> dict[str, str]:
        """Where each server is, by the name of its process."""
        ...

    def run(self, what: str, *arguments: str) -> None:
        """Run a Python module to its end inside this world."""
        ...


def embedded_stages(world: Stageable) -> list[Stage]:
    """Return the stages. Prefect takes longest to start: everything else starts meanwhile."""
    prepared, database, clockwork, deployed = clockwork_stages(world)
    clockwork = replace(clockwork, then=(*clockwork.then, lambda: _accounts(world)))
    services = Stage(
        start=(
            *(_worker(code) for code in world.territories),
            _sandbox(world.urls["sandbox"]),
            _door(world.urls["door"]),
            _guard(world.urls["guard"]),
            _watch(),
        )
    )
    standing = Stage(wait_for=("door", "guard", "sandbox"))
    return [prepared, database, clockwork, services, deployed, standing]


def clockwork_stages(world: Stageable) -> list[Stage]:
    """Return the stages of the clockwork alone: database, Prefect server, deployments."""
    return [
        Stage(then=(world.postgres.prepare,)),
        database_stage(world),
        Stage(start=(_prefect(world.urls["prefect"]),), then=(lambda: _migrate(world),)),
        Stage(then=(_deployment(world),)),
    ]


def database_stage(world: Stageable) -> Stage:
    """Return the stage that starts PostgreSQL, its data directory being prepared."""
    return Stage(
        start=(postgres(world.postgres),),
        wait_for=("postgres",),
        then=(lambda: world.postgres.create_databases(fresh=world.fresh),),
    )


def postgres(server: EmbeddedPostgres) -> Program:
    """Return the database server. SIGINT is its clean stop; SIGTERM waits for every client."""
    return Program(
        "postgres", server.command, _DATABASE, server.answers, signal.SIGINT, server.account
    )


def _prefect(url: str) -> Program:
    parts = urlsplit(url)
    address = ("--host", str(parts.hostname), "--port", str(parts.port))
    command = _python("prefect", "server", "start", *address)
    return Program("prefect", command, _CLOCKWORK, lambda: responds(f"{url}/api/ready"))


def _door(url: str) -> Program:
    return Program("door", _python("gateway.serve"), _SERVICES, lambda: responds(f"{url}/health"))


def _guard(url: str) -> Program:
    command = _python("gateway.prefect_guard.serve")
    return Program("guard", command, _SERVICES, lambda: responds(f"{url}/health"))


def _sandbox(url: str) -> Program:
    port = urlsplit(url).port or 0
    return Program("sandbox", _python("sandbox"), _SERVICES, lambda: listens(port))


def _worker(code: str) -> Program:
    # Danger: never `--limit`. A run that is woken while the process of its last pass is still
    # ending breaks the whole worker (its slot is taken twice). The work pool has the limit.
    pool = ("--pool", f"depart-{code}", "--type", "depart", "--install-policy", "never")
    command = _python("cli.after_prefect", "prefect", "worker", "start", *pool)
    return Program(f"worker-{code}", command, _SERVICES)


def _watch() -> Program:
    return Program("watch", _python("cli.after_prefect", "pnd", "watch"), _SERVICES)


def _migrate(world: Stageable) -> None:
    world.run("Création des tables", "store.migrate")


def _accounts(world: Stageable) -> None:
    world.run("Comptes des référents", "cli.referents", *world.territories)


def _deployment(world: Stageable) -> Callable[[], None]:
    # One interpreter for all of them: each start of one costs seconds.
    which = world.territories[0] if len(world.territories) == 1 else "--all"
    deploy = ("cli.after_prefect", "pnd", "territory", "deploy", which)
    return lambda: world.run("Déploiement des territoires", *deploy)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
