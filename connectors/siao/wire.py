"""The SIAO's own words: docs/contracts/siao.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import EventNumber, Moment, Said, Sent

Numero = Annotated[str, Field(min_length=1, max_length=60)]


class Public(StrEnum):
    """Places may be for women, for men, or mixed."""

    FEMME = "FEMME"
    HOMME = "HOMME"
    AUTRE = "AUTRE"
    NON_PRECISE = "NON_PRECISE"


class Danger(StrEnum):
    """The band alone, never an answer of the evaluation."""

    NON_EVALUE = "NON_EVALUE"
    VIGILANCE = "VIGILANCE"
    ELEVE = "ELEVE"
    IMMEDIAT = "IMMEDIAT"


class Personne(Sent):
    """Civil identity."""

    nom: str
    prenom: str
    date_naissance: date
    public: Public


class Menage(Sent):
    """Who must be housed, and what the place must allow."""

    ages_enfants: list[int]
    grossesse: bool
    mobilite_reduite: bool
    animaux: bool


class DemandeHebergement(Sent):
    """A request for shelter. No proof may be asked for (circulaire du 25 novembre 2025)."""

    reference_partenaire: str
    personne: Personne
    menage: Menage
    contact: ContactSur
    communes_a_eviter: list[str]
    niveau_danger: Danger
    admission_directe: bool
    """Asks for a specialised structure, without the queue (circulaire du 25 novembre 2025)."""


class Enregistrement(Said):
    """The 201: recorded under a number."""

    reference_partenaire: str
    numero_demande: Numero


class Type(StrEnum):
    """What a callback says."""

    DEMANDE_RECUE = "DEMANDE_RECUE"
    PROPOSITION = "PROPOSITION"
    PROPOSITION_EXPIREE = "PROPOSITION_EXPIREE"
    LISTE_ATTENTE = "LISTE_ATTENTE"
    ORIENTATION_VALIDEE = "ORIENTATION_VALIDEE"
    ADMISSION_CONFIRMEE = "ADMISSION_CONFIRMEE"
    NON_PRESENTATION = "NON_PRESENTATION"
    SANS_SOLUTION = "SANS_SOLUTION"


class TypePlace(StrEnum):
    """Fallback order of a real protocol: dedicated, any emergency place, hotel, elsewhere."""

    DEDIEE = "PLACE_DEDIEE"
    URGENCE = "PLACE_URGENCE"
    HOTEL = "HOTEL"
    AUTRE_DEPARTEMENT = "AUTRE_DEPARTEMENT"


class Motif(StrEnum):
    """Why not."""

    AUCUNE_PLACE = "AUCUNE_PLACE"
    HORS_PUBLIC = "HORS_PUBLIC"
    HORS_DEPARTEMENT = "HORS_DEPARTEMENT"
    SECURITE = "CONFLIT_SECURITE"
    DOUBLON = "DOUBLON"
    INJOIGNABLE = "INJOIGNABLE"
    AUTRE = "AUTRE"


class Proposition(Said):
    """A place, held until an hour. Its address is given by telephone only, to the person."""

    numero: Numero
    type_place: TypePlace
    expire_le: Moment


class Notification(Said):
    """A signed callback."""

    id: EventNumber
    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_demande: Numero
    survenu_le: Moment
    type: Type
    proposition: Proposition | None = None
    type_place: TypePlace | None = None
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Type.PROPOSITION: ("proposition",),
        Type.ORIENTATION_VALIDEE: ("type_place",),
        Type.ADMISSION_CONFIRMEE: ("type_place",),
        Type.SANS_SOLUTION: ("motif",),
    }

    @property
    def word(self) -> str:
        """A callback is named by its type."""
        return self.type


class DemandeTenu(Said):
    """A request that the agency holds, as its list tells it."""

    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_demande: Annotated[str, Field(min_length=1, max_length=60)]
    annulee: bool


class Demande(DemandeTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    evenements: list[Notification]


class Demandes(Said):
    """A page of the requests that the agency holds, oldest first."""

    demandes: list[DemandeTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
