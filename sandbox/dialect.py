"""What is particular to one kind of agency, and the shapes in which it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.request import RefusalReason
from sandbox.behaviour import FAULTS, Behaviour, Order

Words = dict[str, Any]

EVERY_AGENCY = FAULTS | {
    Behaviour.ACCEPT,
    Behaviour.REFUSE,
    Behaviour.ANSWER_LATE,
    Behaviour.NEVER,
    Behaviour.TWICE,
}


@dataclass(frozen=True)
class Step:
    """One thing an agency will say, so long after the request."""

    after: timedelta
    words: Words


@dataclass(frozen=True)
class File:
    """A request as the agency keeps it: codes only."""

    agency: str
    request_key: str
    number: str
    order: Order
    facts: Words
    """The few facts its course depends on, such as an amount; nothing of the person."""


@dataclass(frozen=True)
class Event:
    """A thing about to be worded in the agency's own way."""

    name: str
    at: str
    file: File
    words: Words


@dataclass(frozen=True)
class Holds:
    """How an agency names what it holds of a request, when it is asked."""

    key: str
    number: str
    recalled: str
    said: str
    """The list of all that it said of the request."""
    listed: str
    """The list of the requests that it holds."""


@dataclass(frozen=True)
class Dialect:
    """One kind of agency."""

    contract: str
    """Name of its file in docs/contracts."""
    polled: bool
    prefix: str
    """How its file numbers begin."""
    unknown: str
    """Its code for a request it does not have."""
    reasons: Mapping[RefusalReason, str]
    """Its own word for each refusal it can make."""
    word: Callable[[Event], Words]
    holds: Holds
    also: frozenset[Behaviour] = frozenset()
    """What it can do beyond what every agency can."""
    after_document: Callable[[File, datetime], list[Step]] = lambda _file, _now: []
    """What it says once the missing document is there, from that instant on."""

    def takes(self, order: Order) -> bool:
        """Whether such an agency can behave so."""
        if order.behaviour is Behaviour.REFUSE:
            return order.reason in self.reasons
        return order.behaviour in EVERY_AGENCY | self.also
