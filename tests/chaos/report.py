"""What was broken, and what held: three tables in French."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import StringIO
from statistics import median

from rich.console import Console
from rich.table import Table

from sandbox.ledger import Entry
from tests.chaos.evidence import Evidence
from tests.chaos.killer import Hit
from tests.chaos.schedule import Kind, Schedule
from tests.chaos.verdict import Check, latenesses

_WIDTH = 118
_SHOWN = 12
_KINDS = {Kind.KILL: "SIGKILL", Kind.CUT: "coupure", Kind.STALL: "silence du réseau"}
_FAULTS = {
    "error_500": "répond 500",
    "timeout": "répond trop tard",
    "malformed": "répond hors contrat",
    "twice": "parle deux fois",
    "answer_late:6h": "parle 6 h plus tard",
    "answer_late:3d": "parle 3 jours plus tard",
}


def written(
    schedule: Schedule, evidence: Evidence, checks: Sequence[Check], notes: Iterable[str]
) -> str:
    """Return the whole report."""
    paper = StringIO()
    console = Console(file=paper, width=_WIDTH, highlight=False)
    places = ", ".join(schedule.territories)
    console.print(
        f"Graine {schedule.seed} : {len(schedule.filings)} départs ({places}), "
        f"{sum(hit.kind is Kind.KILL for hit in evidence.hits)} processus tués, "
        f"{sum(hit.kind is not Kind.KILL for hit in evidence.hits)} coupures de réseau."
    )
    console.print(
        f"Rejouer : make chaos SEED={schedule.seed} DEPARTURES={len(schedule.filings)} "
        f"KILLS={schedule.kills} MINUTES={schedule.seconds / 60:g}"
    )
    console.print(_broken(evidence.hits))
    console.print(_weather(evidence.ledger))
    for note in (*notes, *_pace(evidence)):
        console.print(note)
    console.print(_held(checks))
    for check in checks:
        for fault in check.faults[:_SHOWN]:
            console.print(f"  ✗ {check.title} : {fault}", markup=False)
        if len(check.faults) > _SHOWN:
            console.print(f"  ✗ … et {len(check.faults) - _SHOWN} autres")
    return paper.getvalue()


def _broken(hits: Iterable[Hit]) -> Table:
    table = Table("Ce qui a été cassé", "Comment", "Fois", "Hors service", title="Pannes")
    by_kind: dict[tuple[str, Kind], list[Hit]] = {}
    for hit in hits:
        by_kind.setdefault((hit.target, hit.kind), []).append(hit)
    for (target, kind), found in sorted(by_kind.items()):
        away = sum((hit.ended - hit.began for hit in found), timedelta())
        table.add_row(target, _KINDS[kind], str(len(found)), f"{away.total_seconds():.0f} s")
    return table


def _weather(ledger: Sequence[Entry]) -> Table:
    table = Table("Ce qu'ont fait les organismes", "Appels", title="Organismes")
    told = Counter(call.behaviour for call in ledger)
    for behaviour, words in _FAULTS.items():
        table.add_row(words, str(told[behaviour]))
    table.add_row("tous les appels reçus", str(len(ledger)))
    doubled = sum(call.duplicate for call in ledger)
    table.add_row("dont renvoyés sous la même clé, sans second effet", str(doubled))
    return table


def _pace(evidence: Evidence) -> list[str]:
    late = latenesses(evidence)
    if not late:
        return []
    raw = sorted(whole.total_seconds() for _, whole, _ in late)
    net = max(less.total_seconds() for _, _, less in late)
    return [
        f"{len(late)} échéances atteintes, lues en {median(raw):.0f} s (médiane), "
        f"{raw[int(len(raw) * 0.95)]:.0f} s (95 %), {raw[-1]:.0f} s (pire), "
        f"{net:.0f} s (pire, pannes en cours déduites), en temps réel."
    ]


def _held(checks: Sequence[Check]) -> Table:
    table = Table("Ce qui devait tenir", "Examinés", "Manquent", title="Verdict")
    for check in checks:
        table.add_row(check.title, str(check.examined), str(len(check.faults)))
    return table
