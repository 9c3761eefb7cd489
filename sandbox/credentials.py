"""What the agencies and the platform share: tokens and secrets, read from the same variables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.agency import AgencyKind, Channel
from models.territory import Agency

_NEEDED: dict[AgencyKind, tuple[str, ...]] = {
    AgencyKind.CAF: ("token", "secret"),
    AgencyKind.SIAO: ("token", "secret"),
    AgencyKind.CHILDCARE: ("token", "secret"),
    AgencyKind.FRANCE_TRAVAIL: ("client_id", "client_secret"),
    AgencyKind.FRANCE_VICTIMES: ("token", "secret"),
    AgencyKind.JUSTICE: ("token",),
}


@dataclass(frozen=True)
class AgencySecrets:
    """What one agency knows us by, and signs with."""

    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    """Standard Webhooks, ``whsec_…``."""
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)


def with_api(agencies: Iterable[Agency]) -> list[Agency]:
    """Keep the agencies the sandbox can play."""
    return [one for one in agencies if one.channel is Channel.API and one.kind in _NEEDED]


def read_secrets(
    agencies: Iterable[Agency], environment: Mapping[str, str]
) -> dict[str, AgencySecrets]:
    """Return the secrets of the agencies whose every variable is there; the others are absent."""
    found = {}
    for agency in with_api(agencies):
        values = {n: environment.get(_variable(agency, n), "") for n in _NEEDED[agency.kind]}
        if all(values.values()):
            found[agency.code] = AgencySecrets(**values)
    return found


def _variable(agency: Agency, name: str) -> str:
    return f"PND_AGENCY_{agency.code.upper().replace('-', '_')}_{name.upper()}"
