"""France Travail: OAuth2, two doors (work, training), and pages of events to come and read."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from models.measure import Measure
from models.request import RefusalReason
from sandbox import tokens
from sandbox.behaviour import Behaviour
from sandbox.desk import Act, Desk, Heard, Reply, heard
from sandbox.dialect import Dialect, Event, File, Holds, Step, Words
from sandbox.state import Transaction, written

Call = Annotated[Heard, Depends(heard)]

_REASONS = {
    RefusalReason.NO_CAPACITY: "plusDePlace",
    RefusalReason.NOT_ELIGIBLE: "conditionsNonRemplies",
    RefusalReason.OUT_OF_TERRITORY: "horsRessortAgence",
    RefusalReason.WRONG_AGENCY: "releveMissionLocale",
    RefusalReason.DUPLICATE: "doublon",
    RefusalReason.UNREACHABLE: "injoignable",
    RefusalReason.OTHER: "autre",
}
_PAGE = 20
_DECIDES_AFTER = timedelta(days=4)
_MEETS_AFTER = timedelta(days=9)
_SESSION_AFTER = timedelta(days=30)


def _course(file: File, since: datetime) -> list[Step]:
    first = Step(timedelta(hours=2), {"code": "orientationRecue"})
    match file.order.behaviour:
        case Behaviour.REFUSE:
            words = {"code": "orientationRejetee", "motif": _REASONS[file.order.reason]}
            return [first, Step(_DECIDES_AFTER, words)]
        case Behaviour.NEED_DOCUMENT:
            return [first, Step(_DECIDES_AFTER, {"code": "informationManquante"})]
        case Behaviour.WAITING_LIST:
            return [first, Step(_DECIDES_AFTER, {"code": "listeAttente"})]
        case Behaviour.NO_SHOW:
            absent = Step(_MEETS_AFTER, {"code": "absenceRendezVous"})
            return [first, _meeting(since, _DECIDES_AFTER, _MEETS_AFTER), absent]
    return [first, *_usual(file, since, _DECIDES_AFTER)]


def _usual(file: File, since: datetime, decides: timedelta) -> list[Step]:
    if file.facts["measure"] == Measure.TRAINING:
        on = written(since + _SESSION_AFTER)
        session = Step(decides, {"code": "entreeEnSession", "dateRendezVous": on})
        return [session, Step(_SESSION_AFTER, {"code": "formationDemarree"})]
    started = Step(timedelta(days=15), {"code": "accompagnementDemarre"})
    return [_meeting(since, decides, _MEETS_AFTER), started]


def _meeting(since: datetime, said: timedelta, held: timedelta) -> Step:
    return Step(said, {"code": "rendezVousFixe", "dateRendezVous": written(since + held)})


def _word(event: Event) -> Words:
    return {
        "idEvenement": event.name,
        "referencePartenaire": event.file.request_key,
        "idOrientation": event.file.number,
        "date": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="france_travail",
    polled=True,
    prefix="FT",
    unknown="orientationInconnue",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="referencePartenaire",
        number="idOrientation",
        recalled="retiree",
        said="evenements",
        listed="orientations",
    ),
    also=frozenset({Behaviour.NEED_DOCUMENT, Behaviour.WAITING_LIST, Behaviour.NO_SHOW}),
    after_document=lambda file, now: _usual(file, now, timedelta(days=2)),
)


def counter(desk: Desk) -> APIRouter:
    """Return France Travail's own addresses."""
    router = APIRouter()
    desk.lets_in = lambda db, call: tokens.good(db, desk.agency, call)

    def begin(db: Transaction, file: File, since: datetime) -> None:
        desk.files.schedule(db, file, since, _course(file, since))

    def orient(call: Heard, measure: Measure) -> Response:
        def take(db: Transaction, body: Words) -> Reply:
            key = body["referencePartenaire"]
            file = desk.files.open(db, key, measure, begin, {"measure": measure})
            return Reply(201, {"referencePartenaire": key, "idOrientation": file.number})

        return desk.hear(call, Act("send", take, measure, "Orientation", again=200))

    @router.post("/connexion/oauth2/access_token")
    def token(call: Call) -> Response:
        def act(db: Transaction, _: Words) -> Reply:
            return tokens.give(db, desk.agency, desk.secrets, call)

        return desk.hear(call, Act("token", act, keyed=False, open_to_all=True))

    @router.post("/v1/orientations/emploi")
    def work(call: Call) -> Response:
        return orient(call, Measure.EMPLOYMENT)

    @router.post("/v1/orientations/formation")
    def training(call: Call) -> Response:
        return orient(call, Measure.TRAINING)

    @router.delete("/v1/orientations/{reference}")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.post("/v1/orientations/{reference}/relances")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/v1/orientations/{reference}/documents")
    def take_document(call: Call, reference: str) -> Response:
        return desk.take_document(call, reference)

    @router.get("/v1/evenements")
    def events(call: Call) -> Response:
        return desk.hear(call, Act("replies", lambda db, _: _page(desk, db, call), keyed=False))

    @router.get("/v1/orientations")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/v1/orientations/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/v1/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router


def _page(desk: Desk, db: Transaction, call: Heard) -> Reply:
    try:
        since = datetime.fromisoformat(call.query["depuis"])
        skip = int(call.query.get("apres", "0"))
    except (KeyError, ValueError):
        return Reply(422, {"code": "hors_contrat", "champs": ["depuis", "apres"]})
    found = desk.files.said_since(db, written(since), skip, _PAGE + 1)
    more = len(found) > _PAGE
    body: Words = {"evenements": found[:_PAGE]}
    return Reply(200, body | ({"suite": str(skip + _PAGE)} if more else {}))
