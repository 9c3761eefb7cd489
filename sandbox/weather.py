"""Bad weather: a share of all that an agency does goes wrong, drawn from a seed.

The nth call of an agency meets the same fault at every replay. An order that was given is stronger.
"""

from dataclasses import dataclass
from random import Random

from sandbox.behaviour import Order, parse
from sandbox.state import Transaction

_FAULTS = ("error_500", "error_500", "malformed", "timeout")
_COURSES = ("twice", "twice", "answer_late:6h", "answer_late:3d")
_NORMAL = Order()


@dataclass(frozen=True)
class Weather:
    """How often an agency fails, and in which way."""

    seed: int = 0
    percent: int = 0
    """Of calls that meet a fault, and of requests whose course is late or said twice."""

    @classmethod
    def read(cls, text: str) -> "Weather":
        """Read ``seed:percent``; nothing is fine weather. Raises `ValueError`."""
        seed, _, percent = text.partition(":")
        return cls(int(seed), int(percent)) if text else cls()

    def fault(self, db: Transaction, agency: str) -> Order:
        """Return what the next call of an agency meets."""
        calls = "SELECT count(*) FROM call WHERE agency = ?"
        return self._draw("fault", agency, db.execute(calls, (agency,)).fetchone()[0], _FAULTS)

    def course(self, db: Transaction, agency: str) -> Order:
        """Return what becomes of the next request to an agency."""
        files = "SELECT count(*) FROM file WHERE agency = ?"
        return self._draw("course", agency, db.execute(files, (agency,)).fetchone()[0], _COURSES)

    def _draw(self, what: str, agency: str, rank: int, kinds: tuple[str, ...]) -> Order:
        if not self.percent:
            return _NORMAL
        # Nothing secret is drawn here: a replay must draw the same.
        random = Random(f"{self.seed}:{what}:{agency}:{rank}")  # noqa: S311
        if random.randrange(100) >= self.percent:
            return _NORMAL
        return parse(random.choice(kinds))
