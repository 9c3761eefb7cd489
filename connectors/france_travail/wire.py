"""France Travail's own words: docs/contracts/france_travail.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import Moment, Said, Sent


class Statut(StrEnum):
    """Statut professionnel."""

    SALARIE = "salarie"
    DEMANDEUR = "demandeurEmploi"
    SANS_ACTIVITE = "sansActivite"
    ETUDIANT = "etudiant"
    INDEPENDANT = "independant"


class Identite(Sent):
    """Civil identity."""

    nom: str
    prenom: str
    dateNaissance: date


class Orientation(Sent):
    """A person oriented towards a counsellor, for work or for training."""

    referencePartenaire: str
    identite: Identite
    contact: ContactSur
    codeCommune: str
    nombreEnfants: int
    statut: Statut


class OrientationCreee(Said):
    """The answer to an orientation."""

    referencePartenaire: str
    idOrientation: Annotated[str, Field(min_length=1, max_length=60)]


class CodeEvenement(StrEnum):
    """What an event says."""

    RECUE = "orientationRecue"
    INFO = "informationManquante"
    RENDEZ_VOUS = "rendezVousFixe"
    SESSION = "entreeEnSession"
    REALISEE = "accompagnementDemarre"
    FORMATION = "formationDemarree"
    REJETEE = "orientationRejetee"
    ABSENCE = "absenceRendezVous"
    ATTENTE = "listeAttente"


class Motif(StrEnum):
    """Why not."""

    CAPACITE = "plusDePlace"
    CONDITIONS = "conditionsNonRemplies"
    AGENCE = "horsRessortAgence"
    MISSION_LOCALE = "releveMissionLocale"
    DOUBLON = "doublon"
    INJOIGNABLE = "injoignable"
    AUTRE = "autre"


class Evenement(Said):
    """One polled event."""

    idEvenement: Annotated[str, Field(min_length=1, max_length=100)]
    referencePartenaire: Annotated[str, Field(min_length=1, max_length=120)]
    idOrientation: Annotated[str, Field(min_length=1, max_length=60)]
    date: Moment
    code: CodeEvenement
    dateRendezVous: Moment | None = None
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        CodeEvenement.RENDEZ_VOUS: ("dateRendezVous",),
        CodeEvenement.SESSION: ("dateRendezVous",),
        CodeEvenement.REJETEE: ("motif",),
    }

    @property
    def word(self) -> str:
        """An event is named by its code."""
        return self.code


class PageEvenements(Said):
    """A page of events, oldest first."""

    evenements: list[Evenement]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""


class DossierOrientationTenu(Said):
    """A request that the agency holds, as its list tells it."""

    referencePartenaire: Annotated[str, Field(min_length=1, max_length=120)]
    idOrientation: Annotated[str, Field(min_length=1, max_length=60)]
    retiree: bool


class DossierOrientation(DossierOrientationTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    evenements: list[Evenement]


class DossiersOrientation(Said):
    """A page of the requests that the agency holds, oldest first."""

    orientations: list[DossierOrientationTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
