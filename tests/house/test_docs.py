"""The pages say what the code does: words, states, ways, commands, paths."""

import re
import shlex
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS
from core.settings import ROOT, Settings
from models.about import ChecklistItem, Doubt, Trigger
from models.act import ActState
from models.agency import Emission
from models.deadline import DeadlineKind
from models.departure import DEPARTURE_TRANSITIONS, DepartureState, Outcome
from models.journal import Event
from models.labels import LABELS, label
from models.law import PERIODS, Period, periods
from models.measure import CHECKLISTS, WAITS_FOR, Measure
from models.question import Choice, QuestionKind, Wish
from models.request import TRANSITIONS, RequestState
from models.territories import load_territory
from models.territory import Delay, PathwayCode, Unit

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "decisions").glob("*.md"),
        *(ROOT / "connectors").glob("*/CARD.md"),
    ]
)
JOURNEY = (ROOT / "docs" / "journey.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_EXAMPLES = "".join(
    (ROOT / name).read_text(encoding="utf-8")
    for name in (".env.example", "deploy/server.env.example")
)
_MACHINE_PATH = re.compile(r"(?<![\w.}:/-])/(work|home|root|tmp|usr|opt|Users|mnt|srv)\b")
_REGISTRY = re.compile(r"pypi\.|pythonhosted|index-url|artifactory|registry\.npmjs|/simple/?\b")
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2700-\u27bf\u2600-\u26ff]")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def name_of(member: StrEnum) -> str:
    return f"{type(member).__name__}.{member.name}"


SHOWN = [
    member
    for kind in (
        QuestionKind,
        Choice,
        Wish,
        RequestState,
        DepartureState,
        Outcome,
        DeadlineKind,
        Event,
        ActState,
        Measure,
        Doubt,
        Emission,
        Trigger,
        ChecklistItem,
        PathwayCode,
    )
    for member in kind
]


def tables(text: str) -> Iterator[list[list[str]]]:
    """Yield each table of a page: its rows, head first, without the line under the head."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n")]
        yield [row for row in rows if any(row) and not set(row[0]) == {"-"}]


def table(text: str, *head: str) -> list[list[str]]:
    return next(rows[1:] for rows in tables(text) if tuple(rows[0][: len(head)]) == head)


def diagram_of(kind: type[StrEnum]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Return the states of the diagram that draws `kind`, and its ways, by their codes."""
    codes = {member.value for member in kind}
    for drawn in re.findall(r"```mermaid\n(.*?)```", JOURNEY, re.DOTALL):
        states = dict(re.findall(r'state "(.+?)" as (\w+)', drawn))
        if set(states.values()) == codes:
            ways = set(re.findall(r"^\s*(\w+) --> (\w+)", drawn, re.MULTILINE))
            return {code: name for name, code in states.items()}, ways
    raise AssertionError(f"no diagram draws every member of {kind.__name__}")


# --- docs/journey.md


@pytest.mark.parametrize("member", SHOWN, ids=name_of)
def test_the_journey_page_uses_the_word_that_people_read(member: StrEnum) -> None:
    cells = {
        piece.strip()
        for rows in tables(JOURNEY)
        for row in rows
        for cell in row
        for piece in cell.split(";")
    }
    quoted = {" ".join(words.split()) for words in re.findall(r"«\s(.+?)\s»", JOURNEY, re.DOTALL)}
    drawn = set(re.findall(r'state "(.+?)" as', JOURNEY))

    assert label(member) in cells | quoted | drawn


@pytest.mark.parametrize("kind", [DepartureState, RequestState, ActState])
def test_a_diagram_names_each_state_as_people_read_it(kind: type[StrEnum]) -> None:
    states, _ = diagram_of(kind)

    assert states == {member.value: label(member) for member in kind}


def test_the_diagram_of_a_departure_draws_every_way_and_no_other() -> None:
    _, ways = diagram_of(DepartureState)

    assert ways == {
        (here.value, there.value)
        for here, followers in DEPARTURE_TRANSITIONS.items()
        for there in followers
    }


def test_the_diagram_of_a_request_draws_only_ways_that_exist() -> None:
    _, ways = diagram_of(RequestState)

    assert {(RequestState(here), RequestState(there)) for here, there in ways} <= {
        (here, there) for here, followers in TRANSITIONS.items() for there in followers
    }


