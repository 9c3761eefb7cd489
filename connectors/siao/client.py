"""SIAO — service intégré d'accueil et d'orientation. Records (201), proposes, calls back."""

from collections.abc import Mapping
from datetime import datetime

from connectors.asking import Register
from connectors.callback import callbacks
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import FixedCredential
from connectors.errors import NotSupported, ReplyNotUnderstood, RequestInvalid
from connectors.http import AgencyHttp, Call, Patience, segment
from connectors.siao import mapping, wire
from connectors.siao.settings import SiaoSettings
from core.clock import Clock
from models.person import Person
from models.reply import AgencyReply

_ABOUT_OFFER = {
    Message.ACCEPT_OFFER: "acceptation",
    Message.DECLINE_OFFER: "refus",
    Message.HOLD_OFFER: "maintien",
}


class SiaoConnector:
    """One SIAO."""

    def __init__(
        self, agency: str, settings: SiaoSettings, clock: Clock, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        self._clock = clock
        self._read_callback = callbacks(agency, settings, wire.Notification, mapping.reply)
        credential = FixedCredential("Authorization", settings.token, "Bearer")
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/demandes",
            "demande_inconnue",
            one=lambda answer: mapping.dossier(answer.read(wire.Demande)),
            page=lambda answer: answer.read(wire.Demandes),
            listed=lambda page: map(mapping.holding, page.demandes),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Ask for shelter; the number comes at once."""
        demand = mapping.request(slip, person, self._clock.now().date())
        call = Call(
            "send",
            "POST",
            "/demandes",
            request_key=slip.key,
            idempotency_key=slip.key,
            document=demand.model_dump(mode="json"),
        )
        recorded = self._http.call(call).read(wire.Enregistrement)
        if recorded.reference_partenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt(recorded.numero_demande)

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind, answer an offer, or ask for its place to be kept some hours more.

        Whether the place was still there, or is kept, comes by callback.
        """
        if message is Message.REMINDER:
            path = f"/demandes/{segment(slip.key)}/relances"
        elif message in _ABOUT_OFFER:
            if not offer:
                raise RequestInvalid(self.agency, "tell", slip.key, "proposition sans numéro")
            path = f"/propositions/{segment(offer)}/{_ABOUT_OFFER[message]}"
        else:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        # Rule: too late is an answer, not a fault: the SIAO says it again as an event.
        gone = {410: "proposition_close"}
        self._http.call(Call("tell", "POST", path, slip.key, key, meanings=gone))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Cancel the request; one the SIAO never had is cancelled already."""
        self._http.call(
            Call(
                "recall",
                "POST",
                f"/demandes/{segment(slip.key)}/annulation",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "demande_inconnue"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Nothing to fetch: a SIAO calls back."""
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
