"""Load a case: every row the rules may look at, and nothing personal."""

from typing import TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from core.settings import settings
from models.act import Act
from models.audit import Purpose
from models.calendar import local_date
from models.case import Case
from models.consent import Consent
from models.deadline import Deadline
from models.departure import Departure, DepartureState, MeasureWish
from models.facts import Facts, facts_of, facts_of_nobody
from models.news import News
from models.protection import Protection
from models.question import Question
from models.request import AgencyRequest
from models.territories import known_territory, territories_beside
from store.clock import clock_in
from store.engine import session
from store.reading import Reader, referral_for
from store.vault import VaultEntryMissing

Row = TypeVar("Row", MeasureWish, Consent, AgencyRequest, Question, Deadline, Act, Protection, News)

_FACTS_READER = Reader("platform:facts", Purpose.FACTS_DRAWN)


def load_case(opened: Session, departure: Departure) -> Case:
    """Return the case of a departure, as it stands in this transaction."""
    reference = departure.reference
    return Case(
        departure=departure,
        territory=known_territory(settings().territories, departure.territory),
        now=clock_in(opened).now(),
        facts=_facts(opened, departure),
        elsewhere=territories_beside(settings().territories, departure.territory),
        wishes=_rows(opened, MeasureWish, reference),
        consents=_rows(opened, Consent, reference),
        requests=_rows(opened, AgencyRequest, reference),
        questions=_questions(opened, departure),
        deadlines=_rows(opened, Deadline, reference),
        acts=_rows(opened, Act, reference),
        protections=_rows(opened, Protection, reference),
        news=_rows(opened, News, reference),
    )


def find_case(opened: Session, reference: str) -> Case | None:
    """Return the case of a reference, or None when there is no such departure."""
    departure = opened.get(Departure, reference)
    return load_case(opened, departure) if departure else None


def read_case(reference: str) -> Case | None:
    """Return the case of a reference in a transaction of its own, to be looked at only."""
    with session() as opened:
        return find_case(opened, reference)


def draw_missing_facts() -> None:
    """Draw from the vault the facts of the open departures of before facts were kept, as the next
    look at each would. Raises `SealBroken` or `VaultKeyInvalid`.
    """
    with session() as opened:
        drawn = select(Facts.reference)
        missing = select(Departure.reference).where(
            Departure.state != DepartureState.CLOSED, col(Departure.reference).not_in(drawn)
        )
        references = opened.exec(missing).all()
    for reference in references:
        read_case(reference)


def _facts(opened: Session, departure: Departure) -> Facts:
    known = opened.get(Facts, departure.reference)
    if known is not None:
        return known
    # A departure opened before facts were kept: they are drawn from the vault, once.
    territory = known_territory(settings().territories, departure.territory)
    try:
        referral = referral_for(opened, departure.reference, _FACTS_READER)
    except VaultEntryMissing:
        # The person was erased: what is left is read, and nothing can leave any more.
        return facts_of_nobody(departure.reference)
    drawn = facts_of(departure.reference, referral, local_date(departure.opened_at, territory))
    kept = insert(Facts).values(**drawn.model_dump()).on_conflict_do_nothing()
    opened.execute(kept)
    return opened.get_one(Facts, departure.reference)


def _questions(opened: Session, departure: Departure) -> list[Question]:
    asked = _rows(opened, Question, departure.reference)
    for question in asked:
        # The release before this one does not say who is asked.
        question.asked_of = question.asked_of or departure.referent
    return asked


def _rows(opened: Session, table: type[Row], reference: str) -> list[Row]:
    query = select(table).where(table.reference == reference).order_by(col(table.id))
    return list(opened.exec(query).all())
