"""A closed list of phrases: each is a pattern, and what it does to a story."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from models.labels import LABELS
from models.measure import Measure
from models.protection import ProtectionKind
from tests.decisions.names import AGENCIES, code_of, named, of, to
from tests.decisions.story import SaysNothing, Story

Code = TypeVar("Code", bound=StrEnum)
Does = Callable[..., None]

# « ; » and « , » part the phrases of a situation, but not within quotes or brackets.
_APART = re.compile(r"[;,]\s+(?![^«]*»)(?![^(]*\))")
_WORDS = {
    "agency": "|".join(re.escape(way(code)) for code in AGENCIES for way in (named, to, of)),
    "measure": "|".join(map(re.escape, LABELS[Measure].values())),
    "protection": "|".join(map(re.escape, LABELS[ProtectionKind].values())),
    "number": r"\d+",
}


class UnknownPhrase(AssertionError):
    """A table says something that the vocabulary does not know."""

    def __init__(self, phrase: str, known: Iterable[str]) -> None:
        shown = "\n".join(f"- {one}" for one in sorted(known))
        super().__init__(
            f"« {phrase} » n'est pas du vocabulaire des tables, qui connaît :\n{shown}"
        )


@dataclass
class Vocabulary:
    """Phrases, each understood in one way only."""

    _phrases: list[tuple[str, re.Pattern[str], Does]] = field(default_factory=list)

    def says(self, pattern: str) -> Callable[[Does], Does]:
        """Give a meaning to a phrase; ``<agency>``, ``<number>`` and ``<word>`` are its blanks."""

        def keep(does: Does) -> Does:
            self._phrases.append((pattern, _compiled(pattern), does))
            return does

        return keep

    def tell(self, story: Story, phrase: str) -> None:
        """Do to a story what a phrase says. Raises `UnknownPhrase`, `SaysNothing`."""
        for _, pattern, does in self._phrases:
            if found := pattern.fullmatch(phrase):
                blanks = {name: told for name, told in found.groupdict().items() if told}
                does(story, **blanks)
                return
        raise UnknownPhrase(phrase, self.known())

    def meaning_of(self, phrase: str) -> str | None:
        """Return the declared phrase that a phrase is an instance of, if there is one."""
        found = (said for said, pattern, _ in self._phrases if pattern.fullmatch(phrase))
        return next(found, None)

    def known(self) -> list[str]:
        """Return every phrase, as it is declared."""
        return [pattern for pattern, _, _ in self._phrases]


def parted(situation: str) -> list[str]:
    """Return the phrases of a situation."""
    return [phrase.strip() for phrase in _APART.split(situation)]


def agency(words: str) -> str:
    """Return the code of an agency."""
    code = code_of(words)
    if code is None:
        raise SaysNothing(f"« {words} » n'est pas un organisme des tables")
    return code


def coded(kind: type[Code], words: str) -> Code:
    """Return the code that a French label stands for, whatever its capitals."""
    for member in kind:
        if LABELS[kind][member].casefold() == words.casefold():
            return member
    raise SaysNothing(f"« {words} » n'est le libellé d'aucun {kind.__name__}")


def _compiled(pattern: str) -> re.Pattern[str]:
    def blank(found: re.Match[str]) -> str:
        name = found[1]
        return f"(?P<{name}>{_WORDS.get(name, '[^«»]+?')})"

    return re.compile(re.sub(r"(?<!\?P)<(\w+)>", blank, pattern))
