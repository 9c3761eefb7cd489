"""What every agency connector can do: the same verbs for an API, a letterbox or a phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.danger import DangerBand
from models.measure import Measure
from models.person import Person
from models.reply import AgencyReply
from models.standing import Standing


@dataclass(frozen=True)
class RequestSlip:
    """What a connector knows of a request, beside the person: codes only."""

    key: str
    """The idempotency key, the same for ever: ``21-7KQF2M:auu:caf-21:1``."""
    reference: str
    measure: Measure
    agency: str
    agency_reference: str | None
    """The agency's number for the file, once it gave one."""
    danger: DangerBand
    told_to_departement: bool = False
    """The person's express agreement that the caisse forwards the AUU request (CASF L214-9)."""


class Message(StrEnum):
    """What we can tell an agency about a request it already has."""

    REMINDER = "reminder"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    HOLD_OFFER = "hold_offer"
    DOCUMENT_SUPPLIED = "document_supplied"


@dataclass(frozen=True)
class Receipt:
    """The agency has it. `agency_reference` is its own number, where it gives one at once."""

    agency_reference: str | None = None


@dataclass(frozen=True)
class Holding:
    """One request of ours that an agency holds."""

    request_key: str
    agency_reference: str | None
    recalled: bool
    """Whether the agency heard that we take it back."""


@dataclass(frozen=True)
class Statement:
    """What an agency says of one request, asked now."""

    standing: Standing
    replies: tuple[AgencyReply, ...] = ()
    """All that it ever said of it, oldest first, under the numbers that its callbacks or its
    events had: what we know already is known by its number.
    """


@dataclass(frozen=True)
class Health:
    """What `pnd check` says of one connector. `problem` is in French and says what to do next."""

    configured: bool
    reachable: bool
    allowed: bool
    problem: str = ""


class AgencyConnector(Protocol):
    """One agency of one territory, through one channel."""

    agency: str

    def check(self) -> Health:
        """Tell whether the agency is configured, reachable and lets us in. Changes nothing, never
        raises.
        """
        ...

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Ask. Only the fields of the minimisation table leave. Raises
        `connectors.errors.AgencyTrouble`.
        """
        ...

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Say something about a request already sent, under its own idempotency `key`."""
        ...

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Withdraw a request. Raises `NotSupported` where the agency cannot hear it."""
        ...

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Fetch what a polled agency has said since an instant; empty for one that calls back."""
        ...

    def said_of(self, slip: RequestSlip) -> Statement:
        """Ask what the agency holds of one request, by our key. Changes nothing. Raises
        `NotSupported` where only a voice can ask.
        """
        ...

    def holdings(self, since: datetime) -> list[Holding]:
        """Return every request of ours that the agency received since an instant. Changes nothing.
        Raises `NotSupported` where only a voice can ask.
        """
        ...

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> AgencyReply:
        """Verify and translate a callback. Raises `CallbackRefused` (signature) or
        `ReplyNotUnderstood`.
        """
        ...
