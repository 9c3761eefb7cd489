"""The caisse's own words: docs/contracts/caf.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import EventNumber, Moment, Said, Sent

Montant = Annotated[int, Field(ge=0, le=1_000_000)]


class Situation(StrEnum):
    """Situation professionnelle."""

    EMPLOI = "EMPLOI"
    RECHERCHE = "RECHERCHE_EMPLOI"
    SANS_ACTIVITE = "SANS_ACTIVITE"
    ETUDES = "ETUDES"
    INDEPENDANT = "INDEPENDANT"


class Tranche(StrEnum):
    """Ressources du mois précédent, en SMIC net mensuel (CASF D214-14)."""

    JUSQU_A_UN_DEMI = "0_0.5"
    JUSQU_A_UN = "0.5_1"
    JUSQU_A_UN_ET_DEMI = "1_1.5"
    AU_DELA = "1.5_PLUS"


class NatureJustificatif(StrEnum):
    """Les trois preuves recevables (CASF L214-9)."""

    ORDONNANCE = "ORDONNANCE_PROTECTION"
    PLAINTE = "DEPOT_PLAINTE"
    SIGNALEMENT = "SIGNALEMENT_PROCUREUR"


class Demandeur(Sent):
    """Civil identity."""

    nom: str
    prenom: str
    date_naissance: date


class Enfant(Sent):
    """A child in charge, by age alone."""

    date_naissance: date


class Justificatif(Sent):
    """The one proof."""

    nature: NatureJustificatif
    date: date


class DemandeAuu(Sent):
    """A request for the allowance."""

    reference_partenaire: str
    demandeur: Demandeur
    contact: ContactSur
    adresse_courrier: str | None
    """None: no letter at all."""
    enfants: list[Enfant]
    situation_professionnelle: Situation
    tranche_ressources: Tranche
    allocataire: bool
    dossier_separe: bool
    iban_nominatif: str | None
    justificatif: Justificatif | None
    transmission_departement: bool
    """CASF L214-9: the département is told only with an express agreement."""


class PriseEnCompte(Said):
    """The 202: taken in charge; the file's number comes by callback."""

    reference_partenaire: str


class Etat(StrEnum):
    """What a callback says of the file."""

    RECUE = "RECUE"
    PIECE_DEMANDEE = "PIECE_DEMANDEE"
    ACCORDEE = "ACCORDEE"
    REJETEE = "REJETEE"
    PAYEE = "PAYEE"
    PAIEMENT_ECHOUE = "PAIEMENT_ECHOUE"


class NatureAide(StrEnum):
    """Gift or interest-free loan (CASF D214-13)."""

    DON = "DON"
    PRET = "PRET"


class Piece(StrEnum):
    """What is missing."""

    JUSTIFICATIF = "JUSTIFICATIF"
    RIB = "RIB"
    IDENTITE = "IDENTITE"
    AUTRE = "AUTRE"


class Motif(StrEnum):
    """Why not."""

    CONDITIONS = "CONDITIONS_NON_REMPLIES"
    AUTRE_CAISSE = "AUTRE_CAISSE"
    HORS_DEPARTEMENT = "HORS_DEPARTEMENT"
    JUSTIFICATIF_ABSENT = "JUSTIFICATIF_ABSENT"
    JUSTIFICATIF_ANCIEN = "JUSTIFICATIF_PLUS_DE_12_MOIS"
    DEJA_VERSEE = "DEJA_VERSEE_12_MOIS"
    DOUBLON = "DOUBLON"
    INJOIGNABLE = "INJOIGNABLE"
    AUTRE = "AUTRE"


class Notification(Said):
    """A signed callback."""

    evenement: EventNumber
    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_dossier: Annotated[str, Field(min_length=1, max_length=60)]
    date_evenement: Moment
    etat: Etat
    nature_aide: NatureAide | None = None
    montant_centimes: Montant | None = None
    piece: Piece | None = None
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Etat.PIECE_DEMANDEE: ("piece",),
        Etat.ACCORDEE: ("nature_aide", "montant_centimes"),
        Etat.REJETEE: ("motif",),
        Etat.PAYEE: ("nature_aide", "montant_centimes"),
        Etat.PAIEMENT_ECHOUE: ("motif",),
    }

    @property
    def word(self) -> str:
        """A callback is named by its state."""
        return self.etat


class DossierTenu(Said):
    """A request that the agency holds, as its list tells it."""

    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_dossier: Annotated[str, Field(min_length=1, max_length=60)]
    annulee: bool


class Dossier(DossierTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    notifications: list[Notification]


class Dossiers(Said):
    """A page of the requests that the agency holds, oldest first."""

    dossiers: list[DossierTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
