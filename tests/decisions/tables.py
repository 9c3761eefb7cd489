"""The decision tables, as they are written: one page per measure, and one per subject."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.measure import Measure

FOLDER = Path(__file__).parent
HEAD = ("Situation", "Ce qui arrive", "Ce qui suit")
_RULE = ("---", "---", "---")


class TableUnreadable(ValueError):
    """A page holds a line that is no row of a decision table. Says in French what to do."""

    def __init__(self, page: str, line: int, advice: str) -> None:
        super().__init__(f"tests/decisions/{page}.md, ligne {line} : {advice}")


@dataclass(frozen=True)
class Row:
    """One decision: a situation, what arrives, what follows."""

    page: str
    section: str
    line: int
    situation: str
    arrives: str
    follows: str

    @property
    def measure(self) -> Measure | None:
        """The measure of its page; None on a page about several."""
        return measure_of(self.page)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def measure_of(page: str) -> Measure | None:
    """Return the measure that a page is about, if it is about one."""
    return next((measure for measure in Measure if measure.value == page), None)


def pages() -> list[str]:
    """Return the pages: the measures in their order, then the other subjects."""
    found = {path.stem for path in FOLDER.glob("*.md")}
    measures = [measure.value for measure in Measure if measure.value in found]
    return [*measures, *sorted(found - set(measures))]


@lru_cache(maxsize=1)
def all_rows() -> tuple[Row, ...]:
    """Return every row of every page. Raises `TableUnreadable`."""
    return tuple(row for page in pages() for row in rows_of(page))


def rows_of(page: str) -> list[Row]:
    """Return the rows of a page, in order. Raises `TableUnreadable`."""
    return list(_read(page, text_of(page)))


def text_of(page: str) -> str:
    """Return a page as it is written."""
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8")


def _read(page: str, text: str) -> Iterator[Row]:
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        if not line.startswith("|"):
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if cells in (HEAD, _RULE):
            continue
        if len(cells) != len(HEAD) or not all(cells):
            raise TableUnreadable(page, number, f"écrire trois cases : {', '.join(HEAD)}")
        yield Row(page, section, number, *cells)
