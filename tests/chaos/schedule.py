"""All that happens in a run of chaos, drawn from one seed: who departs, what is killed or cut.

The same seed draws the same schedule. Real processes never meet it at the very same instruction:
a replay is the same storm over the same people, not the same film.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID

from core.settings import ROOT
from models.danger import DangerBand
from models.measure import Measure

EXAMPLES = {
    "21": ("mere-de-deux-enfants",),
    "59": ("homme-sans-enfant", "grande-fratrie"),
    "974": ("la-reunion",),
}

FLOW = "flow"
"""A flow process of a pass that is under way: which one is drawn when it is hit."""
NURSERY = "nursery"
"""The process that a worker's passes are forked from: of which worker, too."""
CASES, PREFECT_DATABASE, API = "cases", "prefect-database", "api"
AGENCIES, CALLBACKS = "agencies", "callbacks"
LINKS = (CASES, PREFECT_DATABASE, API, AGENCIES, CALLBACKS)

# Rule: what is hit most is what is most often at work.
_WEIGHTS = {
    FLOW: 7,
    "worker": 4,
    "watch": 3,
    "door": 2,
    "prefect": 2,
    "postgres": 2,
    NURSERY: 1,
}
_LONGEST_DOWN_SECONDS = {"prefect": 2.0, FLOW: 0.0, NURSERY: 0.0}
_USUAL_DOWN_SECONDS = 4.0
_LONGEST_CUT_SECONDS = 9.0
_TWO_AT_ONCE = 0.15
# Most lives are short, so that there are many; a few go through every chapter.
_PATIENCE = (1, 1, 1, 2, 2, 3, 4, 6)
# Most of the storm passes over departures that are open: nearly all sleep, and time goes on.
_FILED_WITHIN = 0.4


class Kind(StrEnum):
    """One manner of hitting."""

    KILL = "kill"
    """SIGKILL."""
    CUT = "cut"
    """Every connection of a link is reset, and no new one is let through."""
    STALL = "stall"
    """A link stays open and carries nothing; what was sent arrives when it heals."""


@dataclass(frozen=True)
class Blow:
    """One hit, `pause` seconds after the one before; it lasts `seconds` (all in real time)."""

    pause: float
    kind: Kind
    targets: tuple[str, ...]
    seconds: float
    which: float
    """Of the flow processes there are, the one at this share of the list."""


@dataclass(frozen=True)
class Filing:
    """One referral, `at` seconds after the start (real time), and how its people behave."""

    number: int
    at: float
    territory: str
    document: dict[str, Any]
    patience: int
    """How many times the referent answers before asking to close."""


@dataclass(frozen=True)
class Schedule:
    """A whole run."""

    seed: int
    territories: tuple[str, ...]
    seconds: float
    """Over how long the blows and the filings are spread (real time)."""
    filings: tuple[Filing, ...]
    blows: tuple[Blow, ...]

    @property
    def kills(self) -> int:
        """How many processes are to be killed."""
        return sum(len(blow.targets) for blow in self.blows if blow.kind is Kind.KILL)


def draw(
    seed: int,
    territories: Sequence[str],
    departures: int,
    kills: int,
    seconds: float,
    patience: Sequence[int] = _PATIENCE,
) -> Schedule:
    """Draw a run: so many departures over these territories, so many kills and a third as many
    cuts.
    """
    random = Random(seed)
    filings = []
    for number in range(departures):
        territory = territories[number % len(territories)]
        at = seconds * _FILED_WITHIN * number / departures
        document = _referral(random, territory)
        filings.append(Filing(number, at, territory, document, random.choice(patience)))
    hits = [(Kind.KILL, targets) for targets in _doomed(random, territories, kills)]
    hits += [
        (random.choice((Kind.CUT, Kind.STALL)), (link,))
        for link in _dealt(random, dict.fromkeys(LINKS, 1), max(len(LINKS), kills // 3))
    ]
    random.shuffle(hits)
    pauses = [random.expovariate(1) for _ in hits]
    pace = seconds / sum(pauses)
    blows = tuple(
        Blow(pause * pace, kind, targets, _lasting(random, kind, targets), random.random())
        for pause, (kind, targets) in zip(pauses, hits, strict=True)
    )
    return Schedule(seed, tuple(territories), seconds, tuple(filings), blows)


def _referral(random: Random, territory: str) -> dict[str, Any]:
    """An invented referral, as the examples, for one to three measures or so."""
    example = random.choice(EXAMPLES[territory])
    document: dict[str, Any] = json.loads((ROOT / "examples" / f"{example}.json").read_text())
    offered = [asked["measure"] for asked in document["measures"]]
    kept = set(random.sample(offered, k=min(len(offered), random.choice((1, 1, 2, 3)))))
    in_danger = random.random() < 0.3
    if in_danger:
        # Its first pass already asks for a shelter.
        kept.add(Measure.HOUSING.value)
        document["danger"] |= {"band": DangerBand.IMMEDIATE.value}
    for part in ("measures", "consents"):
        document[part] = [one for one in document[part] if one["measure"] in kept]
    document["referral_id"] = str(UUID(int=random.getrandbits(128), version=4))
    return document


def _doomed(random: Random, territories: Sequence[str], kills: int) -> list[tuple[str, ...]]:
    """Whom each blow kills: one process, at times two at once."""
    names = _dealt(random, _WEIGHTS, kills)
    named = [f"worker-{random.choice(territories)}" if n == "worker" else n for n in names]
    blows: list[tuple[str, ...]] = []
    while named:
        first, *rest = named
        second = rest[0] if rest and rest[0] != first and random.random() < _TWO_AT_ONCE else None
        blows.append((first, second) if second else (first,))
        named = rest[1:] if second else rest
    return blows


def _dealt(random: Random, weights: dict[str, int], count: int) -> list[str]:
    """Draw names by their weights, each of them at least once when there is room."""
    once = random.sample(list(weights), k=min(count, len(weights)))
    more = random.choices(list(weights), list(weights.values()), k=count - len(once))
    dealt = once + more
    random.shuffle(dealt)
    return dealt


def _lasting(random: Random, kind: Kind, targets: tuple[str, ...]) -> float:
    if kind is not Kind.KILL:
        return random.uniform(1.0, _LONGEST_CUT_SECONDS)
    longest = max(_LONGEST_DOWN_SECONDS.get(name, _USUAL_DOWN_SECONDS) for name in targets)
    return random.uniform(0.0, longest)
