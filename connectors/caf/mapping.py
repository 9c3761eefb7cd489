"""CAF ↔ our words, pure. What leaves: docs/privacy.md, column « CAF/MSA AUU ».

Never leaves: where the person lives or will live, communes to avoid, the danger band, parental
authority, health, the names of the children.
"""

from datetime import UTC, date

from connectors.caf import wire
from connectors.contract import Holding, RequestSlip
from connectors.safe_contact import contact_sur
from models.ages import is_in_charge
from models.person import EvidenceKind, JobStatus, Person, ResourcesBand
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason

_SITUATIONS = {
    JobStatus.EMPLOYED: wire.Situation.EMPLOI,
    JobStatus.JOB_SEEKER: wire.Situation.RECHERCHE,
    JobStatus.NOT_WORKING: wire.Situation.SANS_ACTIVITE,
    JobStatus.STUDENT: wire.Situation.ETUDES,
    JobStatus.SELF_EMPLOYED: wire.Situation.INDEPENDANT,
}
_BANDS = {
    ResourcesBand.UP_TO_HALF: wire.Tranche.JUSQU_A_UN_DEMI,
    ResourcesBand.UP_TO_ONE: wire.Tranche.JUSQU_A_UN,
    ResourcesBand.UP_TO_ONE_AND_HALF: wire.Tranche.JUSQU_A_UN_ET_DEMI,
    ResourcesBand.ABOVE: wire.Tranche.AU_DELA,
}
_PROOFS = {
    EvidenceKind.PROTECTION_ORDER: wire.NatureJustificatif.ORDONNANCE,
    EvidenceKind.COMPLAINT: wire.NatureJustificatif.PLAINTE,
    EvidenceKind.REPORT_TO_PROSECUTOR: wire.NatureJustificatif.SIGNALEMENT,
}
_KINDS = {
    wire.Etat.RECUE: ReplyKind.RECEIVED,
    wire.Etat.PIECE_DEMANDEE: ReplyKind.NEED_INFO,
    wire.Etat.ACCORDEE: ReplyKind.ACCEPTED,
    wire.Etat.REJETEE: ReplyKind.REFUSED,
    wire.Etat.PAYEE: ReplyKind.FULFILLED,
    wire.Etat.PAIEMENT_ECHOUE: ReplyKind.FAILED,
}
_DETAILS: dict[wire.NatureAide | wire.Piece, Detail] = {
    wire.NatureAide.DON: Detail.GIFT,
    wire.NatureAide.PRET: Detail.LOAN,
    wire.Piece.JUSTIFICATIF: Detail.EVIDENCE,
    wire.Piece.RIB: Detail.BANK_DETAILS,
    wire.Piece.IDENTITE: Detail.IDENTITY,
    wire.Piece.AUTRE: Detail.OTHER_DOCUMENT,
}
_REASONS = {
    wire.Motif.CONDITIONS: RefusalReason.NOT_ELIGIBLE,
    wire.Motif.AUTRE_CAISSE: RefusalReason.WRONG_AGENCY,
    wire.Motif.HORS_DEPARTEMENT: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.JUSTIFICATIF_ABSENT: RefusalReason.EVIDENCE_MISSING,
    wire.Motif.JUSTIFICATIF_ANCIEN: RefusalReason.EVIDENCE_TOO_OLD,
    wire.Motif.DEJA_VERSEE: RefusalReason.ALREADY_PAID_12M,
    wire.Motif.DOUBLON: RefusalReason.DUPLICATE,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}


def request(slip: RequestSlip, person: Person, today: date) -> wire.DemandeAuu:
    """Word a request for the allowance."""
    household = person.household
    return wire.DemandeAuu(
        reference_partenaire=slip.key,
        demandeur=wire.Demandeur(
            nom=person.family_name, prenom=person.given_name, date_naissance=person.born_on
        ),
        contact=contact_sur(person.safe_contact),
        adresse_courrier=person.mail_address,
        enfants=[
            wire.Enfant(date_naissance=child.born_on)
            for child in person.children
            if is_in_charge(today, child.born_on)
        ],
        situation_professionnelle=_SITUATIONS[person.job_status],
        tranche_ressources=_BANDS[household.resources_band],
        allocataire=household.is_allocataire,
        dossier_separe=household.shares_file,
        iban_nominatif=household.sole_name_iban,
        justificatif=_one_proof(person),
        transmission_departement=slip.told_to_departement,
    )


def _one_proof(person: Person) -> wire.Justificatif | None:
    """One is enough (CASF L214-9): the latest, which has the most time left (D214-11)."""
    latest = max(person.evidence, key=lambda proof: proof.dated_on, default=None)
    if latest is None:
        return None
    return wire.Justificatif(nature=_PROOFS[latest.kind], date=latest.dated_on)


def reply(said: wire.Notification) -> AgencyReply:
    """Translate a callback."""
    about = said.piece or said.nature_aide
    return AgencyReply(
        event=said.evenement,
        request_key=said.reference_partenaire,
        kind=_KINDS[said.etat],
        said_at=said.date_evenement.astimezone(UTC),
        reason=_REASONS[said.motif] if said.motif else None,
        detail=_DETAILS[about] if about else None,
        cents=said.montant_centimes,
        agency_reference=said.numero_dossier,
    )


def holding(said: wire.DossierTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.reference_partenaire, said.numero_dossier, said.annulee)


def dossier(said: wire.Dossier) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.notifications]
