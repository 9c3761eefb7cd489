"""CAF — Caisse d'allocations familiales. Takes requests at once (202), calls back signed."""

from collections.abc import Mapping
from datetime import datetime

from connectors.asking import Register
from connectors.caf import mapping, wire
from connectors.caf.settings import CafSettings
from connectors.callback import callbacks
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import FixedCredential
from connectors.errors import NotSupported, ReplyNotUnderstood
from connectors.http import AgencyHttp, Call, Patience, segment
from core.clock import Clock
from models.person import Person
from models.reply import AgencyReply

_MESSAGES = {Message.REMINDER: "relances", Message.DOCUMENT_SUPPLIED: "pieces"}


class CafConnector:
    """One caisse, CAF or MSA."""

    def __init__(
        self, agency: str, settings: CafSettings, clock: Clock, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        self._clock = clock
        self._read_callback = callbacks(agency, settings, wire.Notification, mapping.reply)
        credential = FixedCredential("Authorization", settings.token, "Bearer")
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/demandes-auu",
            "demande_inconnue",
            one=lambda answer: mapping.dossier(answer.read(wire.Dossier)),
            page=lambda answer: answer.read(wire.Dossiers),
            listed=lambda page: map(mapping.holding, page.dossiers),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """File the request. The file's number comes later, with the first callback."""
        demand = mapping.request(slip, person, self._clock.now().date())
        call = Call(
            "send",
            "POST",
            "/demandes-auu",
            request_key=slip.key,
            idempotency_key=slip.key,
            document=demand.model_dump(mode="json", exclude_none=True),
        )
        taken = self._http.call(call).read(wire.PriseEnCompte)
        if taken.reference_partenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt()

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind, or say that the missing document has been handed over."""
        if message not in _MESSAGES:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        path = f"/demandes-auu/{segment(slip.key)}/{_MESSAGES[message]}"
        self._http.call(Call("tell", "POST", path, slip.key, idempotency_key=key))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Cancel the request; one the caisse never had is cancelled already."""
        self._http.call(
            Call(
                "recall",
                "POST",
                f"/demandes-auu/{segment(slip.key)}/annulation",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "demande_inconnue"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Nothing to fetch: a caisse calls back."""
        return []

    def said_of(self, slip: RequestSlip) -> Statement:
        """See `AgencyConnector`."""
        return self._register.said_of(slip)

    def holdings(self, since: datetime) -> list[Holding]:
        """See `AgencyConnector`."""
        return self._register.holdings(since)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> AgencyReply:
        """See `AgencyConnector`."""
        return self._read_callback(headers, body)
