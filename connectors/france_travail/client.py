"""France Travail — emploi et formation. OAuth2 client credentials; never calls back, is polled."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.asking import Register, every_page
from connectors.contract import Health, Holding, Message, Receipt, RequestSlip, Statement
from connectors.credential import NoCredential
from connectors.errors import CallbackRefused, NotSupported, ReplyNotUnderstood
from connectors.france_travail import mapping, wire
from connectors.france_travail.settings import FranceTravailSettings
from connectors.http import AgencyHttp, Call, Patience, segment
from connectors.oauth import ClientCredentials
from models.measure import Measure
from models.person import Person
from models.reply import AgencyReply

_MESSAGES = {Message.REMINDER: "relances", Message.DOCUMENT_SUPPLIED: "documents"}
_DOORS = {
    Measure.EMPLOYMENT: "/v1/orientations/emploi",
    Measure.TRAINING: "/v1/orientations/formation",
}
_TOKEN_PATH = "/connexion/oauth2/access_token?realm=%2Fpartenaire"  # noqa: S105 - an address
_SCOPE = "api_orientations-pndv1"
_OVERLAP = timedelta(minutes=10)


class FranceTravailConnector:
    """France Travail, in one département."""

    def __init__(
        self, agency: str, settings: FranceTravailSettings, patience: Patience | None = None
    ) -> None:
        self.agency = agency
        self._tokens = AgencyHttp(agency, settings.url, NoCredential(), patience)
        credential = ClientCredentials(
            self._tokens, _TOKEN_PATH, settings.client_id, settings.client_secret, _SCOPE
        )
        self._http = AgencyHttp(agency, settings.url, credential, patience)
        self._register = Register(
            self._http,
            "/v1/orientations",
            "orientationInconnue",
            one=lambda answer: mapping.dossier(answer.read(wire.DossierOrientation)),
            page=lambda answer: answer.read(wire.DossiersOrientation),
            listed=lambda page: map(mapping.holding, page.orientations),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
        self._tokens.close()

    def check(self) -> Health:
        """See `AgencyConnector`."""
        return self._http.health("/v1/etat")

    def send(self, slip: RequestSlip, person: Person) -> Receipt:
        """Orient the person towards work or training."""
        if slip.measure not in _DOORS:
            raise NotSupported(self.agency, "send", slip.key, slip.measure.value)
        call = Call(
            "send",
            "POST",
            _DOORS[slip.measure],
            request_key=slip.key,
            idempotency_key=slip.key,
            document=mapping.request(slip, person).model_dump(mode="json"),
        )
        created = self._http.call(call).read(wire.OrientationCreee)
        if created.referencePartenaire != slip.key:
            raise ReplyNotUnderstood(self.agency, "send", slip.key, "autre référence")
        return Receipt(created.idOrientation)

    def tell(self, slip: RequestSlip, message: Message, key: str, offer: str | None = None) -> None:
        """Remind, or say that what was missing has been handed over."""
        if message not in _MESSAGES:
            raise NotSupported(self.agency, "tell", slip.key, message.value)
        path = f"/v1/orientations/{segment(slip.key)}/{_MESSAGES[message]}"
        self._http.call(Call("tell", "POST", path, slip.key, idempotency_key=key))

    def recall(self, slip: RequestSlip, key: str) -> None:
        """Delete the orientation; one France Travail never had is deleted already."""
        self._http.call(
            Call(
                "recall",
                "DELETE",
                f"/v1/orientations/{segment(slip.key)}",
                request_key=slip.key,
                idempotency_key=key,
                meanings={404: "orientationInconnue"},
            )
        )

    def replies(self, since: datetime) -> list[AgencyReply]:
        """Fetch every event since an instant, and a little before: twice seen is one reply."""
        pages = every_page(
            self._http,
            "replies",
            "/v1/evenements",
            since - _OVERLAP,
            lambda answer: answer.read(wire.PageEvenements),
        )
        return [mapping.reply(event) for page in pages for event in page.evenements]

    def said_of(self, slip: RequestSlip) -> Statement:
        """See `AgencyConnector`."""
        return self._register.said_of(slip)

    def holdings(self, since: datetime) -> list[Holding]:
        """See `AgencyConnector`."""
        return self._register.holdings(since)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> AgencyReply:
        """Refuse: France Travail never calls back, so whoever does is somebody else."""
        raise CallbackRefused(self.agency, "read_callback", "", "organisme interrogé")
