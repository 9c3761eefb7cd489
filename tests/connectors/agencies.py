"""The agencies of a territory as the tests know them, and how to reach each in the sandbox."""

import base64
from dataclasses import dataclass

from connectors.bav.client import BavConnector
from connectors.bav.settings import BavSettings
from connectors.caf.client import CafConnector
from connectors.caf.settings import CafSettings
from connectors.configuration import load, variable
from connectors.france_travail.client import FranceTravailConnector
from connectors.france_travail.settings import FranceTravailSettings
from connectors.france_victimes.client import FranceVictimesConnector
from connectors.france_victimes.settings import FranceVictimesSettings
from connectors.http import Patience
from connectors.petite_enfance.client import PetiteEnfanceConnector
from connectors.petite_enfance.settings import PetiteEnfanceSettings
from connectors.registry import HeldConnector
from connectors.siao.client import SiaoConnector
from connectors.siao.settings import SiaoSettings
from core.clock import Clock
from models.agency import AgencyKind, Channel
from models.measure import Measure
from models.territory import Agency


def agency(code: str, kind: AgencyKind, address: str = "https://ailleurs.example") -> Agency:
    """Return an agency with an API."""
    return Agency(
        code=code,
        kind=kind,
        name=f"Organisme {code}",
        channel=Channel.API,
        address=address,
        phone="03 53 01 00 00",
        emits={},
    )


AGENCIES = {
    one.code: one
    for one in (
        agency("caf-21", AgencyKind.CAF),
        agency("msa-21", AgencyKind.CAF),
        agency("siao-21", AgencyKind.SIAO),
        agency("petite-enfance-21", AgencyKind.CHILDCARE),
        agency("france-travail-21", AgencyKind.FRANCE_TRAVAIL),
        agency("france-victimes-21", AgencyKind.FRANCE_VICTIMES),
        agency("bav-21", AgencyKind.JUSTICE),
    )
}


@dataclass(frozen=True)
class Line:
    """One measure asked of one agency."""

    agency: str
    measure: Measure
    polled: bool = False

    def __str__(self) -> str:
        return f"{self.agency}-{self.measure.value}"


LINES = (
    Line("caf-21", Measure.AUU),
    Line("msa-21", Measure.AUU),
    Line("siao-21", Measure.HOUSING),
    Line("petite-enfance-21", Measure.CHILDCARE),
    Line("france-travail-21", Measure.EMPLOYMENT, polled=True),
    Line("france-travail-21", Measure.TRAINING, polled=True),
    Line("france-victimes-21", Measure.PSY),
    Line("bav-21", Measure.JUSTICE, polled=True),
)


def environment(code: str) -> dict[str, str]:
    """Return the variables of an agency, its address aside."""
    secret = base64.b64encode(f"secret-of-{code}-and-some-more".encode()).decode()
    values = {
        "secret": f"whsec_{secret}",
        "token": f"token-of-{code}",
        "client_id": f"client-of-{code}",
        "client_secret": f"client-secret-of-{code}",
    }
    return {variable(code, name): value for name, value in values.items()}


def connect(one: Agency, clock: Clock, patience: Patience) -> HeldConnector:
    """Return the connector of an agency, as patient as the test wants it."""
    match one.kind:
        case AgencyKind.CAF:
            return CafConnector(one.code, load(CafSettings, one), clock, patience)
        case AgencyKind.SIAO:
            return SiaoConnector(one.code, load(SiaoSettings, one), clock, patience)
        case AgencyKind.CHILDCARE:
            settings = load(PetiteEnfanceSettings, one)
            return PetiteEnfanceConnector(one.code, settings, clock, patience)
        case AgencyKind.FRANCE_TRAVAIL:
            return FranceTravailConnector(one.code, load(FranceTravailSettings, one), patience)
        case AgencyKind.FRANCE_VICTIMES:
            return FranceVictimesConnector(one.code, load(FranceVictimesSettings, one), patience)
        case AgencyKind.JUSTICE:
            return BavConnector(one.code, load(BavSettings, one), patience)
    raise LookupError(one.kind)
