"""Agency of a territory → its connector, once per process. The only module that knows all."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Protocol

from connectors.bav.client import BavConnector
from connectors.bav.settings import BavSettings
from connectors.caf import wire as caf
from connectors.caf.client import CafConnector
from connectors.caf.settings import CafSettings
from connectors.configuration import faults_of_secrets, load, overlap
from connectors.contract import AgencyConnector, Health
from connectors.errors import NotConfigured, NotSupported
from connectors.france_travail.client import FranceTravailConnector
from connectors.france_travail.settings import FranceTravailSettings
from connectors.france_victimes import wire as france_victimes
from connectors.france_victimes.client import FranceVictimesConnector
from connectors.france_victimes.settings import FranceVictimesSettings
from connectors.letterbox.client import Deliver, LetterboxConnector, LinkFor
from connectors.petite_enfance import wire as petite_enfance
from connectors.petite_enfance.client import PetiteEnfanceConnector
from connectors.petite_enfance.settings import PetiteEnfanceSettings
from connectors.siao import wire as siao
from connectors.siao.client import SiaoConnector
from connectors.siao.settings import SiaoSettings
from connectors.words import Said
from core.clock import Clock, SystemClock
from models.agency import AgencyKind, Channel
from models.territory import Agency

_SYSTEM = SystemClock()
_CHECKED_AT_ONCE = 8


class HeldConnector(AgencyConnector, Protocol):
    """A connector that holds connections."""

    def close(self) -> None:
        """Give them back."""
        ...


_Maker = Callable[[Agency, Clock], HeldConnector]

_MAKERS: dict[AgencyKind, _Maker] = {
    AgencyKind.CAF: lambda a, clock: CafConnector(a.code, load(CafSettings, a), clock),
    AgencyKind.SIAO: lambda a, clock: SiaoConnector(a.code, load(SiaoSettings, a), clock),
    AgencyKind.CHILDCARE: lambda a, clock: PetiteEnfanceConnector(
        a.code, load(PetiteEnfanceSettings, a), clock
    ),
    AgencyKind.FRANCE_TRAVAIL: lambda a, _: FranceTravailConnector(
        a.code, load(FranceTravailSettings, a)
    ),
    AgencyKind.FRANCE_VICTIMES: lambda a, _: FranceVictimesConnector(
        a.code, load(FranceVictimesSettings, a)
    ),
    AgencyKind.JUSTICE: lambda a, _: BavConnector(a.code, load(BavSettings, a)),
}


CALLBACK_WORDS: dict[AgencyKind, type[Said]] = {
    AgencyKind.CAF: caf.Notification,
    AgencyKind.SIAO: siao.Notification,
    AgencyKind.CHILDCARE: petite_enfance.Avis,
    AgencyKind.FRANCE_VICTIMES: france_victimes.Nouvelle,
}
"""What each kind of agency that calls back may say."""

_made: dict[str, HeldConnector] = {}
"""By all that the territory's file says of the agency: what changes there makes another one."""
_lock = Lock()


def connector_for(
    agency: Agency, *, deliver: Deliver, link_for: LinkFor, clock: Clock = _SYSTEM
) -> AgencyConnector:
    """Return the connector of an agency through its channel.

    `clock` gives the day on which children's ages are counted; an agency keeps the first one it
    was made with. Raises `NotConfigured` with every missing variable, `NotSupported` for the
    `call` channel: there, the referent phones.
    """
    match agency.channel:
        case Channel.API:
            return _api_connector(agency, clock)
        case Channel.LETTERBOX:
            return LetterboxConnector(agency.code, agency.address, deliver, link_for)
        case Channel.CALL:
            raise NotSupported(agency.code, "connect", "", "joint par téléphone")


def check_all(
    agencies: Iterable[Agency], *, deliver: Deliver, link_for: LinkFor
) -> dict[str, Health]:
    """Check every agency that has a connector, by agency code; never raises."""
    checked = [agency for agency in agencies if agency.channel is not Channel.CALL]
    check = partial(_check, deliver=deliver, link_for=link_for)
    with ThreadPoolExecutor(_CHECKED_AT_ONCE) as pool:
        healths = list(pool.map(check, checked))
    faults, today = faults_of_secrets(checked), _SYSTEM.now().date()
    return {
        agency.code: _with_secrets(health, faults.get(agency.code, []), overlap(agency, today))
        for agency, health in zip(checked, healths, strict=True)
    }


def forget_connectors() -> None:
    """Make connectors anew at the next request: for a changed environment, or a forked process."""
    with _lock:
        while _made:
            _made.popitem()[1].close()


def _api_connector(agency: Agency, clock: Clock) -> AgencyConnector:
    described = agency.model_dump_json()
    with _lock:
        if described not in _made:
            _made[described] = _make(agency, clock)
        return _made[described]


def _make(agency: Agency, clock: Clock) -> HeldConnector:
    maker = _MAKERS.get(agency.kind)
    if maker is None:
        detail = f"aucun connecteur pour « {agency.kind.value} » : channel = letterbox ou call"
        raise NotConfigured(agency.code, "configure", "", detail)
    return maker(agency, clock)


def _with_secrets(health: Health, faults: list[str], changing: str) -> Health:
    """What is wrong with a secret spoils the whole; a secret that changes is only told."""
    said = " ; ".join(filter(None, [health.problem, *faults, changing]))
    return replace(health, configured=health.configured and not faults, problem=said)


def _check(agency: Agency, *, deliver: Deliver, link_for: LinkFor) -> Health:
    try:
        connector = connector_for(agency, deliver=deliver, link_for=link_for)
    except NotConfigured as trouble:
        return Health(False, False, False, trouble.detail)
    return connector.check()
