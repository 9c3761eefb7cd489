"""The association's own words: docs/contracts/france_victimes.openapi.yaml."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import EventNumber, Moment, Said, Sent


class DemandeSoutien(Sent):
    """A request for support. A given name is enough; the person tells the rest, if at all."""

    reference_partenaire: str
    prenom: str
    langue: str
    """ISO 639-1: an interpreter may be needed."""
    contact: ContactSur
    nombre_enfants: int


class Accuse(Said):
    """The answer to a request."""

    reference_partenaire: str
    suivi: Annotated[str, Field(min_length=1, max_length=60)]


class Type(StrEnum):
    """What a callback says."""

    RECU = "RECU"
    RENDEZ_VOUS = "RENDEZ_VOUS"
    LISTE_ATTENTE = "LISTE_ATTENTE"
    SUIVI_ENGAGE = "SUIVI_ENGAGE"
    NON_RETENU = "NON_RETENU"
    ABSENCE = "ABSENCE"


class Motif(StrEnum):
    """Why not."""

    CAPACITE = "CAPACITE"
    HORS_CHAMP = "HORS_CHAMP"
    HORS_SECTEUR = "HORS_SECTEUR"
    REORIENTATION = "REORIENTATION"
    INJOIGNABLE = "INJOIGNABLE"
    AUTRE = "AUTRE"


class Nouvelle(Said):
    """A signed callback."""

    nouvelle: EventNumber
    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    suivi: Annotated[str, Field(min_length=1, max_length=60)]
    date: Moment
    type: Type
    rendez_vous_le: Moment | None = None
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Type.RENDEZ_VOUS: ("rendez_vous_le",),
        Type.NON_RETENU: ("motif",),
    }

    @property
    def word(self) -> str:
        """A callback is named by its type."""
        return self.type


class DossierSoutienTenu(Said):
    """A request that the agency holds, as its list tells it."""

    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    suivi: Annotated[str, Field(min_length=1, max_length=60)]
    annulee: bool


class DossierSoutien(DossierSoutienTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    nouvelles: list[Nouvelle]


class DossiersSoutien(Said):
    """A page of the requests that the agency holds, oldest first."""

    demandes: list[DossierSoutienTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
