"""BAV — bureau d'aide aux victimes du tribunal. Information only; polled."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.asking import Register
from connectors.bav import mapping, wire
from connectors.bav.settings import BavSettings
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import FixedCredential
from connectors.errors import CallbackRefused, NotSupported, ReplyNotUnderstood
from connectors.http import AgencyHttp, Call, Patience, segment
from models.person import Person
from models.reply import AgencyReply

_OVERLAP = timedelta(minutes=10)


class BavConnector:
    """One courthouse help desk."""

    def __init__(
        self, agency: str, settings: BavSettings, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        credential = FixedCredential("Authorization", settings.token, "Bearer")
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/suivis",
            "suivi_inconnu",
            one=lambda answer: mapping.dossier(answer.read(wire.Suivi)),
            page=lambda answer: answer.read(wire.Suivis),
            listed=lambda page: map(mapping.holding, page.suivis),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Ask to be kept informed."""
        call = Call(
            "send",
            "POST",
            "/suivis",
            request_key=slip.key,
            idempotency_key=slip.key,
            document=mapping.request(slip, person).model_dump(mode="json"),
        )
        opened = self._http.call(call).read(wire.SuiviOuvert)
        if opened.reference_partenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt(opened.numero_suivi)

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind; a help desk asks for no document and makes no offer."""
        if message is not Message.REMINDER:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        path = f"/suivis/{segment(slip.key)}/relances"
        self._http.call(Call("tell", "POST", path, slip.key, idempotency_key=key))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Stop being informed. No proceeding is stopped: none was started from here."""
        self._http.call(
            Call(
                "recall",
                "POST",
                f"/suivis/{segment(slip.key)}/cloture",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "suivi_inconnu"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Fetch every fact since an instant, and a little before: twice seen is one reply."""
        params = {"depuis": (since - _OVERLAP).astimezone(UTC).isoformat()}
        answer = self._http.call(Call("replies", "GET", "/faits", params=params))
        return [mapping.reply(fact) for fact in answer.read(wire.Faits).faits]

    def said_of(self, slip: RequestSlip) -> Statement:
        """See `AgencyConnector`."""
        return self._register.said_of(slip)

    def holdings(self, since: datetime) -> list[Holding]:
        """See `AgencyConnector`."""
        return self._register.holdings(since)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> AgencyReply:
        """Refuse: a help desk never calls back, so whoever does is somebody else."""
        raise CallbackRefused(self.agency, "read_callback", "", "organisme interrogé")
