"""A courthouse help desk: notes dated facts, which others come and read."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from models.measure import Measure
from models.request import RefusalReason
from sandbox.behaviour import Behaviour
from sandbox.desk import Act, Desk, Heard, Reply, heard
from sandbox.dialect import Dialect, Event, File, Holds, Step, Words
from sandbox.state import Transaction, written

Call = Annotated[Heard, Depends(heard)]

_REASONS = {
    RefusalReason.OUT_OF_TERRITORY: "AUTRE_RESSORT",
    RefusalReason.SAFETY_CONFLICT: "CONFLIT_INTERETS",
    RefusalReason.UNREACHABLE: "INJOIGNABLE",
    RefusalReason.OTHER: "AUTRE",
}
_FIXED_AFTER = timedelta(days=3)
# C. civ. 515-11: the order is given within six days of the fixing of the hearing.
_HEARD_AFTER = _FIXED_AFTER + timedelta(days=5)
_ORDERED_AFTER = _FIXED_AFTER + timedelta(days=6)


def _course(file: File, since: datetime) -> list[Step]:
    first = Step(timedelta(hours=2), {"nature": "DEMANDE_RECUE"})
    if file.order.behaviour is Behaviour.REFUSE:
        words = {"nature": "SUIVI_IMPOSSIBLE", "motif": _REASONS[file.order.reason]}
        return [first, Step(timedelta(days=1), words)]
    return [
        first,
        _fact(since, _FIXED_AFTER, "AUDIENCE_FIXEE", _HEARD_AFTER),
        _fact(since, _ORDERED_AFTER, "ORDONNANCE_PROTECTION_RENDUE", _ORDERED_AFTER),
        Step(_ORDERED_AFTER + timedelta(days=1), {"nature": "SUIVI_EN_PLACE"}),
    ]


def _fact(since: datetime, noted: timedelta, nature: str, happens: timedelta) -> Step:
    return Step(noted, {"nature": nature, "date_fait": written(since + happens)})


def _word(event: Event) -> Words:
    return {
        "id_fait": event.name,
        "reference_partenaire": event.file.request_key,
        "numero_suivi": event.file.number,
        "consigne_le": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="bav",
    polled=True,
    prefix="BAV",
    unknown="suivi_inconnu",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="reference_partenaire",
        number="numero_suivi",
        recalled="clos",
        said="faits",
        listed="suivis",
    ),
)


def counter(desk: Desk) -> APIRouter:
    """Return the help desk's own addresses."""
    router = APIRouter()

    def begin(db: Transaction, file: File, since: datetime) -> None:
        desk.files.schedule(db, file, since, _course(file, since))

    def take(db: Transaction, body: Words) -> Reply:
        key = body["reference_partenaire"]
        file = desk.files.open(db, key, Measure.JUSTICE, begin)
        return Reply(201, {"reference_partenaire": key, "numero_suivi": file.number})

    @router.post("/suivis")
    def follow(call: Call) -> Response:
        return desk.hear(call, Act("send", take, Measure.JUSTICE, "OuvertureSuivi", again=200))

    @router.post("/suivis/{reference}/relances")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/suivis/{reference}/cloture")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.get("/faits")
    def facts(call: Call) -> Response:
        return desk.hear(call, Act("replies", lambda db, _: _facts(desk, db, call), keyed=False))

    @router.get("/suivis")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/suivis/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router


def _facts(desk: Desk, db: Transaction, call: Heard) -> Reply:
    try:
        since = datetime.fromisoformat(call.query["depuis"])
    except (KeyError, ValueError):
        return Reply(422, {"code": "hors_contrat", "champs": ["depuis"]})
    return Reply(200, {"faits": desk.files.said_since(db, written(since))})
