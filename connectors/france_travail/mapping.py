"""France Travail ↔ our words, pure. What leaves: docs/privacy.md, column « France Travail/ML ».

Never leaves: proofs, danger band, resources and bank details, health, anything of a child but the
count, communes to avoid.
"""

from datetime import UTC

from connectors.contract import Holding, RequestSlip
from connectors.france_travail import wire
from connectors.safe_contact import contact_sur
from models.person import JobStatus, Person
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason

_STATUSES = {
    JobStatus.EMPLOYED: wire.Statut.SALARIE,
    JobStatus.JOB_SEEKER: wire.Statut.DEMANDEUR,
    JobStatus.NOT_WORKING: wire.Statut.SANS_ACTIVITE,
    JobStatus.STUDENT: wire.Statut.ETUDIANT,
    JobStatus.SELF_EMPLOYED: wire.Statut.INDEPENDANT,
}
_KINDS = {
    wire.CodeEvenement.RECUE: ReplyKind.RECEIVED,
    wire.CodeEvenement.INFO: ReplyKind.NEED_INFO,
    wire.CodeEvenement.RENDEZ_VOUS: ReplyKind.APPOINTMENT,
    wire.CodeEvenement.SESSION: ReplyKind.ACCEPTED,
    wire.CodeEvenement.REALISEE: ReplyKind.FULFILLED,
    wire.CodeEvenement.FORMATION: ReplyKind.FULFILLED,
    wire.CodeEvenement.REJETEE: ReplyKind.REFUSED,
    wire.CodeEvenement.ABSENCE: ReplyKind.FAILED,
    wire.CodeEvenement.ATTENTE: ReplyKind.WAITING,
}
_DETAILS = {
    wire.CodeEvenement.INFO: Detail.IDENTITY,
    wire.CodeEvenement.SESSION: Detail.SESSION,
    wire.CodeEvenement.FORMATION: Detail.SESSION,
}
_REASONS = {
    wire.Motif.CAPACITE: RefusalReason.NO_CAPACITY,
    wire.Motif.CONDITIONS: RefusalReason.NOT_ELIGIBLE,
    wire.Motif.AGENCE: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.MISSION_LOCALE: RefusalReason.WRONG_AGENCY,
    wire.Motif.DOUBLON: RefusalReason.DUPLICATE,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}


def request(slip: RequestSlip, person: Person) -> wire.Orientation:
    """Word an orientation; work or training is in the address, not in the body."""
    return wire.Orientation(
        referencePartenaire=slip.key,
        identite=wire.Identite(
            nom=person.family_name, prenom=person.given_name, dateNaissance=person.born_on
        ),
        contact=contact_sur(person.safe_contact),
        codeCommune=person.commune,
        nombreEnfants=len(person.children),
        statut=_STATUSES[person.job_status],
    )


def reply(said: wire.Evenement) -> AgencyReply:
    """Translate an event."""
    absent = said.code is wire.CodeEvenement.ABSENCE
    why = _REASONS[said.motif] if said.motif else None
    return AgencyReply(
        event=said.idEvenement,
        request_key=said.referencePartenaire,
        kind=_KINDS[said.code],
        said_at=said.date.astimezone(UTC),
        reason=RefusalReason.NO_SHOW if absent else why,
        detail=_DETAILS.get(said.code),
        on=said.dateRendezVous.astimezone(UTC) if said.dateRendezVous else None,
        agency_reference=said.idOrientation,
    )


def holding(said: wire.DossierOrientationTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.referencePartenaire, said.idOrientation, said.retiree)


def dossier(said: wire.DossierOrientation) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.evenements]
