"""France Victimes — soutien psychologique. Gives appointments; calls back signed."""

from collections.abc import Mapping
from datetime import datetime

from connectors.asking import Register
from connectors.callback import callbacks
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import FixedCredential
from connectors.errors import NotSupported, ReplyNotUnderstood
from connectors.france_victimes import mapping, wire
from connectors.france_victimes.settings import FranceVictimesSettings
from connectors.http import AgencyHttp, Call, Patience, segment
from models.person import Person
from models.reply import AgencyReply


class FranceVictimesConnector:
    """One association of the network."""

    def __init__(
        self, agency: str, settings: FranceVictimesSettings, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        self._read_callback = callbacks(agency, settings, wire.Nouvelle, mapping.reply)
        credential = FixedCredential("Authorization", settings.token, "Bearer")
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/demandes-soutien",
            "demande_inconnue",
            one=lambda answer: mapping.dossier(answer.read(wire.DossierSoutien)),
            page=lambda answer: answer.read(wire.DossiersSoutien),
            listed=lambda page: map(mapping.holding, page.demandes),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Ask for support."""
        call = Call(
            "send",
            "POST",
            "/demandes-soutien",
            request_key=slip.key,
            idempotency_key=slip.key,
            document=mapping.request(slip, person).model_dump(mode="json"),
        )
        taken = self._http.call(call).read(wire.Accuse)
        if taken.reference_partenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt(taken.suivi)

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind; the association asks for no document and makes no offer."""
        if message is not Message.REMINDER:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        path = f"/demandes-soutien/{segment(slip.key)}/rappel"
        self._http.call(Call("tell", "POST", path, slip.key, idempotency_key=key))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Cancel the request and its appointments; one never received is cancelled already."""
        self._http.call(
            Call(
                "recall",
                "POST",
                f"/demandes-soutien/{segment(slip.key)}/annulation",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "demande_inconnue"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Nothing to fetch: the association calls back."""
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
