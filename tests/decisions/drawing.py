"""One flowchart per page: each situation, what arrives, and the gist of what follows.

A flowchart, never a state diagram: those of the page draw every state of an enumeration.
"""

import re
from collections.abc import Iterator

from models.labels import LABELS
from models.measure import Measure
from tests.decisions.phrases import parted
from tests.decisions.tables import Row

_SHOWN = 3
_LAST_PHRASES = 2
_MATTERS = (
    "demande ",
    "question «",
    "départ :",
    "danger :",
    "marche franchie",
    "redemandée",
    "à faire",
    "accord retiré",
    "rien de plus",
    *(f"{name} :" for name in LABELS[Measure].values()),
)


def flowchart(rows: list[Row]) -> str:
    """Return the rows of a page as a mermaid flowchart."""
    return "\n".join(["```mermaid", "flowchart LR", *_lines(rows), "```"])


def gist(follows: str) -> str:
    """Return the few words that matter most in what follows."""
    clauses = [_shortened(clause) for clause in follows.split(" ; ")]
    kept = [clause for clause in clauses if clause.startswith(_MATTERS)] or clauses
    return "<br/>".join(kept[:_SHOWN])


def _lines(rows: list[Row]) -> Iterator[str]:
    situations = list(dict.fromkeys(row.situation for row in rows))
    outcomes = list(dict.fromkeys(gist(row.follows) for row in rows))
    yield from (f'    s{n}["{_label(_ending(one))}"]' for n, one in enumerate(situations))
    yield from (f'    f{n}["{_label(one)}"]' for n, one in enumerate(outcomes))
    for row in rows:
        here, there = situations.index(row.situation), outcomes.index(gist(row.follows))
        yield f'    s{here} -->|"{_label(row.arrives)}"| f{there}'


def _ending(situation: str) -> str:
    """Return where a situation has come to: its last phrases."""
    phrases = parted(situation)
    more = "… " if len(phrases) > _LAST_PHRASES else ""
    return more + ", ".join(phrases[-_LAST_PHRASES:])


def _shortened(clause: str) -> str:
    told = re.sub(r", à répondre .*| \(.*\)", "", clause)
    return re.sub(r"^(question) (« .+? »).*", r"\1 \2", told)


def _label(text: str) -> str:
    return text.replace('"', "'")
