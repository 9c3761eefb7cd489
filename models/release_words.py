"""What a release would change, said in French to whoever delivers it. Codes of another release that
this one does not know are shown as they are.
"""

from collections.abc import Sequence
from enum import StrEnum

from models.act import Verb
from models.agency import Channel
from models.deadline import DeadlineKind
from models.departure import DepartureState, Outcome
from models.labels import label
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from models.release import Change, Difference, Noun
from models.request import RequestState

_AT_ONCE = ("", None)
_SHOWN = 2
"""How many occasions are told; a release that changes more is read by its first ones."""

_ACTS = {
    Change.SENDS_AGAIN: "renverrait",
    Change.SENDS_HELD: "enverrait ce qui est retenu :",
    Change.SKIPS: "n'enverrait plus",
    Change.LATER: "enverrait plus tard",
    Change.SOONER: "enverrait plus tôt",
    Change.ADDS: "enverrait en plus",
}
_QUESTIONS = {
    Change.ASKS_AGAIN: "redemanderait",
    Change.SKIPS: "ne demanderait plus",
    Change.FEWER_ANSWERS: "offrirait moins de réponses à",
    Change.LATER: "laisserait plus de temps pour répondre à",
    Change.SOONER: "laisserait moins de temps pour répondre à",
    Change.ADDS: "demanderait en plus",
    Change.ASKS_OTHERWISE: "demanderait autrement",
}
_DEADLINES = {
    Change.SKIPS: "ne surveillerait plus",
    Change.LATER: "attendrait plus longtemps",
    Change.SOONER: "attendrait moins longtemps",
    Change.ADDS: "surveillerait en plus",
}
_VERBS: dict[Noun, tuple[dict[Change, str], type[StrEnum]]] = {
    Noun.ACT: (_ACTS, Verb),
    Noun.QUESTION: (_QUESTIONS, QuestionKind),
    Noun.DEADLINE: (_DEADLINES, DeadlineKind),
}


def departures(count: int) -> str:
    """Return a number of departures, in words that agree."""
    return f"{count} départ{'s' if count > 1 else ''}"


def sentence(difference: Difference, occasions: Sequence[tuple[str, str | None]]) -> str:
    """Return what would change and on which occasions, without saying for whom."""
    return f"{_what(difference)}{_where(difference)}{_when(occasions)}"


def _what(difference: Difference) -> str:
    if difference.noun in _VERBS:
        verbs, codes = _VERBS[difference.noun]
        verb = verbs.get(difference.change, f"{label(difference.change)} :")
        return f"{verb} « {_said(codes, difference.code)} »"
    if difference.change is Change.BREAKS:
        return f"s'arrêterait sur un défaut ({difference.code or 'rien à lire'})"
    if difference.change is Change.UNKNOWN:
        return f"ne peut être comparé : la version en service s'y arrête ({difference.code})"
    if difference.change is Change.LOSES:
        return "ne suivrait plus le départ"
    if difference.change is Change.SKIPS:
        return "ne reconnaîtrait plus une demande déjà faite"
    return _led_elsewhere(difference)


def _led_elsewhere(difference: Difference) -> str:
    state, _, more = difference.code.partition(":")
    if difference.noun is Noun.MEASURE:
        return f"mènerait la mesure à « {_said(MeasureState, state)} »"
    if difference.noun is Noun.REQUEST:
        how = f", {_said(Channel, more).lower()}" if more else ""
        return f"mènerait la demande à « {_said(RequestState, state)} »{how}"
    if not state:
        return "rouvrirait un départ clos"
    how = f" ({_said(Outcome, more)})" if more else ""
    return f"mènerait le départ à « {_said(DepartureState, state)} »{how}"


def _where(difference: Difference) -> str:
    told = [
        f"({_said(Measure, difference.measure)})" if difference.measure else "",
        f"[{difference.about}]" if difference.about else "",
        f"à {difference.agency}" if difference.agency else "",
    ]
    return "".join(f" {one}" for one in told if one)


def _when(occasions: Sequence[tuple[str, str | None]]) -> str:
    if _AT_ONCE in occasions:
        return ""
    told = [_on(kind, option) for kind, option in occasions[:_SHOWN]]
    more = len(occasions) - len(told)
    rest = f" ou dans {more} autre{'s' if more > 1 else ''} cas" if more else ""
    return f" {' ou '.join(told)}{rest}"


def _on(kind: str, option: str | None) -> str:
    if option is None:
        return f"si l'échéance « {_said(DeadlineKind, kind)} » passe"
    choice, _, about = option.partition(":")
    answer = f"{_said(Choice, choice)} {about}".strip()
    return f"si l'on répond « {answer} » à « {_said(QuestionKind, kind)} »"


def _said(codes: type[StrEnum], code: str) -> str:
    return label(codes(code)) if code in set(codes) else code
