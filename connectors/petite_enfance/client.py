"""Petite enfance — guichet d'une commune ou d'une crèche. Slow; calls back signed."""

from collections.abc import Mapping
from datetime import datetime

from connectors.asking import Register
from connectors.callback import callbacks
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import FixedCredential
from connectors.errors import NotSupported, ReplyNotUnderstood, RequestInvalid
from connectors.http import AgencyHttp, Call, Patience, segment
from connectors.petite_enfance import mapping, wire
from connectors.petite_enfance.settings import PetiteEnfanceSettings
from core.clock import Clock
from models.person import Person
from models.reply import AgencyReply

_MESSAGES = {Message.REMINDER: "relance", Message.DOCUMENT_SUPPLIED: "pieces"}


class PetiteEnfanceConnector:
    """One childcare desk."""

    def __init__(
        self,
        agency: str,
        settings: PetiteEnfanceSettings,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self.agency = agency
        self._clock = clock
        self._read_callback = callbacks(agency, settings, wire.Avis, mapping.reply)
        credential = FixedCredential("X-Cle-Api", settings.token)
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/inscriptions",
            "inscription_inconnue",
            one=lambda answer: mapping.dossier(answer.read(wire.DossierInscription)),
            page=lambda answer: answer.read(wire.DossiersInscription),
            listed=lambda page: map(mapping.holding, page.inscriptions),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Ask for care. Raises `RequestInvalid`, sending nothing, when no child is young enough."""
        children = mapping.children_to_place(person, self._clock.now().date())
        if not children:
            raise RequestInvalid(self.agency, "send", slip.key, "aucun enfant à confier")
        call = Call(
            "send",
            "POST",
            "/inscriptions",
            request_key=slip.key,
            idempotency_key=slip.key,
            document=mapping.request(slip, person, children).model_dump(mode="json"),
        )
        recorded = self._http.call(call).read(wire.Inscrit)
        if recorded.reference_partenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt(recorded.dossier)

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind, or say that the missing document has been handed over."""
        if message not in _MESSAGES:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        path = f"/inscriptions/{segment(slip.key)}/{_MESSAGES[message]}"
        self._http.call(Call("tell", "POST", path, slip.key, idempotency_key=key))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Take the request off the list; one the desk never had is off it already."""
        self._http.call(
            Call(
                "recall",
                "DELETE",
                f"/inscriptions/{segment(slip.key)}",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "inscription_inconnue"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Nothing to fetch: the desk calls back."""
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
