"""A referral becomes a departure: rows, sealed person, consents, journal, in one transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from core.ids import new_reference
from core.settings import settings
from models.consent import Consent
from models.departure import Departure, DepartureState, MeasureWish
from models.journal import Event
from models.referral import Referral
from models.territories import known_territory
from models.territory import Territory
from store.engine import session
from store.journal import write
from store.vault import fingerprint, seal


class ReferralConflict(Exception):
    """The same referral number came with another content: nothing was stored."""


class NoReferent(Exception):
    """Nobody in the territory has a training that still holds; an admin must mend the territory
    file.
    """


@dataclass(frozen=True)
class OpenedDeparture:
    """The departure of a referral, and whether this call opened it."""

    reference: str
    is_new: bool


def open_departure(referral: Referral, now: datetime) -> OpenedDeparture:
    """Open the departure of a referral, or find the one that it already opened.

    Raises `ReferralConflict` when the number was used for another content, `NoReferent` when the
    territory has nobody to assign.
    """
    with session() as opened:
        # Two doors that receive the same referral at the same instant take their turn here.
        opened.execute(select(func.pg_advisory_xact_lock(_lock_number(referral))))
        known = opened.exec(
            select(Departure).where(Departure.referral_id == referral.referral_id)
        ).one_or_none()
        if known is not None:
            if known.fingerprint != fingerprint(referral):
                raise ReferralConflict(
                    "ce numéro de proposition a déjà servi pour un autre contenu"
                )
            return OpenedDeparture(known.reference, is_new=False)
        departure = _departure(opened, referral, now)
        opened.add(departure)
        opened.flush()
        _add_wishes_and_consents(opened, departure.reference, referral)
        seal(opened, departure.reference, referral, now)
        write(
            opened,
            departure.reference,
            now,
            Event.REFERRAL_RECEIVED,
            by=referral.prescriber.organisation_kind.value,
        )
        return OpenedDeparture(departure.reference, is_new=True)


def _departure(opened: Session, referral: Referral, now: datetime) -> Departure:
    territory = known_territory(settings().territories, referral.territory)
    return Departure(
        reference=_free_reference(opened, territory.code),
        referral_id=referral.referral_id,
        fingerprint=fingerprint(referral),
        territory=territory.code,
        referent=_least_loaded(opened, territory, now),
        danger=referral.danger.band,
        scheme=referral.person.household.scheme,
        has_children=bool(referral.person.children),
        opened_at=now,
    )


def _add_wishes_and_consents(opened: Session, reference: str, referral: Referral) -> None:
    for asked in referral.measures:
        opened.add(MeasureWish(reference=reference, measure=asked.measure))
    for consent in referral.consents:
        opened.add(
            Consent(
                reference=reference,
                measure=consent.measure,
                agency=consent.agency,
                manner=consent.manner,
                given_at=consent.given_at,
                given_through=referral.prescriber.organisation_kind.value,
            )
        )


def _lock_number(referral: Referral) -> int:
    return int.from_bytes(referral.referral_id.bytes[:8], "big", signed=True)


def _free_reference(opened: Session, territory: str) -> str:
    reference = new_reference(territory)
    while opened.get(Departure, reference) is not None:
        reference = new_reference(territory)
    return reference


def _least_loaded(opened: Session, territory: Territory, now: datetime) -> str:
    """Training is part of the programme: whoever's has expired cannot be assigned."""
    trained = [
        referent.code
        for referent in territory.referents
        if referent.trained_on <= now.date() <= referent.training_expires_on
    ]
    if not trained:
        raise NoReferent(f"territoire {territory.code}: aucun référent formé à ce jour")
    carried = Counter(
        opened.exec(
            select(Departure.referent).where(
                Departure.territory == territory.code,
                col(Departure.state) != DepartureState.CLOSED,
            )
        ).all()
    )
    return min(trained, key=lambda code: (carried[code], code))
