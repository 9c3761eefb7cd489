"""`pnd open`, `pnd show`, `pnd answer`: one departure from the command line, in codes only."""

import getpass
import json
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from core.settings import settings
from flows.bell import ring
from flows.start import start_run
from models.case import Case
from models.labels import label
from models.question import Question
from models.referral_problems import ReferralInvalid, parse_document, read_referral
from models.territories import known_territories
from models.timeline import sentence
from models.wording import local_hour, option_label, title_of
from store import journal
from store.assignment import NoReferent
from store.cases import read_case
from store.clock import journey_clock
from store.news import record_answer
from store.referrals import ReferralConflict, open_departure

DONE, TO_CORRECT, NO_ANSWER = 0, 2, 3


def open_file(file: Path, *, as_json: bool) -> int:
    """File a referral. All its problems are told at once, and then nothing is stored."""
    now = journey_clock().now()
    try:
        document = parse_document(file.read_bytes())
        referral = read_referral(document, known_territories(settings().territories), now)
        opened = open_departure(referral, now)
    except OSError:
        return _told(f"{file} : fichier illisible. Vérifiez son chemin.")
    except ReferralInvalid as invalid:
        problems = [{"path": p.path, "message": p.message_fr} for p in invalid.problems]
        if as_json:
            typer.echo(json.dumps({"problems": problems}, ensure_ascii=False))
        return _told("\n".join(f"{p['path']} : {p['message']}" for p in problems))
    except (ReferralConflict, NoReferent) as refused:
        return _told(str(refused))
    told = _start(opened.reference)
    typer.echo(
        json.dumps({"reference": opened.reference, "new": opened.is_new})
        if as_json
        else opened.reference
    )
    return told


def show_departure(reference: str, *, as_json: bool) -> int:
    """Print a departure's timeline, open questions and due dates."""
    case = read_case(reference)
    if case is None:
        return _told(f"{reference} : aucun départ de ce nom. Vérifiez la référence.")
    if as_json:
        typer.echo(json.dumps(_as_json(case), ensure_ascii=False, indent=2))
        return DONE
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[bold]{reference}[/] — {label(case.departure.state)}")
    for entry in journal.entries(reference):
        hour = local_hour(entry.at, case.territory)
        console.print(f"  [dim]{hour}[/]  {sentence(entry, case.territory)}")
    console.print(_questions(case))
    return DONE


def answer_question(reference: str, number: str, given: str) -> int:
    """Record an answer, with who gave it, then ring."""
    case = read_case(reference)
    if case is None:
        return _told(f"{reference} : aucun départ de ce nom. Vérifiez la référence.")
    question = next((q for q in case.open_questions() if q.field == f"q{number.lstrip('q')}"), None)
    if question is None:
        return _told(f"{reference} : la question {number} n'est pas ouverte. Voyez « pnd show ».")
    option = _option(question, given, case)
    if option is None:
        known = ", ".join(f"{o} (« {option_label(o, case)} »)" for o in question.options)
        return _told(f"{number} n'admet que : {known}.")
    if not record_answer(reference, question.id or 0, option, f"pnd:{getpass.getuser()}"):
        return _told(f"{number} a reçu une réponse entre-temps : rien n'est changé.")
    ring(reference)
    return DONE


def _start(reference: str) -> int:
    try:
        start_run(reference)
    except Exception as trouble:
        name = type(trouble).__name__
        typer.echo(f"Prefect ne répond pas ({name}) : la veille lancera {reference}.", err=True)
        return NO_ANSWER
    return DONE


def _option(question: Question, given: str, case: Case) -> str | None:
    named = {option: option for option in question.options}
    named |= {option_label(option, case): option for option in question.options}
    return named.get(given)


def _questions(case: Case) -> Table:
    table = Table("Question", "À décider", "Avant", "Réponses", title="Questions ouvertes")
    for question in sorted(case.open_questions(), key=lambda q: q.due_at):
        answers = "\n".join(f"{o} : {option_label(o, case)}" for o in question.options)
        hour = local_hour(question.due_at, case.territory)
        table.add_row(question.field, title_of(question, case), hour, answers)
    return table


def _as_json(case: Case) -> dict[str, Any]:
    return {
        "reference": case.departure.reference,
        "state": case.departure.state.value,
        "outcome": case.departure.outcome.value if case.departure.outcome else None,
        "flow_run": str(case.departure.flow_run) if case.departure.flow_run else None,
        "measures": {wish.measure.value: wish.state.value for wish in case.wishes},
        "requests": [{"key": r.key, "state": r.state.value} for r in case.requests],
        "questions": [
            {
                "question": q.field,
                "kind": q.kind.value,
                "measure": q.measure.value if q.measure else None,
                "about": q.about,
                "asked_of": q.asked_of,
                "options": q.options,
                "due_at": q.due_at.isoformat(),
            }
            for q in case.open_questions()
        ],
        "deadlines": [
            {"kind": d.kind.value, "due_at": d.due_at.isoformat(), "source": d.source}
            for d in case.running()
        ],
        "journal": [
            {"at": e.at.isoformat(), "event": e.event.value, "code": e.code, "by": e.by}
            for e in journal.entries(case.departure.reference)
        ],
    }


def _told(problem: str) -> int:
    typer.echo(problem, err=True)
    return TO_CORRECT
