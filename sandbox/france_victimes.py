"""An association of the France Victimes network: gives appointments, calls back."""

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
    RefusalReason.NO_CAPACITY: "CAPACITE",
    RefusalReason.NOT_ELIGIBLE: "HORS_CHAMP",
    RefusalReason.OUT_OF_TERRITORY: "HORS_SECTEUR",
    RefusalReason.WRONG_AGENCY: "REORIENTATION",
    RefusalReason.UNREACHABLE: "INJOIGNABLE",
    RefusalReason.OTHER: "AUTRE",
}
_DECIDES_AFTER = timedelta(days=3)
_MEETS_AFTER = timedelta(days=9)


def _course(file: File, since: datetime) -> list[Step]:
    first = Step(timedelta(hours=3), {"type": "RECU"})
    on = written(since + _MEETS_AFTER)
    meeting = Step(_DECIDES_AFTER, {"type": "RENDEZ_VOUS", "rendez_vous_le": on})
    match file.order.behaviour:
        case Behaviour.REFUSE:
            words = {"type": "NON_RETENU", "motif": _REASONS[file.order.reason]}
            return [first, Step(_DECIDES_AFTER, words)]
        case Behaviour.WAITING_LIST:
            return [first, Step(_DECIDES_AFTER, {"type": "LISTE_ATTENTE"})]
        case Behaviour.NO_SHOW:
            return [first, meeting, Step(timedelta(days=10), {"type": "ABSENCE"})]
    return [first, meeting, Step(timedelta(days=10), {"type": "SUIVI_ENGAGE"})]


def _word(event: Event) -> Words:
    return {
        "nouvelle": event.name,
        "reference_partenaire": event.file.request_key,
        "suivi": event.file.number,
        "date": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="france_victimes",
    polled=False,
    prefix="FV",
    unknown="demande_inconnue",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="reference_partenaire",
        number="suivi",
        recalled="annulee",
        said="nouvelles",
        listed="demandes",
    ),
    also=frozenset({Behaviour.WAITING_LIST, Behaviour.NO_SHOW}),
)


def counter(desk: Desk) -> APIRouter:
    """Return the association's own addresses."""
    router = APIRouter()

    def begin(db: Transaction, file: File, since: datetime) -> None:
        desk.files.schedule(db, file, since, _course(file, since))

    def take(db: Transaction, body: Words) -> Reply:
        key = body["reference_partenaire"]
        file = desk.files.open(db, key, Measure.PSY, begin)
        return Reply(201, {"reference_partenaire": key, "suivi": file.number})

    @router.post("/demandes-soutien")
    def ask(call: Call) -> Response:
        return desk.hear(call, Act("send", take, Measure.PSY, "DemandeSoutien", again=409))

    @router.post("/demandes-soutien/{reference}/rappel")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/demandes-soutien/{reference}/annulation")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.get("/demandes-soutien")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/demandes-soutien/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router
