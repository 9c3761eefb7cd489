"""The letterbox's form: which answers a measure allows, and how they become a reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

from models.measure import NO_EVIDENCE, Measure
from models.reply import LETTERBOX, AgencyReply, Detail, ReplyKind
from models.request import AgencyRequest, RefusalReason

_ANSWERS = {
    "recue": (ReplyKind.RECEIVED, "Nous l'avons reçue, nous y répondrons"),
    "acceptee": (ReplyKind.ACCEPTED, "Nous acceptons"),
    "piece": (ReplyKind.NEED_INFO, "Il nous manque une pièce"),
    "refusee": (ReplyKind.REFUSED, "Nous refusons"),
    "classee": (ReplyKind.WAITING, "Nous l'avons classée : elle attend un logement"),
    "realisee": (ReplyKind.FULFILLED, "C'est fait : la mesure est réalisée"),
}

_REASONS = {
    RefusalReason.NO_CAPACITY: "Pas de place disponible",
    RefusalReason.NOT_ELIGIBLE: "Conditions non remplies",
    RefusalReason.OUT_OF_TERRITORY: "Hors de notre territoire",
    RefusalReason.WRONG_AGENCY: "Ce n'est pas à nous de la traiter",
    RefusalReason.DUPLICATE: "Demande déjà reçue par ailleurs",
    RefusalReason.UNREACHABLE: "Personne injoignable dans les créneaux",
    RefusalReason.SAFETY_CONFLICT: "Risque pour la sécurité (lien avec notre structure)",
    RefusalReason.OTHER: "Autre motif",
}
# Law: evidence and a payment within twelve months are conditions of the AUU only (CASF L214-9).
_AUU_REASONS = {
    RefusalReason.EVIDENCE_MISSING: "Justificatif absent",
    RefusalReason.EVIDENCE_TOO_OLD: "Justificatif de plus de douze mois",
    RefusalReason.ALREADY_PAID_12M: "Aide déjà versée depuis moins de douze mois",
}

_PIECES = {Detail.IDENTITY: "Pièce d'identité", Detail.OTHER_DOCUMENT: "Autre pièce"}
_PIECES_OF = {
    Measure.AUU: {Detail.EVIDENCE: "Justificatif", Detail.BANK_DETAILS: "RIB au seul nom"},
    # Law: an order or a complaint opens the priority; never bank details (CCH L441-1).
    Measure.STABLE_HOUSING: {Detail.EVIDENCE: "Justificatif de priorité"},
}


class FormIncomplete(Exception):
    """The form cannot be taken as it is. Says in French what the agent should do."""

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


@dataclass(frozen=True)
class Form:
    """What the form offers for one measure: codes and French labels."""

    answers: Mapping[str, str]
    reasons: Mapping[str, str]
    pieces: Mapping[str, str]


def form_for(measure: Measure) -> Form:
    """Return the choices of a measure."""
    reasons = _REASONS | (_AUU_REASONS if measure is Measure.AUU else {})
    # Law: emergency housing is unconditional (CASF L345-2-2): no document may be asked for.
    pieces = {} if measure in NO_EVIDENCE else _PIECES_OF.get(measure, {}) | _PIECES
    return Form(
        answers={
            name: label for name, (kind, label) in _ANSWERS.items() if _may_say(kind, measure)
        },
        reasons={reason.value: label for reason, label in reasons.items()},
        pieces={piece.value: label for piece, label in pieces.items()},
    )


def _may_say(kind: ReplyKind, measure: Measure) -> bool:
    if kind is ReplyKind.NEED_INFO:
        return measure not in NO_EVIDENCE
    # Law: requests for social housing are ranked by a commission (CCH L441-2).
    return kind is not ReplyKind.WAITING or measure is Measure.STABLE_HOUSING


def read_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a posted form, the first of a repeated one. Raises `FormIncomplete`."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=20, errors="strict")
    except ValueError:
        raise FormIncomplete("Ce formulaire n'est pas lisible. Rouvrez le lien reçu.") from None
    return {name: values[0] for name, values in fields.items()}


def read_reply(fields: Mapping[str, str], request: AgencyRequest, now: datetime) -> AgencyReply:
    """Return the agent's answer as a reply said at `now` (aware). Raises `FormIncomplete`.

    The number drawn with the page names the event: the same page sent twice is one reply.
    """
    form = form_for(request.measure)
    answer = fields.get("reponse", "")
    if answer not in form.answers:
        raise FormIncomplete("Choisissez une réponse.")
    kind, _ = _ANSWERS[answer]
    reason = detail = None
    if kind is ReplyKind.REFUSED:
        if fields.get("motif") not in form.reasons:
            raise FormIncomplete("Choisissez le motif du refus.")
        reason = RefusalReason(fields["motif"])
    if kind is ReplyKind.NEED_INFO:
        if fields.get("piece") not in form.pieces:
            raise FormIncomplete("Choisissez la pièce qui manque.")
        detail = Detail(fields["piece"])
    return AgencyReply(
        event=f"{LETTERBOX}{_drawn_number(fields)}",
        request_key=request.key,
        kind=kind,
        said_at=now,
        reason=reason,
        detail=detail,
    )


def _drawn_number(fields: Mapping[str, str]) -> UUID:
    try:
        return UUID(fields.get("envoi", ""))
    except ValueError:
        raise FormIncomplete("Ce formulaire est incomplet. Rouvrez le lien reçu.") from None
