"""The letterbox connector: delivers the door's link; the agency reads and answers at the door."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.errors import AgencyUnavailable, CallbackRefused, NotConfigured, NotSupported
from connectors.letterbox.notice import Occasion, notice
from models.person import Person
from models.reply import AgencyReply

Deliver = Callable[[str, str, str], None]
"""Delivers (address, subject, text). Raises OSError when it cannot, as smtplib does."""

LinkFor = Callable[[RequestSlip], str]
"""Returns the door's link to a request, ``{door_url}/boite/{token}``; the same one each time."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class LetterboxConnector:
    """One agency that is written to."""

    def __init__(self, agency: str, address: str, deliver: Deliver, link_for: LinkFor) -> None:
        if not _ADDRESS.fullmatch(address):
            raise NotConfigured(agency, "configure", "", "à corriger : adresse du territoire")
        self.agency = agency
        self._address = address
        self._deliver = deliver
        self._link_for = link_for

    def close(self) -> None:
        """Nothing is held."""

    def check(self) -> Health:
        """An address cannot be tried without writing to it: well-formed is all that is known."""
        return Health(configured=True, reachable=True, allowed=True)

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Deliver the link. Nothing of the person is in the message."""
        self._write(slip, Occasion.NEW, "send")
        return Receipt()

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Deliver the link again; what is new is read at the door."""
        # Danger: a place is lost in hours, and the door says nothing of keeping it: by voice only.
        if message is Message.HOLD_OFFER:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        again = Occasion.AGAIN if message is Message.REMINDER else Occasion.CHANGED
        self._write(slip, again, "tell")

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Deliver the link again; the door says that the request is withdrawn."""
        self._write(slip, Occasion.CHANGED, "recall")

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Nothing to fetch: the agency answers at the door."""
        return []

    def said_of(self, slip: RequestSlip) -> Statement:
        """Refuse: only a voice can ask."""
        raise NotSupported(self.agency, "said_of", slip.key, "organisme par courrier")

    def holdings(self, since: datetime) -> list[Holding]:
        """Refuse: only a voice can ask."""
        raise NotSupported(self.agency, "holdings", "", "organisme par courrier")

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> AgencyReply:
        """Refuse: a letterbox has no secret to sign with."""
        raise CallbackRefused(self.agency, "read_callback", "", "organisme par courrier")

    def _write(self, slip: RequestSlip, occasion: Occasion, action: str) -> None:
        written = notice(self._address, self._link_for(slip), occasion)
        try:
            self._deliver(written.address, written.subject, written.text)
        except OSError as trouble:
            fault = type(trouble).__name__
        else:
            return
        raise AgencyUnavailable(self.agency, action, slip.key, fault)
