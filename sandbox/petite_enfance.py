"""A childcare desk: slow, lists before places, known by an API key."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from models.measure import Measure
from models.request import RefusalReason
from sandbox.behaviour import Behaviour
from sandbox.desk import Act, Desk, Heard, Reply, heard, same
from sandbox.dialect import Dialect, Event, File, Holds, Step, Words
from sandbox.state import Transaction

Call = Annotated[Heard, Depends(heard)]

_REASONS = {
    RefusalReason.NO_CAPACITY: "COMPLET",
    RefusalReason.NOT_ELIGIBLE: "HORS_CRITERES",
    RefusalReason.OUT_OF_TERRITORY: "HORS_COMMUNE",
    RefusalReason.SAFETY_CONFLICT: "CONFLIT_SECURITE",
    RefusalReason.DUPLICATE: "DOUBLON",
    RefusalReason.UNREACHABLE: "INJOIGNABLE",
    RefusalReason.OTHER: "AUTRE",
}
_FIRST_COMMITTEE = timedelta(days=3)
_GIVEN = {"decision": "PLACE_ATTRIBUEE", "accueil": "REGULIER"}
_BEGUN = {"decision": "ACCUEIL_COMMENCE", "accueil": "REGULIER"}


def _course(file: File) -> list[Step]:
    first = Step(timedelta(hours=1), {"decision": "ENREGISTREE"})
    listed = Step(_FIRST_COMMITTEE, {"decision": "LISTE_ATTENTE"})
    given = Step(timedelta(days=20), _GIVEN)
    match file.order.behaviour:
        case Behaviour.REFUSE:
            words = {"decision": "DEFAVORABLE", "motif": _REASONS[file.order.reason]}
            return [first, Step(_FIRST_COMMITTEE, words)]
        case Behaviour.NEED_DOCUMENT:
            return [first, Step(_FIRST_COMMITTEE, {"decision": "PIECE_MANQUANTE"})]
        case Behaviour.WAITING_LIST:
            return [first, listed]
        case Behaviour.NO_SHOW:
            lost = {"decision": "PLACE_PERDUE", "motif": "ABSENCE"}
            return [first, listed, given, Step(timedelta(days=30), lost)]
    return [first, listed, given, Step(timedelta(days=30), _BEGUN)]


def _word(event: Event) -> Words:
    return {
        "avis": event.name,
        "reference_partenaire": event.file.request_key,
        "dossier": event.file.number,
        "le": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="petite_enfance",
    polled=False,
    prefix="PE",
    unknown="inscription_inconnue",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="reference_partenaire",
        number="dossier",
        recalled="radiee",
        said="avis",
        listed="inscriptions",
    ),
    also=frozenset({Behaviour.NEED_DOCUMENT, Behaviour.WAITING_LIST, Behaviour.NO_SHOW}),
    after_document=lambda _file, _now: [
        Step(timedelta(days=7), _GIVEN),
        Step(timedelta(days=14), _BEGUN),
    ],
)


def counter(desk: Desk) -> APIRouter:
    """Return the desk's own addresses."""
    router = APIRouter()

    def knows_key(_: Transaction, call: Heard) -> bool:
        return same(call.headers.get("x-cle-api", ""), desk.secrets.token)

    desk.lets_in = knows_key

    def begin(db: Transaction, file: File, since: datetime) -> None:
        desk.files.schedule(db, file, since, _course(file))

    def take(db: Transaction, body: Words) -> Reply:
        key = body["reference_partenaire"]
        file = desk.files.open(db, key, Measure.CHILDCARE, begin)
        return Reply(201, {"reference_partenaire": key, "dossier": file.number})

    @router.post("/inscriptions")
    def register(call: Call) -> Response:
        return desk.hear(call, Act("send", take, Measure.CHILDCARE, "Inscription", again=200))

    @router.delete("/inscriptions/{reference}")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.post("/inscriptions/{reference}/relance")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/inscriptions/{reference}/pieces")
    def take_document(call: Call, reference: str) -> Response:
        return desk.take_document(call, reference)

    @router.get("/inscriptions")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/inscriptions/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router
