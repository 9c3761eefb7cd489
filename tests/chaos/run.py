"""A storm, from beginning to end: ``python -m tests.chaos.run --departures 200 --kills 100``.

Exits 1 when something that had to hold did not.
"""

import argparse
import logging
import secrets
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.up import Stopped, stopping_cleanly
from cli.world import World
from core.logs import configure_logs
from core.settings import settings
from models.territories import known_territories
from sandbox.admin_client import SandboxAdmin, SandboxUnreachable
from sandbox.credentials import with_api
from store.away import StoreAway
from tests.chaos import evidence as kept
from tests.chaos import report, verdict
from tests.chaos.cast import Cast, Glance
from tests.chaos.evidence import Evidence
from tests.chaos.killer import Killer
from tests.chaos.network import Network
from tests.chaos.prescribers import Prescribers
from tests.chaos.schedule import EXAMPLES, Schedule, draw
from tests.chaos.stage import stage
from tests.chaos.time_keeper import TimeKeeper
from tests.credential import credential

_INTERRUPTED = 130
# Each look reads every run at the server that the storm is trying.
_TICK_SECONDS = 2.0
_PERCENT_OF_FAULTS = 10
_AWAY = (StoreAway, httpx.HTTPError, SandboxUnreachable)
# Rule: time goes on while one in twenty is still being served, or a single broken run would stop
# it for all; but no faster than the machine follows, or deadlines would outrun every referent.
_ONE_IN = 20
_RESTLESS_TOO_LONG_SECONDS = 240.0
# Nobody is stuck while one in five waits: the machine is behind, and time waits for it.
_BEHIND_ONE_IN = 5


@dataclass(frozen=True)
class Outcome:
    """How a storm ended."""

    evidence: Evidence
    checks: list[verdict.Check]
    report: str

    @property
    def holds(self) -> bool:
        """Whether everything that had to hold did."""
        return not any(check.faults for check in self.checks)


@dataclass
class _Patience:
    """Who has been restless for so long that time no longer waits for them."""

    since: dict[str, float]

    def counts(self, restless: list[str]) -> int:
        """Return how many time still waits for."""
        now = time.monotonic()
        self.since = {reference: self.since.get(reference, now) for reference in restless}
        return sum(now - began < _RESTLESS_TOO_LONG_SECONDS for began in self.since.values())


def storm(home: Path, schedule: Schedule, patience_seconds: float, lease_seconds: float) -> Outcome:
    """Live a whole schedule in a world of its own; then allow so many seconds for what is left."""
    weather, began = f"{schedule.seed}:{_PERCENT_OF_FAULTS}", time.monotonic()
    with stage(home, schedule.territories, weather, lease_seconds) as (world, network):
        stood = time.monotonic()
        evidence, notes = _lives(world, network, schedule, patience_seconds)
        over = time.monotonic()
    notes.append(
        f"Monde debout en {stood - began:.0f} s, tempête et retour au calme en "
        f"{over - stood:.0f} s."
    )
    checks = verdict.verdict(evidence, verdict.tolerance(lease_seconds))
    return Outcome(evidence, checks, report.written(schedule, evidence, checks, notes))


def _lives(
    world: World, network: Network, schedule: Schedule, patience_seconds: float
) -> tuple[Evidence, list[str]]:
    api, door = f"{world.urls['prefect']}/api", world.urls["door"]
    with ExitStack() as present:
        agencies = present.enter_context(SandboxAdmin(world.urls["sandbox"]))
        keeper = TimeKeeper(agencies)
        keeper.begins()
        cast = present.enter_context(closing(Cast(api, schedule.seed, credential(world.env))))
        prescribers = present.enter_context(
            Prescribers(door, world.env["PND_DOOR_TOKEN"], schedule)
        )
        killer = present.enter_context(Killer(world, network, schedule))
        _goes_on(schedule, cast, prescribers, killer, keeper, patience_seconds)
        evidence = _gathered(world, cast, prescribers, killer, keeper, agencies)
    notes = [
        f"La porte a répondu : {dict(sorted(prescribers.said.items()))} (0 : pas de réponse).",
        f"Prefect a répondu aux référents : {dict(sorted(cast.said.items()))} ; "
        f"{cast.by_command} réponses données par la commande.",
        f"Processus que le superviseur avait abandonnés, relancés à la main : {killer.revived}.",
        f"{len(keeper.anchors) - 1} sauts du temps.",
    ]
    return evidence, notes


