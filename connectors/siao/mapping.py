"""SIAO ↔ our words, pure. What leaves: docs/privacy.md, column « SIAO/115 ».

Never leaves: any proof (it may not be asked for), bank details, where the person lives, the names
of the children, the answers of a danger evaluation.
"""

from datetime import UTC, date

from connectors.contract import Holding, RequestSlip
from connectors.safe_contact import contact_sur
from connectors.siao import wire
from models.ages import age_on
from models.danger import DangerBand
from models.person import Gender, Person
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason

_PUBLICS = {
    Gender.WOMAN: wire.Public.FEMME,
    Gender.MAN: wire.Public.HOMME,
    Gender.OTHER: wire.Public.AUTRE,
    Gender.UNSAID: wire.Public.NON_PRECISE,
}
_DANGERS = {
    DangerBand.NOT_ASSESSED: wire.Danger.NON_EVALUE,
    DangerBand.WATCH: wire.Danger.VIGILANCE,
    DangerBand.HIGH: wire.Danger.ELEVE,
    DangerBand.IMMEDIATE: wire.Danger.IMMEDIAT,
}
# Rule: an orientation is a yes, not a night under a roof. Only an arrival fulfils.
_KINDS = {
    wire.Type.DEMANDE_RECUE: ReplyKind.RECEIVED,
    wire.Type.PROPOSITION: ReplyKind.OFFER,
    wire.Type.PROPOSITION_EXPIREE: ReplyKind.FAILED,
    wire.Type.LISTE_ATTENTE: ReplyKind.WAITING,
    wire.Type.ORIENTATION_VALIDEE: ReplyKind.ACCEPTED,
    wire.Type.ADMISSION_CONFIRMEE: ReplyKind.FULFILLED,
    wire.Type.NON_PRESENTATION: ReplyKind.FAILED,
    wire.Type.SANS_SOLUTION: ReplyKind.REFUSED,
}
_PLACES = {
    wire.TypePlace.DEDIEE: Detail.DEDICATED_PLACE,
    wire.TypePlace.URGENCE: Detail.EMERGENCY_PLACE,
    wire.TypePlace.HOTEL: Detail.HOTEL,
    wire.TypePlace.AUTRE_DEPARTEMENT: Detail.OTHER_DEPARTEMENT,
}
_REASONS = {
    wire.Motif.AUCUNE_PLACE: RefusalReason.NO_CAPACITY,
    wire.Motif.HORS_PUBLIC: RefusalReason.NOT_ELIGIBLE,
    wire.Motif.HORS_DEPARTEMENT: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.SECURITE: RefusalReason.SAFETY_CONFLICT,
    wire.Motif.DOUBLON: RefusalReason.DUPLICATE,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}
_TYPES_THAT_SAY_WHY = {
    wire.Type.PROPOSITION_EXPIREE: RefusalReason.NO_CAPACITY,
    wire.Type.NON_PRESENTATION: RefusalReason.NO_SHOW,
}


def request(slip: RequestSlip, person: Person, today: date) -> wire.DemandeHebergement:
    """Word a request for shelter."""
    return wire.DemandeHebergement(
        reference_partenaire=slip.key,
        personne=wire.Personne(
            nom=person.family_name,
            prenom=person.given_name,
            date_naissance=person.born_on,
            public=_PUBLICS[person.gender],
        ),
        menage=wire.Menage(
            ages_enfants=[age_on(today, child.born_on) for child in person.children],
            grossesse=person.pregnant,
            mobilite_reduite=person.reduced_mobility,
            animaux=person.pets,
        ),
        contact=contact_sur(person.safe_contact),
        communes_a_eviter=list(person.communes_to_avoid),
        niveau_danger=_DANGERS[slip.danger],
        # Law: in danger, straight into a specialised structure (circulaire du 25 novembre 2025).
        admission_directe=slip.danger is DangerBand.IMMEDIATE,
    )


def reply(said: wire.Notification) -> AgencyReply:
    """Translate a callback."""
    offer = said.proposition if said.type is wire.Type.PROPOSITION else None
    place = offer.type_place if offer else said.type_place
    why = _REASONS[said.motif] if said.motif else None
    return AgencyReply(
        event=said.id,
        request_key=said.reference_partenaire,
        kind=_KINDS[said.type],
        said_at=said.survenu_le.astimezone(UTC),
        reason=_TYPES_THAT_SAY_WHY.get(said.type) or why,
        detail=_PLACES[place] if place else None,
        offer=offer.numero if offer else None,
        expires_at=offer.expire_le.astimezone(UTC) if offer else None,
        agency_reference=said.numero_demande,
    )


def holding(said: wire.DemandeTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.reference_partenaire, said.numero_demande, said.annulee)


def dossier(said: wire.Demande) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.evenements]
