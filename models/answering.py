"""Who may answer the form of a departure."""

from models.identity import Identity, Role


def may_answer(identity: Identity, territory: str, referent: str) -> bool:
    """Whether somebody may answer for a departure: its own referent, or who answers for them.

    Rule: a referent answers for their own departures only. When they cannot, the coordinator of
    the territory does, under their own name.
    """
    if identity.may(territory, Role.COORDINATOR):
        return True
    return identity.may(territory, Role.REFERENT) and identity.account == referent
