"""A referral becomes a departure: rows, sealed person, consents, journal, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from core.settings import settings
from models.calendar import due, local_date
from models.consent import Consent, data_sets_for
from models.danger_grid import band_at_intake
from models.departure import Departure, MeasureWish
from models.facts import facts_of
from models.journal import Event
from models.referral import Referral
from models.territories import known_territory
from store.assignment import free_reference, least_loaded
from store.engine import session
from store.journal import write
from store.vault import fingerprint, holds, seal


class ReferralConflict(Exception):
    """A referral number came with another content, or after an erasure: nothing was stored."""


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
            if not holds(opened, known.reference, referral):
                raise ReferralConflict(
                    "ce numéro de proposition a déjà servi pour un autre contenu, ou pour une "
                    "personne effacée depuis : donnez-en un nouveau"
                )
            return OpenedDeparture(known.reference, is_new=False)
        departure = _departure(opened, referral, now)
        opened.add(departure)
        opened.flush()
        _add_wishes_and_consents(opened, departure.reference, referral)
        territory = known_territory(settings().territories, referral.territory)
        opened.add(facts_of(departure.reference, referral, local_date(now, territory)))
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
    pathway = territory.pathway(referral.pathway)
    heard = referral.danger
    return Departure(
        reference=free_reference(opened, territory.code),
        referral_id=referral.referral_id,
        fingerprint=fingerprint(opened, referral),
        territory=territory.code,
        pathway=pathway.code,
        referent=least_loaded(opened, territory, pathway, now),
        danger=band_at_intake(
            heard.band, heard.instrument, heard.instrument_version, heard.answers
        ),
        scheme=referral.person.household.scheme,
        opened_at=now,
    )


def _add_wishes_and_consents(opened: Session, reference: str, referral: Referral) -> None:
    territory = known_territory(settings().territories, referral.territory)
    for asked in referral.measures:
        opened.add(MeasureWish(reference=reference, measure=asked.measure))
    for consent in referral.consents:
        opened.add(
            Consent(
                reference=reference,
                measure=consent.measure,
                agency=consent.agency,
                data_sets=data_sets_for(consent.measure),
                manner=consent.manner,
                given_at=consent.given_at,
                given_through=referral.prescriber.organisation_kind.value,
                ends_at=due(consent.given_at, territory.consent, territory),
            )
        )


def _lock_number(referral: Referral) -> int:
    return int.from_bytes(referral.referral_id.bytes[:8], "big", signed=True)
