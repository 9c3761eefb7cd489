"""Which roles an account may hold. Said in French to the admin, all at once."""

import re
from collections.abc import Collection, Iterator, Mapping

from models.identity import Grant, Role
from models.territory import Territory

_CODE = re.compile(r"[a-z][a-z0-9-]{2,39}")


class GrantUnreadable(ValueError):
    """A role was not written as it should be. Says how."""


class AccountRefused(Exception):
    """An account cannot be what was asked. Carries every problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


def read_grant(written: str) -> Grant:
    """Read ``referent:21`` or ``agency_agent:21:caf-21``. Raises `GrantUnreadable`."""
    role, _, place = written.partition(":")
    territory, _, agency = place.partition(":")
    if role not in list(Role) or not territory:
        raise GrantUnreadable(
            f"« {written} » : écrire RÔLE:TERRITOIRE (ou agency_agent:TERRITOIRE:ORGANISME), "
            f"le rôle parmi {', '.join(Role)}."
        )
    return Grant(Role(role), territory, agency or None)


def written(grant: Grant) -> str:
    """Return a grant as `read_grant` reads it."""
    return ":".join(filter(None, (grant.role.value, grant.territory, grant.agency)))


def account_problems(code: str) -> Iterator[str]:
    """Yield what is wrong with an account's code."""
    if not _CODE.fullmatch(code):
        yield (
            "Code de compte : de 3 à 40 minuscules, chiffres et tirets, comme « ref-21-a » ; "
            "ni nom, ni adresse."
        )


def grant_problems(
    code: str, siret: str | None, grant: Grant, territories: Mapping[str, Territory]
) -> Iterator[str]:
    """Yield why an account may not hold a role; `siret` is that of an agent who comes in by a
    provider.
    """
    told = f"{written(grant)} :"
    territory = territories.get(grant.territory)
    if territory is None:
        yield f"{told} aucun territoire de ce code."
        return
    # Rule: a referent is asked under the code of the file; under another one, nobody would be.
    if grant.role is Role.REFERENT and territory.referent(code) is None:
        yield f"{told} « {code} » n'est pas référent dans le fichier de ce territoire."
    known = {agency.code for agency in territory.agencies}
    if grant.role is Role.AGENCY_AGENT and grant.agency not in known:
        yield f"{told} nommer un organisme que décrit le fichier de ce territoire."
    if grant.role is not Role.AGENCY_AGENT and grant.agency is not None:
        yield f"{told} seul un agent d'organisme (agency_agent) en nomme un."
    # Rule: an agent comes in for an organisation that the territory has named, never for an e-mail.
    if siret is not None and siret not in territory.sirets:
        yield f"{told} le SIRET {siret} n'est pas de ceux que déclare ce territoire (« sirets »)."


def grants_in_force(
    code: str,
    siret: str | None,
    grants: Collection[Grant],
    territories: Mapping[str, Territory],
) -> frozenset[Grant]:
    """Return the roles that hold today: whoever left the territory's file has none left."""
    return frozenset(
        grant for grant in grants if not list(grant_problems(code, siret, grant, territories))
    )
