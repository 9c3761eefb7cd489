"""A caisse, CAF or MSA: takes a request at once, decides within days, calls back."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from models.measure import Measure
from models.request import RefusalReason
from sandbox.behaviour import Behaviour
from sandbox.desk import Act, Desk, Heard, Reply, heard
from sandbox.dialect import Dialect, Event, File, Holds, Step, Words
from sandbox.state import Transaction

Call = Annotated[Heard, Depends(heard)]

_REASONS = {
    RefusalReason.NOT_ELIGIBLE: "CONDITIONS_NON_REMPLIES",
    RefusalReason.WRONG_AGENCY: "AUTRE_CAISSE",
    RefusalReason.OUT_OF_TERRITORY: "HORS_DEPARTEMENT",
    RefusalReason.EVIDENCE_MISSING: "JUSTIFICATIF_ABSENT",
    RefusalReason.EVIDENCE_TOO_OLD: "JUSTIFICATIF_PLUS_DE_12_MOIS",
    RefusalReason.ALREADY_PAID_12M: "DEJA_VERSEE_12_MOIS",
    RefusalReason.DUPLICATE: "DOUBLON",
    RefusalReason.UNREACHABLE: "INJOIGNABLE",
    RefusalReason.OTHER: "AUTRE",
}

# RSA for one person, April 2025 to March 2026 (published values of the allowance agree with it).
_RSA_CENTS = Decimal(64652)
# CASF R262-1: share of the RSA for 0, 1, 2, 3 children; then 0.4 for each.
_SHARES = (Decimal("1.0"), Decimal("1.5"), Decimal("1.8"), Decimal("2.2"))
_SHARE_OF_NEXT = Decimal("0.4")
# CASF D214-14: the cut, by band of resources.
_CUTS = {
    "0_0.5": Decimal(0),
    "0.5_1": Decimal("0.2"),
    "1_1.5": Decimal("0.4"),
    "1.5_PLUS": Decimal("0.6"),
}


def allowance_cents(children: int, band: str) -> int:
    """Return the allowance in cents, rounded up as the published values are."""
    last = len(_SHARES) - 1
    share = _SHARES[min(children, last)] + _SHARE_OF_NEXT * max(0, children - last)
    exact = _RSA_CENTS * share * (1 - _CUTS[band])
    return int(exact.to_integral_value(ROUND_CEILING))


def _facts(body: Words) -> Words:
    children, band = len(body["enfants"]), body["tranche_ressources"]
    # CASF D214-13: above 1.5 SMIC it is a loan for a person alone; with a child, 2.25 and more.
    lent = band == "1.5_PLUS" and children == 0
    return {
        "nature_aide": "PRET" if lent else "DON",
        "montant_centimes": allowance_cents(children, band),
        "piece": "JUSTIFICATIF" if "iban_nominatif" in body else "RIB",
    }


def _course(file: File) -> list[Step]:
    first = Step(timedelta(), {"etat": "RECUE"})
    match file.order.behaviour:
        case Behaviour.REFUSE:
            words = {"etat": "REJETEE", "motif": _REASONS[file.order.reason]}
            return [first, Step(timedelta(days=2), words)]
        case Behaviour.NEED_DOCUMENT:
            words = {"etat": "PIECE_DEMANDEE", "piece": str(file.facts["piece"])}
            return [first, Step(timedelta(days=1), words)]
    return [first, *_award(file, timedelta(days=1), timedelta(days=3))]


def _award(file: File, granted: timedelta, paid: timedelta) -> list[Step]:
    aid = {name: file.facts[name] for name in ("nature_aide", "montant_centimes")}
    return [Step(granted, {"etat": "ACCORDEE", **aid}), Step(paid, {"etat": "PAYEE", **aid})]


def _word(event: Event) -> Words:
    return {
        "evenement": event.name,
        "reference_partenaire": event.file.request_key,
        "numero_dossier": event.file.number,
        "date_evenement": event.at,
        **event.words,
    }


DIALECT = Dialect(
    contract="caf",
    polled=False,
    prefix="AVVC",
    unknown="demande_inconnue",
    reasons=_REASONS,
    word=_word,
    holds=Holds(
        key="reference_partenaire",
        number="numero_dossier",
        recalled="annulee",
        said="notifications",
        listed="dossiers",
    ),
    also=frozenset({Behaviour.NEED_DOCUMENT}),
    after_document=lambda file, _: _award(file, timedelta(days=1), timedelta(days=2)),
)


def counter(desk: Desk) -> APIRouter:
    """Return the caisse's own addresses."""
    router = APIRouter()

    def begin(db: Transaction, file: File, since: datetime) -> None:
        desk.files.schedule(db, file, since, _course(file))

    def take(db: Transaction, body: Words) -> Reply:
        key = body["reference_partenaire"]
        desk.files.open(db, key, Measure.AUU, begin, _facts(body))
        return Reply(202, {"reference_partenaire": key})

    @router.post("/demandes-auu")
    def file_request(call: Call) -> Response:
        return desk.hear(call, Act("send", take, Measure.AUU, "DemandeAuu", again=200))

    @router.post("/demandes-auu/{reference}/relances")
    def remind(call: Call, reference: str) -> Response:
        return desk.remind(call, reference)

    @router.post("/demandes-auu/{reference}/pieces")
    def take_document(call: Call, reference: str) -> Response:
        return desk.take_document(call, reference)

    @router.post("/demandes-auu/{reference}/annulation")
    def recall(call: Call, reference: str) -> Response:
        return desk.recall(call, reference)

    @router.get("/demandes-auu")
    def tell_all(call: Call) -> Response:
        return desk.tell_all(call)

    @router.get("/demandes-auu/{reference}")
    def tell_of(call: Call, reference: str) -> Response:
        return desk.tell_of(call, reference)

    @router.get("/etat")
    def alive(call: Call) -> Response:
        return desk.alive(call)

    return router