def test_the_table_of_a_request_tells_every_way() -> None:
    code = {name: state for state, name in LABELS[RequestState].items()}
    rows = table(JOURNEY, "De", "Vers")
    told = {
        code[here]: {code[there] for there in after.split(", ") if there != "rien"}
        for here, after in rows
    }

    assert told == {state: set(followers) for state, followers in TRANSITIONS.items()}


def test_every_question_has_its_row_and_every_answer_belongs_to_one() -> None:
    rows = table(JOURNEY, "Question", "Réponses possibles")
    answers = [piece.strip() for row in rows for piece in row[1].split(";")]

    assert {row[0] for row in rows if row[0]} == {label(kind) for kind in QuestionKind}
    assert set(answers) == {label(choice) for choice in Choice}


def test_every_deadline_and_every_line_of_the_journal_has_its_row() -> None:
    assert [row[0] for row in table(JOURNEY, "Échéance")] == [label(k) for k in DeadlineKind]
    assert [row[0] for row in table(JOURNEY, "Ligne")] == [label(event) for event in Event]


def said(delay: Delay) -> str:
    """Return a delay as the page writes it."""
    words = {Unit.HOURS: "heure", Unit.DAYS: "jour", Unit.WORKING_DAYS: "jour ouvré"}[delay.unit]
    plural = " ".join(f"{word}s" for word in words.split())
    return f"{delay.count} {plural if delay.count > 1 else words}"


def test_the_delays_told_are_those_of_the_territory_shown() -> None:
    territory = load_territory(ROOT / "territories", "21")
    rows = {row[0]: row[1:] for row in table(JOURNEY, "Mesure (territoire 21)")}

    assert set(rows) == {label(measure) for measure in territory.measures}
    for measure, plan in territory.measures.items():
        *counted, again, stop_gap = rows[label(measure)]
        for delay, cell in zip((plan.acknowledge, plan.reply, plan.deliver), counted, strict=True):
            assert re.match(rf"{said(delay)}(?!\w| ouvré)", cell), (measure, cell)
        assert again == (said(plan.ask_again) if plan.ask_again else "jamais d'office"), measure
        name = territory.agency(plan.stop_gap).name if plan.stop_gap else "aucune"
        assert stop_gap == name, measure


def test_the_ladders_told_are_those_of_the_territory_shown() -> None:
    ladders = load_territory(ROOT / "territories", "21").ladders
    told = {row[0]: row[1].split(" → ") for row in table(JOURNEY, "Échelle (territoire 21)")}
    names = {
        "Organisme": ladders.agency,
        "Organisme, urgence": ladders.agency_urgent,
        "Référent": ladders.referent,
        "Référent, urgence": ladders.referent_urgent,
    }

    assert told == {
        name: [f"{label(rung.step)} ({said(rung.wait)})" for rung in rungs]
        for name, rungs in names.items()
    }


def test_the_measures_table_tells_when_each_is_asked() -> None:
    territory = load_territory(ROOT / "territories", "21")
    rows = {row[1].strip("`"): row for row in table(JOURNEY, "Mesure", "Code")}

    assert list(rows) == [measure.value for measure in Measure]
    for measure in Measure:
        _, _, asked, waits = rows[measure.value]
        if measure in CHECKLISTS:
            assert asked.startswith("liste"), measure
            continue
        lead = territory.measures[measure].lead_days
        assert (f"{lead} jours avant le départ" if lead else "jour du départ") in asked, measure
        needed = WAITS_FOR.get(measure, {})
        told = [f"{label(other)} : {label(stage)}" for other, stage in needed.items()]
        assert waits.split(" ; ") == told if told else waits.startswith("rien"), measure


def test_every_measure_gone_through_as_a_list_has_its_lines() -> None:
    lines = [row[1] for row in table(JOURNEY, "Liste", "Ligne")]

    assert sorted(lines) == sorted(label(item) for item in ChecklistItem)


def test_every_path_every_doubt_and_every_trigger_has_its_row() -> None:
    assert [row[0] for row in table(JOURNEY, "Ce que l'organisme émet")] == [
        label(emission) for emission in Emission
    ]
    assert [row[0] for row in table(JOURNEY, "Point", "Mesure")] == [label(one) for one in Doubt]
    assert [row[0] for row in table(JOURNEY, "Ce qui s'est passé")] == [
        label(trigger) for trigger in Trigger
    ]


