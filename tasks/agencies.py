"""Which connector speaks to an agency, from the territory files; the registry keeps them open."""

from connectors.configuration import faults_of_secrets
from connectors.contract import AgencyConnector, Health, RequestSlip
from connectors.registry import check_all, connector_for
from core.settings import settings
from models.territories import known_territories
from models.territory import Agency, Territory
from store import letterbox
from store.clock import journey_clock


class AgencyUnknown(LookupError):
    """No territory file names this agency."""


def territory_of(agency: str) -> Territory:
    """Return the territory that an agency belongs to. Raises `AgencyUnknown`."""
    for territory in known_territories(settings().territories).values():
        if any(known.code == agency for known in territory.agencies):
            return territory
    raise AgencyUnknown(f"organisme {agency} : absent des fichiers de territoires")


def agency_of(code: str) -> Agency:
    """Return an agency by its code. Raises `AgencyUnknown`."""
    return territory_of(code).agency(code)


def connector(code: str) -> AgencyConnector:
    """Return the connector of an agency. Raises `AgencyUnknown` or `NotConfigured`."""
    return connector_for(
        agency_of(code), deliver=letterbox.deliver, link_for=_link_for, clock=journey_clock()
    )


def _link_for(slip: RequestSlip) -> str:
    return f"{settings().door_url}/boite/{letterbox.link_token_for(slip.key)}"


def faults_of_agency_secrets() -> dict[str, list[str]]:
    """Return what is wrong with the secrets that agencies call back with, by agency code."""
    territories = known_territories(settings().territories).values()
    return faults_of_secrets(agency for one in territories for agency in one.agencies)


def check_agencies(agencies: list[Agency]) -> dict[str, Health]:
    """Tell of each agency that has a connector whether it is configured, reachable, and lets us
    in.
    """
    return check_all(agencies, deliver=letterbox.deliver, link_for=_link_for)
