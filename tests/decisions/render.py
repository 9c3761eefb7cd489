"""Writes the decision tables into docs/journey.md: ``python -m tests.decisions.render``."""

from collections.abc import Iterator

from core.settings import ROOT
from models.measure import Measure
from tests.decisions.drawing import flowchart
from tests.decisions.tables import pages, rows_of, text_of

PAGE = ROOT / "docs" / "journey.md"
BEGINS = "<!-- décisions : début -->"
ENDS = "<!-- décisions : fin -->"


class MarkersMissing(ValueError):
    """The page does not say where the tables go."""

    def __init__(self) -> None:
        super().__init__(f"écrire « {BEGINS} » puis « {ENDS} » à la fin de docs/journey.md")


def section() -> str:
    """Return what stands between the markers: each measure, drawn, then told row by row."""
    measures = [measure.value for measure in Measure]
    told = [part for page in pages() if page in measures for part in _page(page)]
    return "\n".join(["", *told, *_others()])


def shown(text: str) -> str:
    """Return what a page shows between the markers. Raises `MarkersMissing`."""
    return _parts(text)[1]


def rendered(text: str) -> str:
    """Return a page with the tables as they are today. Raises `MarkersMissing`."""
    before, _, after = _parts(text)
    return f"{before}{BEGINS}{section()}{ENDS}{after}"


def _parts(text: str) -> tuple[str, str, str]:
    before, begins, rest = text.partition(BEGINS)
    inside, ends, after = rest.partition(ENDS)
    if not (begins and ends):
        raise MarkersMissing
    return before, inside, after


def _page(page: str) -> Iterator[str]:
    """Yield the lines of a page one level lower, with its flowchart before its first table."""
    drawn = False
    for line in text_of(page).splitlines():
        if line.startswith("## ") and not drawn:
            drawn = True
            yield from (flowchart(rows_of(page)), "")
        yield f"##{line}" if line.startswith("#") else line
    yield ""


def _others() -> Iterator[str]:
    measures = {measure.value for measure in Measure}
    yield "### Ce qui ne tient pas à une mesure"
    yield ""
    for page in pages():
        if page not in measures:
            title = text_of(page).splitlines()[0].removeprefix("# ")
            yield f"- {title} : `tests/decisions/{page}.md`, {len(rows_of(page))} lignes."
    yield ""


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
