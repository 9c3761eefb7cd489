"""Childcare ↔ our words, pure. What leaves: docs/privacy.md, column « Crèche/commune ».

Never leaves: proofs, danger band, resources and bank details, the parent's birth date, any address
beyond the commune.
"""

from datetime import UTC, date

from connectors.contract import Holding, RequestSlip
from connectors.petite_enfance import wire
from connectors.safe_contact import contact_sur
from models.ages import age_on
from models.person import ParentalAuthority, Person
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason

# Programme rule, not law: the desk also places schoolchildren outside class hours.
_CHILD_UNDER = 12

_AUTHORITIES = {
    ParentalAuthority.JOINT: wire.Autorite.CONJOINTE,
    ParentalAuthority.SOLE: wire.Autorite.EXCLUSIVE,
    ParentalAuthority.SUSPENDED: wire.Autorite.SUSPENDUE,
    ParentalAuthority.DECIDED_BY_JAF: wire.Autorite.FIXEE,
    ParentalAuthority.UNKNOWN: wire.Autorite.INCONNUE,
}
_KINDS = {
    wire.Decision.ENREGISTREE: ReplyKind.RECEIVED,
    wire.Decision.PIECE_MANQUANTE: ReplyKind.NEED_INFO,
    wire.Decision.LISTE_ATTENTE: ReplyKind.WAITING,
    wire.Decision.PLACE_ATTRIBUEE: ReplyKind.ACCEPTED,
    wire.Decision.ACCUEIL_COMMENCE: ReplyKind.FULFILLED,
    wire.Decision.DEFAVORABLE: ReplyKind.REFUSED,
    wire.Decision.PLACE_PERDUE: ReplyKind.FAILED,
}
_CARE = {
    wire.Accueil.REGULIER: Detail.REGULAR_CARE,
    wire.Accueil.OCCASIONNEL: Detail.OCCASIONAL_CARE,
}
_REASONS = {
    wire.Motif.COMPLET: RefusalReason.NO_CAPACITY,
    wire.Motif.HORS_CRITERES: RefusalReason.NOT_ELIGIBLE,
    wire.Motif.HORS_COMMUNE: RefusalReason.OUT_OF_TERRITORY,
    wire.Motif.SECURITE: RefusalReason.SAFETY_CONFLICT,
    wire.Motif.DOUBLON: RefusalReason.DUPLICATE,
    wire.Motif.INJOIGNABLE: RefusalReason.UNREACHABLE,
    wire.Motif.ABSENCE: RefusalReason.NO_SHOW,
    wire.Motif.AUTRE: RefusalReason.OTHER,
}


def children_to_place(person: Person, today: date) -> list[wire.Enfant]:
    """Return the children young enough for the desk; nothing is said of the others."""
    return [
        wire.Enfant(nom=child.family_name, prenom=child.given_name, date_naissance=child.born_on)
        for child in person.children
        if age_on(today, child.born_on) < _CHILD_UNDER
    ]


def request(slip: RequestSlip, person: Person, children: list[wire.Enfant]) -> wire.Inscription:
    """Word a request for care of at least one child."""
    return wire.Inscription(
        reference_partenaire=slip.key,
        parent=wire.Parent(nom=person.family_name, prenom=person.given_name),
        contact=contact_sur(person.safe_contact),
        enfants=children,
        commune=person.commune,
        communes_a_eviter=list(person.communes_to_avoid),
        # Rule: a few hours a week are better than a place in a year.
        accueils_acceptes=[wire.Accueil.REGULIER, wire.Accueil.OCCASIONNEL],
        autorite_parentale=_AUTHORITIES[person.parental_authority],
        interdits_de_retrait=list(person.forbidden_collectors),
    )


def reply(said: wire.Avis) -> AgencyReply:
    """Translate a callback."""
    missing = said.decision is wire.Decision.PIECE_MANQUANTE
    care = _CARE[said.accueil] if said.accueil else None
    return AgencyReply(
        event=said.avis,
        request_key=said.reference_partenaire,
        kind=_KINDS[said.decision],
        said_at=said.le.astimezone(UTC),
        reason=_REASONS[said.motif] if said.motif else None,
        detail=Detail.OTHER_DOCUMENT if missing else care,
        agency_reference=said.dossier,
    )


def holding(said: wire.DossierInscriptionTenu) -> Holding:
    """Translate what the agency holds of one request."""
    return Holding(said.reference_partenaire, said.dossier, said.radiee)


def dossier(said: wire.DossierInscription) -> tuple[Holding, list[AgencyReply]]:
    """Translate what the agency holds of one request, and all that it said of it."""
    return holding(said), [reply(one) for one in said.avis]
