"""A SIAO: records at once, proposes a place that is gone after a few hours, confirms an arrival."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    RefusalReason.NO_CAPACITY: "AUCUNE_PLACE",
    RefusalReason.NOT_ELIGIBLE: "HORS_PUBLIC",
    RefusalReason.OUT_OF_TERRITORY: "HORS_DEPARTEMENT",
    RefusalReason.SAFETY_CONFLICT: "CONFLIT_SECURITE",
    RefusalReason.DUPLICATE: "DOUBLON",
    RefusalReason.UNREACHABLE: "INJOIGNABLE",
    RefusalReason.OTHER: "AUTRE",
}
_PLACE = "PLACE_DEDIEE"
_DECIDES_AFTER = timedelta(hours=2)
_PROPOSES_AGAIN_AFTER = timedelta(days=1)
_ADMITS_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class _Offer:
    """A place that stands: held between two instants."""

    number: str
    opens_at: datetime
    closes_at: datetime


_Treat = Callable[[Desk, Transaction, File, _Offer], None]


def _word(event: Event) -> Words:
    return {
        "id": event.name,
        "reference_partenaire": event.file.request_key,
        "numero_demande": event.file.number,
        "survenu_le": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="siao",
    polled=False,
    prefix="SI",
    unknown="demande_inconnue",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="reference_partenaire",
        number="numero_demande",
        recalled="annulee",
        said="evenements",
        listed="demandes",
    ),
    also=frozenset({Behaviour.OFFER, Behaviour.WAITING_LIST, Behaviour.NO_SHOW}),
)


def _begin(desk: Desk, db: Transaction, file: File, since: datetime) -> None:
    received = Step(timedelta(minutes=10), {"type": "DEMANDE_RECUE"})
    desk.files.schedule(db, file, since, [received])
    match file.order.behaviour:
        case Behaviour.REFUSE:
            words = {"type": "SANS_SOLUTION", "motif": _REASONS[file.order.reason]}
            desk.files.schedule(db, file, since, [Step(_DECIDES_AFTER, words)])
        case Behaviour.WAITING_LIST:
            words = {"type": "LISTE_ATTENTE"}
            desk.files.schedule(db, file, since, [Step(_DECIDES_AFTER, words)])
        case _:
            _propose(desk, db, file, since + _DECIDES_AFTER)


def _propose(desk: Desk, db: Transaction, file: File, at: datetime) -> None:
    """Hold a place from an instant on; unanswered, it is lost."""
    rank = db.execute(
        "SELECT count(*) + 1 FROM offer WHERE agency = ? AND request_key = ?",
        (desk.agency, file.request_key),
    ).fetchone()[0]
    number, until = f"{file.number}-P{rank}", at + timedelta(hours=file.order.hours)
    db.execute(
        "INSERT INTO offer (number, agency, request_key, opens_at, closes_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (number, desk.agency, file.request_key, written(at), written(until)),
    )
    _say_offer(desk, db, file, at, _Offer(number, at, until))


def _say_offer(desk: Desk, db: Transaction, file: File, at: datetime, offer: _Offer) -> None:
    until = offer.closes_at
    words = {"numero": offer.number, "type_place": _PLACE, "expire_le": written(until)}
    desk.files.say(db, file, at, {"type": "PROPOSITION", "proposition": words})
    desk.files.say(db, file, until, {"type": "PROPOSITION_EXPIREE"}, ends_offer=offer.number)


def _hold(desk: Desk, db: Transaction, file: File, offer: _Offer) -> None:
    """Keep the place its own hours more, and say the offer again; once only."""
    its_hours = timedelta(hours=file.order.hours)
    if offer.closes_at - offer.opens_at > its_hours:
        return
    held = replace(offer, closes_at=offer.closes_at + its_hours)
    db.execute(
        "UPDATE offer SET closes_at = ? WHERE agency = ? AND number = ?",
        (written(held.closes_at), desk.agency, offer.number),
    )
    _never_expires(desk, db, offer)
    _say_offer(desk, db, file, desk.clock.now(), held)


def _never_expires(desk: Desk, db: Transaction, offer: _Offer) -> None:
    db.execute(
        "UPDATE event SET cancelled = 1 WHERE agency = ? AND ends_offer = ?",
        (desk.agency, offer.number),
    )


def _answered(desk: Desk, db: Transaction, offer: _Offer) -> None:
    db.execute(
        "UPDATE offer SET answered = 1 WHERE agency = ? AND number = ?",
        (desk.agency, offer.number),
    )
    _never_expires(desk, db, offer)


def _accept(desk: Desk, db: Transaction, file: File, offer: _Offer) -> None:
    _answered(desk, db, offer)
    came = file.order.behaviour is not Behaviour.NO_SHOW
    arrival = {"type": "ADMISSION_CONFIRMEE", "type_place": _PLACE}
    steps = [
        Step(timedelta(), {"type": "ORIENTATION_VALIDEE", "type_place": _PLACE}),
        Step(_ADMITS_AFTER, arrival if came else {"type": "NON_PRESENTATION"}),
    ]
    desk.files.schedule(db, file, desk.clock.now(), steps)


def _decline(desk: Desk, db: Transaction, file: File, offer: _Offer) -> None:
    # CASF L345-2-2: whoever turns a place down is still to be housed.
    _answered(desk, db, offer)
    now = desk.clock.now()
    desk.files.schedule(db, file, now, [Step(timedelta(), {"type": "LISTE_ATTENTE"})])
    _propose(desk, db, file, now + _PROPOSES_AGAIN_AFTER)


def _about_offer(desk: Desk, call: Heard, number: str, verb: str, treat: _Treat) -> Response:
    def act(db: Transaction, _: Words) -> Reply:
        now = written(desk.clock.now())
        kept = db.execute(
            "SELECT * FROM offer WHERE agency = ? AND number = ? AND opens_at <= ?",
            (desk.agency, number, now),
        ).fetchone()
        file = kept and desk.files.find(db, kept["request_key"])
        if file is None:
            return Reply(404, {"code": "proposition_inconnue"})
        if kept["answered"] or kept["closes_at"] <= now:
            return Reply(410, {"code": "proposition_close"})
        opens, closes = (datetime.fromisoformat(kept[name]) for name in ("opens_at", "closes_at"))
        treat(desk, db, file, _Offer(number, opens, closes))
        return Reply(204)

    return desk.hear(call, Act(verb, act))


def counter(desk: Desk) -> APIRouter:
    """Return the SIAO's own addresses."""
    router = APIRouter()

    def begin(db: Transaction, file: File, since: datetime) -> None:
        _begin(desk, db, file, since)

    def take(db: Transaction, body: Words) -> Reply:
        key = body["reference_partenaire"]
        file = desk.files.open(db, key, Measure.HOUSING, begin)
        return Reply(201, {"reference_partenaire": key, "numero_demande": file.number})

    @router.post("/demandes")
    def record(call: Call) -> Response:
        return desk.hear(call, Act("send", take, Measure.HOUSING, "DemandeHebergement", again=409))

    @router.post("/demandes/{reference}/relances")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/demandes/{reference}/annulation")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.post("/propositions/{numero}/acceptation")
    def accept(call: Call, numero: str) -> Response:
        return _about_offer(desk, call, numero, "accept_offer", _accept)

    @router.post("/propositions/{numero}/refus")
    def decline(call: Call, numero: str) -> Response:
        return _about_offer(desk, call, numero, "decline_offer", _decline)

    @router.post("/propositions/{numero}/maintien")
    def hold(call: Call, numero: str) -> Response:
        return _about_offer(desk, call, numero, "hold_offer", _hold)

    @router.get("/demandes")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/demandes/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router