def test_the_periods_told_are_those_of_the_law_in_the_order_of_its_file() -> None:
    told = [tuple(row[:4]) for row in table(JOURNEY, "Durée", "Combien")]

    assert told == [
        (label(one.code), f"{one.count} {label(one.unit)}", one.source, in_force(one))
        for one in periods(PERIODS)
    ]


def in_force(period: Period) -> str:
    """Return since when a text applies, as the page writes it."""
    if period.until is None:
        return f"depuis le {period.since:%d/%m/%Y}"
    return f"du {period.since:%d/%m/%Y} au {period.until:%d/%m/%Y}"


# --- Commands


@pytest.fixture
def pnd(monkeypatch: pytest.MonkeyPatch) -> TyperGroup:
    # Danger: without a database of its own, `cli.main` takes the variables of a running world.
    monkeypatch.setenv("PND_DATABASE_URL", "postgresql+psycopg://")
    from cli.main import app

    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def commands_shown() -> list[tuple[str, list[str]]]:
    """Return every `pnd …` written as code in a page, by page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        written = re.findall(r"`(?:\.venv/bin/)?(pnd [^`]*)`", text)
        written += re.findall(r"^\s*(pnd .+)$", text, re.MULTILINE)
        found += [(page.name, shlex.split(one)[1:]) for one in written]
    return found


def test_every_command_shown_exists_with_its_options(pnd: TyperGroup) -> None:
    shown = commands_shown()

    assert len(shown) > 10
    for page, words in shown:
        known: Any = pnd
        while isinstance(known, TyperGroup) and words:
            assert words[0] in known.commands, f"{page}: pnd {words[0]}"
            known = known.commands[words.pop(0)]
        options = {option for param in known.params for option in param.opts}
        for word in words:
            assert not word.startswith("--") or word in options, f"{page}: {word}"


def test_every_make_target_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    }

    assert shown >= {"demo", "test", "check"}
    assert shown <= targets


def test_every_setting_is_in_the_runbook() -> None:
    told = {row[0].strip("`") for row in table(OPERATIONS, "Variable", "Défaut")}

    assert {f"PND_{name.upper()}" for name in Settings.model_fields} <= told
    for named in re.findall(r"PREFECT_\w+", OPERATIONS):
        known = named in PREFECT_SETTINGS | SEVERAL_SERVERS or named == "PREFECT_SETTINGS"
        # An address or a secret of a place: what it is called is Prefect's.
        assert known or f"{named}=" in _EXAMPLES, named


# --- Paths


def paths_named(page: Path) -> set[str]:
    """Return what a page names as a path of this project: links, and code that looks like one."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = {link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)}
    local = {link for link in links if link and "://" not in link and not link.startswith("#")}
    roots = "|".join(p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith("."))
    code = re.findall(rf"`((?:{roots})/[\w./*-]*|[\w.-]+\.(?:md|toml|yml|yaml|lock))`", text)
    relative = {str((page.parent / link).resolve().relative_to(ROOT)) for link in local}
    return relative | {path for path in code if "<" not in path}


@each_page
def test_every_path_a_page_names_exists(page: Path) -> None:
    beside = page.parent
    for path in paths_named(page):
        assert any(ROOT.glob(path.rstrip("/"))) or any(beside.glob(path.rstrip("/"))), path


def test_the_readme_captions_every_folder_of_the_project() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    captioned = {row[0].strip("`/") for row in table(readme, "Dossier")}
    kept = {
        p.name
        for p in ROOT.iterdir()
        if p.is_dir() and p.name[0] not in "._" and any(p.rglob("*.*"))
    }

    assert captioned == kept - {"dist"} - {name for name in kept if name.endswith(".egg-info")}


def test_every_decision_is_listed_and_tells_what_it_costs() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")

    for page in sorted(folder.glob("0*.md")):
        text = page.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix(f"# {page.name[:4]} — ")
        assert f"[{page.name[:4]}]({page.name}) | {title}" in listed
        assert "## Options" in text
        assert "## Conséquences négatives\n- " in text


# --- What no page may hold


@each_page
def test_a_page_holds_no_path_of_a_machine_no_registry_and_no_picture_sign(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    for forbidden in (_MACHINE_PATH, _REGISTRY, _PICTURE):
        found = forbidden.search(text)
        assert found is None, found
