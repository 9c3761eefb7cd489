"""Reconciliation — rapprochement : what differed between an agency and us, told in codes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.labels import label
from models.reply import ReplyKind
from models.standing import Standing


@dataclass(frozen=True)
class Difference:
    """One thing that an agency said of a request and that we lacked."""

    key: str
    said: ReplyKind | Standing


@dataclass
class Findings:
    """What came of asking one agency. Keys are opaque: nothing of a person is here."""

    agency: str
    asked: int = 0
    differences: list[Difference] = field(default_factory=list)
    unknown_here: list[str] = field(default_factory=list)
    """The keys of requests that it received from us and that our store does not have."""
    troubles: list[str] = field(default_factory=list)
    """What kept us from asking it, or from understanding it."""
    by_voice: list[str] = field(default_factory=list)
    """The keys of open requests that only a call can ask about."""


def needs_a_human(findings: Iterable[Findings]) -> bool:
    """Whether an agency holds a request of ours that we know nothing of."""
    return any(one.unknown_here for one in findings)


def is_incomplete(findings: Iterable[Findings]) -> bool:
    """Whether an agency could not be asked all that it should have been."""
    return any(one.troubles for one in findings)


def told(findings: Iterable[Findings]) -> list[str]:
    """Return what was found, one French line each; the worst last, where it is read."""
    known = list(findings)
    count = sum(len(one.differences) for one in known)
    asked = sum(one.asked for one in known)
    by_voice = [f"{one.agency} : {key}" for one in known for key in one.by_voice]
    lines = [f"{_many(asked, 'demande interrogée', 'demandes interrogées')}, {_news(count)}."]
    lines += [
        f"- {one.agency} : {found.key} : {label(found.said)}"
        for one in known
        for found in one.differences
    ]
    if by_voice:
        lines.append("Sans échange automatique, à demander de vive voix :")
        lines += [f"- {line}" for line in by_voice]
    lines += [
        f"{one.agency} n'a pas pu être interrogé en entier : {trouble}. À relancer."
        for one in known
        for trouble in one.troubles
    ]
    lines += [
        f"{one.agency} : dossier inconnu chez nous : {key}. Appeler l'organisme et le référent."
        for one in known
        for key in one.unknown_here
    ]
    return lines


def _news(count: int) -> str:
    return "aucune différence" if not count else _many(count, "différence", "différences")


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {several if count > 1 else one}"
