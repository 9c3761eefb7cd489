"""A departure goes on in another territory: a new one opens there, with what it needs only."""

from uuid import uuid4

from sqlmodel import Session

from core.settings import settings
from models.audit import Purpose
from models.case import Case
from models.danger import DangerBand
from models.departure import Departure, MeasureWish
from models.journal import Event
from models.journey.moving import facts_there
from models.journey.protections import carried
from models.measure import CHECKLISTS, Measure, MeasureState
from models.protection import Protection
from models.referral import DangerAnswers, MeasureAsked, OrganisationKind, Prescriber, Referral
from models.territories import known_territory
from models.territory import Territory
from store.assignment import NoReferent, free_reference, least_loaded
from store.journal import write
from store.reading import Reader, referral_for
from store.vault import fingerprint, seal

# What the person confirmed to have, and what they did not want.
_NOT_SOUGHT_THERE = (MeasureState.CONFIRMED, MeasureState.DECLINED, MeasureState.WITHDRAWN)


def hand_over(opened: Session, case: Case, code: str) -> str:
    """Open a departure in another territory, in the caller's transaction; return its reference.

    What was asked here, by whom and with which answer stays here: no yes, no request, no question
    moves; what is to be asked of a ruling, or of a right that ends, is asked there. The identity is
    sealed anew without the answers of the danger evaluation. The watch gives the new departure its
    flow run.
    """
    territory = known_territory(settings().territories, code)
    wanted = _wanted(case, territory)
    departure = _departure(opened, case, territory)
    referral = _minimised(opened, case, departure, wanted)
    departure.fingerprint = fingerprint(opened, referral)
    opened.add(departure)
    opened.flush()
    for measure in wanted:
        opened.add(MeasureWish(reference=departure.reference, measure=measure))
    opened.add(facts_there(case, departure.reference))
    _carry_dates(opened, case, departure.reference)
    seal(opened, departure.reference, referral, case.now)
    write(
        opened, departure.reference, case.now, Event.REFERRAL_RECEIVED, by=case.departure.reference
    )
    return departure.reference


def _departure(opened: Session, case: Case, territory: Territory) -> Departure:
    pathway = territory.pathway(None)
    try:
        referent = least_loaded(opened, territory, pathway, case.now)
    except NoReferent:
        # Rule: a person who moves is not left between two territories: the coordinator takes them.
        referent = territory.coordinator
    return Departure(
        reference=free_reference(opened, territory.code),
        referral_id=uuid4(),
        fingerprint="",
        territory=territory.code,
        pathway=pathway.code,
        referent=referent,
        danger=case.departure.danger,
        scheme=case.departure.scheme,
        came_from=case.departure.reference,
        opened_at=case.now,
    )


def _wanted(case: Case, territory: Territory) -> list[Measure]:
    """Return what the person has not confirmed to have, as far as it is run there: what an agency
    promised here, or says that it did, may be out of reach from there.
    """
    return [
        wish.measure
        for wish in case.wishes
        if wish.state not in _NOT_SOUGHT_THERE
        and (wish.measure in territory.measures or wish.measure in CHECKLISTS)
    ]


def _minimised(
    opened: Session, case: Case, departure: Departure, wanted: list[Measure]
) -> Referral:
    reader = Reader("platform:transfer", Purpose.TRANSFER, about=departure.reference)
    known = referral_for(opened, case.departure.reference, reader)
    return Referral.model_construct(
        **dict(known)
        | {
            "referral_id": departure.referral_id,
            "territory": departure.territory,
            "prescriber": Prescriber(organisation_kind=OrganisationKind.OTHER, code="transfert"),
            # A referral asks for something: when all is in hand, what was asked at first.
            "measures": [MeasureAsked(measure=one) for one in wanted] or known.measures,
            "consents": [],
            "danger": DangerAnswers(
                instrument="transfert",
                instrument_version="1",
                answers={},
                band=DangerBand(case.departure.danger),
            ),
            "departure_planned_on": None,
            "excluded_agencies": [],
            "guarded_agencies": [],
            "pathway": None,
        }
    )


def _carry_dates(opened: Session, case: Case, reference: str) -> None:
    """Protections and rights go with the person, and so do the warnings before they end."""
    for protection in case.protections:
        opened.add(
            Protection(**protection.model_dump(exclude={"id", "reference"}), reference=reference)
        )
    opened.add_all(carried(case, reference))
