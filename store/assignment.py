"""Who accompanies a new departure, and under which reference."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session, col, select

from core.ids import new_reference
from models.calendar import local_date
from models.departure import Departure, DepartureState
from models.territory import Pathway, Territory


class NoReferent(Exception):
    """Nobody of this pathway is trained and present today; an admin must mend the territory's
    file.
    """


def free_reference(opened: Session, territory: str) -> str:
    """Return a reference that no departure has."""
    reference = new_reference(territory)
    while opened.get(Departure, reference) is not None:
        reference = new_reference(territory)
    return reference


def least_loaded(opened: Session, territory: Territory, pathway: Pathway, now: datetime) -> str:
    """Return the referent of a pathway who carries the fewest open departures.

    Training is part of the programme: whoever's has expired, and whoever is on leave, cannot be
    assigned. Raises `NoReferent`.
    """
    today = local_date(now, territory)
    present = [
        referent.code
        for referent in territory.referents
        if referent.code in pathway.referents and referent.is_available(today)
    ]
    if not present:
        raise NoReferent(f"territoire {territory.code}: aucun référent formé et présent ce jour")
    carried = Counter(
        opened.exec(
            select(Departure.referent).where(
                Departure.territory == territory.code,
                col(Departure.state) != DepartureState.CLOSED,
            )
        ).all()
    )
    return min(present, key=lambda code: (carried[code], code))
