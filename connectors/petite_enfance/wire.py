"""The childcare desk's own words: docs/contracts/petite_enfance.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import EventNumber, Moment, Said, Sent


class Autorite(StrEnum):
    """Autorité parentale."""

    CONJOINTE = "CONJOINTE"
    EXCLUSIVE = "EXCLUSIVE"
    SUSPENDUE = "SUSPENDUE_DE_PLEIN_DROIT"
    FIXEE = "FIXEE_PAR_LE_JAF"
    INCONNUE = "INCONNUE"


class Accueil(StrEnum):
    """Kind of care."""

    REGULIER = "REGULIER"
    OCCASIONNEL = "OCCASIONNEL"


class Parent(Sent):
    """Who asks."""

    nom: str
    prenom: str


class Enfant(Sent):
    """A child to look after."""

    nom: str
    prenom: str
    date_naissance: date


class Inscription(Sent):
    """A request for priority care."""

    reference_partenaire: str
    parent: Parent
    contact: ContactSur
    enfants: Annotated[list[Enfant], Field(min_length=1)]
    commune: str
    communes_a_eviter: list[str]
    accueils_acceptes: list[Accueil]
    autorite_parentale: Autorite
    interdits_de_retrait: list[str]
    """Who may not collect the child."""


class Inscrit(Said):
    """The answer to a request."""

    reference_partenaire: str
    dossier: Annotated[str, Field(min_length=1, max_length=60)]


class Decision(StrEnum):
    """What a callback says."""

    ENREGISTREE = "ENREGISTREE"
    PIECE_MANQUANTE = "PIECE_MANQUANTE"
    LISTE_ATTENTE = "LISTE_ATTENTE"
    PLACE_ATTRIBUEE = "PLACE_ATTRIBUEE"
    ACCUEIL_COMMENCE = "ACCUEIL_COMMENCE"
    DEFAVORABLE = "DEFAVORABLE"
    PLACE_PERDUE = "PLACE_PERDUE"


class Motif(StrEnum):
    """Why not."""

    COMPLET = "COMPLET"
    HORS_CRITERES = "HORS_CRITERES"
    HORS_COMMUNE = "HORS_COMMUNE"
    SECURITE = "CONFLIT_SECURITE"
    DOUBLON = "DOUBLON"
    INJOIGNABLE = "INJOIGNABLE"
    ABSENCE = "ABSENCE"
    AUTRE = "AUTRE"


class Avis(Said):
    """A signed callback."""

    avis: EventNumber
    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    dossier: Annotated[str, Field(min_length=1, max_length=60)]
    le: Moment
    decision: Decision
    accueil: Accueil | None = None
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Decision.PLACE_ATTRIBUEE: ("accueil",),
        Decision.ACCUEIL_COMMENCE: ("accueil",),
        Decision.DEFAVORABLE: ("motif",),
        Decision.PLACE_PERDUE: ("motif",),
    }

    @property
    def word(self) -> str:
        """A callback is named by its decision."""
        return self.decision


class DossierInscriptionTenu(Said):
    """A request that the agency holds, as its list tells it."""

    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    dossier: Annotated[str, Field(min_length=1, max_length=60)]
    radiee: bool


class DossierInscription(DossierInscriptionTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    avis: list[Avis]


class DossiersInscription(Said):
    """A page of the requests that the agency holds, oldest first."""

    inscriptions: list[DossierInscriptionTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
