"""Psychological support ↔ our words, pure. What leaves: docs/privacy.md, column « Psy ».

Never leaves: the family name, the birth date, any address, proofs, danger band, resources, bank
details, parental authority. The person tells what there is to tell.
"""

from datetime import UTC

from connectors.contract import Holding, RequestSlip
from connectors.france_victimes import wire
from connectors.safe_contact import contact_sur
from models.person import Person
from models.reply import AgencyReply, ReplyKind
from models.request import RefusalReason

_KINDS = {
    wire.Type.RECU: ReplyKind.RECEIVED,
    wire.Type.RENDEZ_VOUS: ReplyKind.APPOINTMENT,
    wire.Type.LISTE_ATTENTE: ReplyKind.WAITING,
    wire.Type.SUIVI_ENGAGE: ReplyKind.FULFILLED,
    wire.Type.NON_RETENU: ReplyKind.REFUSED,
    wire.Type.ABSENCE: ReplyKind.FAILED,
}
_REASONS = {
    wire.Motif.CAPACITE: RefusalReason.NO_CAPACITY,
    wire.Motif.HORS_CHAMP: RefusalReason.NOT_ELIGIBLE,
    wire.Motif.HORS_SECTEUR: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.REORIENTATION: RefusalReason.WRONG_AGENCY,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}


def request(slip: RequestSlip, person: Person) -> wire.DemandeSoutien:
    """Word a request for support."""
    return wire.DemandeSoutien(
        reference_partenaire=slip.key,
        prenom=person.given_name,
        langue=person.language,
        contact=contact_sur(person.safe_contact),
        nombre_enfants=len(person.children),
    )


def reply(said: wire.Nouvelle) -> AgencyReply:
    """Translate a callback."""
    absent = said.type is wire.Type.ABSENCE
    why = _REASONS[said.motif] if said.motif else None
    return AgencyReply(
        event=said.nouvelle,
        request_key=said.reference_partenaire,
        kind=_KINDS[said.type],
        said_at=said.date.astimezone(UTC),
        reason=RefusalReason.NO_SHOW if absent else why,
        on=said.rendez_vous_le.astimezone(UTC) if said.rendez_vous_le else None,
        agency_reference=said.suivi,
    )


def holding(said: wire.DossierSoutienTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.reference_partenaire, said.suivi, said.annulee)


def dossier(said: wire.DossierSoutien) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.nouvelles]
