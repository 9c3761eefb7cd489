"""What an agency can be ordered to do, and how an order is written: ``refuse:no_capacity``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from models.request import RefusalReason


class Behaviour(StrEnum):
    """One manner of answering."""

    ACCEPT = "accept"
    """The full normal course."""
    REFUSE = "refuse"
    """``refuse:<reason>``, at the time of the ordinary decision."""
    NEED_DOCUMENT = "need_document"
    OFFER = "offer"
    """``offer:<hours>``: the normal course, the offer being gone after so many hours."""
    WAITING_LIST = "waiting_list"
    """A place on a list, then nothing."""
    ANSWER_LATE = "answer_late"
    """``answer_late:<n>m|h|d``: the normal course, shifted."""
    NEVER = "never"
    """The request is taken, then silence."""
    TWICE = "twice"
    """The normal course, each event said twice under one number."""
    NO_SHOW = "no_show"
    """Accepted, then the person did not come."""
    ERROR_500 = "error_500"
    """``error_500[:n]``: nothing is received, n calls or for ever."""
    TIMEOUT = "timeout"
    """``timeout[:n]``: received, but answered after the caller has given up."""
    MALFORMED = "malformed"
    """``malformed[:n]``: received, but answered outside the contract."""


FAULTS = frozenset({Behaviour.ERROR_500, Behaviour.TIMEOUT, Behaviour.MALFORMED})
"""What can happen to any call; the others are decided when a request arrives."""

_DURATION = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class OrderNotUnderstood(ValueError):
    """An order is not written as it should be. Carries advice, in French."""

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


@dataclass(frozen=True)
class Order:
    """One behaviour and what it needs."""

    behaviour: Behaviour = Behaviour.ACCEPT
    text: str = Behaviour.ACCEPT.value
    """As it was written."""
    reason: RefusalReason = RefusalReason.OTHER
    """For a refusal."""
    hours: int = 6
    """For an offer: how long it is held."""
    late: timedelta = timedelta()
    times: int | None = None
    """How many calls or requests it lasts; None: until another order."""

    @property
    def is_fault(self) -> bool:
        """Whether it can happen to any call."""
        return self.behaviour in FAULTS


def parse(text: str, times: int | None = None) -> Order:
    """Read an order such as ``offer:6``. Raises `OrderNotUnderstood`."""
    name, _, argument = text.partition(":")
    try:
        behaviour = Behaviour(name)
    except ValueError:
        advice = "ordre inconnu ; au choix : " + ", ".join(one.value for one in Behaviour)
        raise OrderNotUnderstood(advice) from None
    match behaviour:
        case Behaviour.REFUSE:
            return Order(behaviour, text, reason=_reason(argument), times=times)
        case Behaviour.OFFER:
            return Order(behaviour, text, hours=_count(argument, "offer:6"), times=times)
        case Behaviour.ANSWER_LATE:
            return Order(behaviour, text, late=_duration(argument), times=times)
        case _ if behaviour in FAULTS and argument:
            return Order(behaviour, text, times=_count(argument, f"{name}:2"))
        case _ if argument:
            advice = f"« {name} » ne prend pas de précision"
            raise OrderNotUnderstood(advice)
    return Order(behaviour, text, times=times)


def _reason(text: str) -> RefusalReason:
    try:
        return RefusalReason(text)
    except ValueError:
        known = ", ".join(one.value for one in RefusalReason)
        advice = f"motif attendu, refuse:<motif>, parmi : {known}"
        raise OrderNotUnderstood(advice) from None


def _count(text: str, example: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        advice = f"nombre attendu, par exemple {example}"
        raise OrderNotUnderstood(advice)
    return int(text)


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if not found:
        advice = "durée attendue, par exemple answer_late:36h, 5d ou 90m"
        raise OrderNotUnderstood(advice)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
