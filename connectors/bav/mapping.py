"""Justice ↔ our words, pure. What leaves: a subset of docs/privacy.md, column « BAV/justice ».

The table allows more, by the person's own hand or a lawyer's. Through here, nothing is filed:
identity and safe contact only.
"""

from datetime import UTC

from connectors.bav import wire
from connectors.contract import Holding, RequestSlip
from connectors.safe_contact import contact_sur
from models.person import Person
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason

_KINDS = {
    wire.Nature.DEMANDE_RECUE: ReplyKind.RECEIVED,
    wire.Nature.SUIVI_EN_PLACE: ReplyKind.FULFILLED,
    wire.Nature.SUIVI_IMPOSSIBLE: ReplyKind.REFUSED,
    wire.Nature.AUDIENCE_FIXEE: ReplyKind.INFORMATION,
    wire.Nature.ORDONNANCE_RENDUE: ReplyKind.INFORMATION,
    wire.Nature.ORDONNANCE_REJETEE: ReplyKind.INFORMATION,
}
_DETAILS = {
    wire.Nature.AUDIENCE_FIXEE: Detail.HEARING_DATE,
    wire.Nature.ORDONNANCE_RENDUE: Detail.PROTECTION_ORDER,
    wire.Nature.ORDONNANCE_REJETEE: Detail.PROTECTION_ORDER_REFUSED,
}
_REASONS = {
    wire.Motif.AUTRE_RESSORT: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.CONFLIT: RefusalReason.SAFETY_CONFLICT,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}


def request(slip: RequestSlip, person: Person) -> wire.OuvertureSuivi:
    """Word the wish to be kept informed."""
    return wire.OuvertureSuivi(
        reference_partenaire=slip.key,
        nom=person.family_name,
        prenom=person.given_name,
        date_naissance=person.born_on,
        contact=contact_sur(person.safe_contact),
    )


def reply(said: wire.Fait) -> AgencyReply:
    """Translate a fact."""
    return AgencyReply(
        event=said.id_fait,
        request_key=said.reference_partenaire,
        kind=_KINDS[said.nature],
        said_at=said.consigne_le.astimezone(UTC),
        reason=_REASONS[said.motif] if said.motif else None,
        detail=_DETAILS.get(said.nature),
        on=said.date_fait.astimezone(UTC) if said.date_fait else None,
        agency_reference=said.numero_suivi,
    )


def holding(said: wire.SuiviTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.reference_partenaire, said.numero_suivi, said.clos)


def dossier(said: wire.Suivi) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.faits]
