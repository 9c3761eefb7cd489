"""Hits a world as the schedule says, in a thread; then starts again what nobody else would."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import psutil

from cli.world import World
from core.clock import SystemClock
from tests.chaos.beside import Beside
from tests.chaos.network import Network
from tests.chaos.schedule import FLOW, NURSERY, Blow, Kind, Schedule
from tests.living import nurseries, passes_under_way

# Dead for so long, a process was given up by its supervisor: the one on call starts it again.
_GIVEN_UP_AFTER_SECONDS = 25.0
_PATIENCE_FOR_TARGET_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Hit:
    """What one blow really did, in real time."""

    kind: Kind
    target: str
    began: datetime
    ended: datetime


@dataclass
class Killer(Beside):
    """Strikes for as long as the schedule lasts, and revives until the `with` ends."""

    world: World
    network: Network
    schedule: Schedule
    hits: list[Hit] = field(default_factory=list)
    revived: int = 0
    """How many processes a human had to start again."""

    def __post_init__(self) -> None:
        Beside.__init__(self, "killer")
        self._names = tuple(self.world.processes)
        self._done = threading.Event()
        self._dead_since: dict[str, float] = {}

    @property
    def is_done(self) -> bool:
        """Whether every blow was struck, and what was hit was healed."""
        return self._done.is_set()

    def _run(self) -> None:
        for blow in self.schedule.blows:
            self._waits(blow.pause)
            if self._over.is_set():
                return
            self._strikes(blow)
        self._done.set()
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            self._revives()

    def _strikes(self, blow: Blow) -> None:
        struck = [target for target in blow.targets if self._struck(blow, target)]
        began = SystemClock().now()
        self._waits(blow.seconds)
        for target in struck:
            self._heals(blow.kind, target)
        ended = SystemClock().now()
        self.hits += [Hit(blow.kind, target, began, ended) for target in struck]

    def _struck(self, blow: Blow, target: str) -> bool:
        if blow.kind is Kind.CUT:
            self.network.cut(target)
        elif blow.kind is Kind.STALL:
            self.network.stall(target)
        elif target in (FLOW, NURSERY):
            find = passes_under_way if target == FLOW else nurseries
            return self._kills_one_of(find, blow.which)
        else:
            # What the last blow killed may not be up again yet.
            self._until(lambda: self.world.alive(target))
            self.world.kill(target)
        return True

    def _heals(self, kind: Kind, target: str) -> None:
        if kind is not Kind.KILL:
            self.network.heal(target)
        elif target not in (FLOW, NURSERY):
            self.world.start(target)

    def _kills_one_of(self, find: Callable[[World], list[psutil.Process]], which: float) -> bool:
        found: list[psutil.Process] = []

        def is_one() -> bool:
            found[:] = find(self.world)
            return bool(found)

        if not self._until(is_one):
            return False
        with suppress(psutil.NoSuchProcess):
            found[int(which * len(found))].kill()
        return True

    def _revives(self) -> None:
        now = time.monotonic()
        for name in self._names:
            if self.world.alive(name):
                self._dead_since.pop(name, None)
            elif now - self._dead_since.setdefault(name, now) > _GIVEN_UP_AFTER_SECONDS:
                self.world.start(name)
                self.revived += 1

    def _waits(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._revives()
            if self._over.wait(min(left, _LOOK_EVERY_SECONDS)):
                return

    def _until(self, true: Callable[[], bool]) -> bool:
        until = time.monotonic() + _PATIENCE_FOR_TARGET_SECONDS
        while not true():
            if time.monotonic() > until or self._over.is_set():
                return False
            self._waits(_LOOK_EVERY_SECONDS)
        return True
