"""What `pnd check` knows of one thing."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One thing that was looked at, and what is to be done when it is not in order."""

    name: str
    ok: bool
    said: str


def tried(name: str, look: Callable[[], str | None], advice: str) -> Line:
    """Look, and turn whatever goes wrong into a line that gives this advice."""
    try:
        return Line(name, ok=True, said=look() or "en ordre")
    except Exception as trouble:
        return Line(name, ok=False, said=f"{type(trouble).__name__} : {advice}")