def _goes_on(
    schedule: Schedule,
    cast: Cast,
    prescribers: Prescribers,
    killer: Killer,
    keeper: TimeKeeper,
    patience_seconds: float,
) -> None:
    patience, calm_since = _Patience({}), None
    while True:
        if killer.is_done and prescribers.are_done and calm_since is None:
            cast.is_ending, calm_since = True, time.monotonic()
        glance = _tick(schedule, cast, prescribers, keeper, patience)
        if calm_since is not None:
            is_over = glance is not None and glance.is_over
            if is_over or time.monotonic() - calm_since > patience_seconds:
                return
        time.sleep(_TICK_SECONDS)


def _tick(
    schedule: Schedule,
    cast: Cast,
    prescribers: Prescribers,
    keeper: TimeKeeper,
    patience: _Patience,
) -> Glance | None:
    """Serve everybody once, and let time pass; None when the store or Prefect is away just now."""
    try:
        cast.meets(schedule.filings, prescribers.references)
        glance = cast.looks()
        is_behind = len(glance.restless) > max(1, glance.living // _BEHIND_ONE_IN)
        waited_for = patience.counts(glance.restless)
        if glance.living and not is_behind and waited_for <= glance.living // _ONE_IN:
            keeper.moves_on()
        return glance
    except _AWAY:
        return None


def _gathered(
    world: World,
    cast: Cast,
    prescribers: Prescribers,
    killer: Killer,
    keeper: TimeKeeper,
    agencies: SandboxAdmin,
) -> Evidence:
    territories = known_territories(settings().territories)
    ours = [agency for code in world.territories for agency in territories[code].agencies]
    return Evidence(
        filed=prescribers.references,
        asked=len(prescribers.schedule.filings),
        stories=kept.stories(f"{world.urls['prefect']}/api", credential(world.env)),
        ledger=agencies.ledger(),
        said=kept.said(Path(world.env["PND_SANDBOX_STATE"])),
        polled_until=kept.polled_until(),
        played=frozenset(agency.code for agency in with_api(ours)),
        linked=kept.linked(),
        accepted=cast.accepted,
        anchors=keeper.anchors,
        hits=killer.hits,
    )


def main() -> int:
    """Read the command line, live the storm, print the report."""
    parser = argparse.ArgumentParser(description="Une tempête sur de vrais processus.")
    parser.add_argument("--departures", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=40.0, help="Durée des coups.")
    parser.add_argument("--patience", type=float, default=30.0, help="Minutes pour finir ensuite.")
    parser.add_argument("--lease", type=float, default=60.0, help="Secondes d'un bail.")
    parser.add_argument("--home", type=Path, help="Dossier à garder, journaux compris.")
    parser.add_argument("--territories", nargs="+", default=list(EXAMPLES), choices=EXAMPLES)
    asked = parser.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    configure_logs(logging.CRITICAL)
    sys.stdout.write(f"Graine : {seed}\n")
    sys.stdout.flush()
    schedule = draw(seed, asked.territories, asked.departures, asked.kills, asked.minutes * 60)
    try:
        with (
            stopping_cleanly(),
            tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder,
        ):
            outcome = storm(asked.home or Path(folder), schedule, asked.patience * 60, asked.lease)
    except Stopped:
        sys.stdout.write("Interrompu : tout est arrêté.\n")
        return _INTERRUPTED
    sys.stdout.write(outcome.report)
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
