"""The help desk's own words: docs/contracts/bav.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.safe_contact import ContactSur
from connectors.words import Moment, Said, Sent


class OuvertureSuivi(Sent):
    """Asks to be kept informed. Files nothing, asks a judge for nothing."""

    reference_partenaire: str
    nom: str
    prenom: str
    date_naissance: date
    contact: ContactSur


class SuiviOuvert(Said):
    """The answer to it."""

    reference_partenaire: str
    numero_suivi: Annotated[str, Field(min_length=1, max_length=60)]


class Nature(StrEnum):
    """What a fact is."""

    DEMANDE_RECUE = "DEMANDE_RECUE"
    SUIVI_EN_PLACE = "SUIVI_EN_PLACE"
    SUIVI_IMPOSSIBLE = "SUIVI_IMPOSSIBLE"
    AUDIENCE_FIXEE = "AUDIENCE_FIXEE"
    ORDONNANCE_RENDUE = "ORDONNANCE_PROTECTION_RENDUE"
    ORDONNANCE_REJETEE = "ORDONNANCE_PROTECTION_REJETEE"


class Motif(StrEnum):
    """Why no follow-up."""

    AUTRE_RESSORT = "AUTRE_RESSORT"
    CONFLIT = "CONFLIT_INTERETS"
    INJOIGNABLE = "INJOIGNABLE"
    AUTRE = "AUTRE"


class Fait(Said):
    """One dated fact."""

    id_fait: Annotated[str, Field(min_length=1, max_length=100)]
    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_suivi: Annotated[str, Field(min_length=1, max_length=60)]
    consigne_le: Moment
    nature: Nature
    date_fait: Moment | None = None
    """When the hearing is, or when the order was given."""
    motif: Motif | None = None

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Nature.AUDIENCE_FIXEE: ("date_fait",),
        Nature.ORDONNANCE_RENDUE: ("date_fait",),
        Nature.ORDONNANCE_REJETEE: ("date_fait",),
        Nature.SUIVI_IMPOSSIBLE: ("motif",),
    }

    @property
    def word(self) -> str:
        """A fact is named by its nature."""
        return self.nature


class Faits(Said):
    """Every fact since an instant, oldest first."""

    faits: list[Fait]


class SuiviTenu(Said):
    """A request that the agency holds, as its list tells it."""

    reference_partenaire: Annotated[str, Field(min_length=1, max_length=120)]
    numero_suivi: Annotated[str, Field(min_length=1, max_length=60)]
    clos: bool


class Suivi(SuiviTenu):
    """One request that the agency holds, with all that it said of it, oldest first."""

    faits: list[Fait]


class Suivis(Said):
    """A page of the requests that the agency holds, oldest first."""

    suivis: list[SuiviTenu]
    suite: Annotated[str, Field(max_length=100)] | None = None
    """Where the next page starts; None on the last."""
