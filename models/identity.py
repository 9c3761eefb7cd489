"""Identity — qui est là : somebody who came through the door, and what they may do, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody does in a territory. Each role is held in territories that are named."""

    REFERENT = "referent"
    """Accompanies departures: their own, and no other's without a reason."""
    COORDINATOR = "coordinator"
    """Answers for the referents of a territory."""
    PRESCRIBER = "prescriber"
    """Files referrals, and reads none."""
    AGENCY_AGENT = "agency_agent"
    """Works at one agency: sees its own requests, and no other."""
    TERRITORY_ADMIN = "territory_admin"
    """Deploys and operates a territory; reads nothing personal."""
    AUDITOR = "auditor"
    """Reads who read and did what; reads nothing personal."""


@dataclass(frozen=True, order=True)
class Grant:
    """One role in one territory."""

    role: Role
    territory: str
    """Its code, ``21``, ``2A``, ``974``."""
    agency: str | None = None
    """Of an agent: their agency's code."""


@dataclass(frozen=True)
class Identity:
    """Somebody whose session is open. Holds no name and no address: they could reach a log."""

    account: str
    """An opaque code; of a referent, the code that the territory's file gives them."""
    grants: frozenset[Grant]

    def territories(self, *roles: Role) -> frozenset[str]:
        """Return where they hold one of these roles."""
        return frozenset(grant.territory for grant in self.grants if grant.role in roles)

    def may(self, territory: str, *roles: Role) -> bool:
        """Whether they hold one of these roles in a territory."""
        return territory in self.territories(*roles)
