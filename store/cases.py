"""Load a case: every row the rules may look at, and nothing personal."""

from typing import TypeVar

from sqlmodel import Session, col, select

from core.settings import settings
from models.act import Act
from models.case import Case
from models.consent import Consent
from models.deadline import Deadline
from models.departure import Departure, MeasureWish
from models.news import News
from models.question import Question
from models.request import AgencyRequest
from models.territories import known_territory
from store.clock import clock_in
from store.engine import session

Row = TypeVar("Row", MeasureWish, Consent, AgencyRequest, Question, Deadline, Act, News)


def load_case(opened: Session, departure: Departure) -> Case:
    """Return the case of a departure, as it stands in this transaction."""
    reference = departure.reference
    return Case(
        departure=departure,
        territory=known_territory(settings().territories, departure.territory),
        now=clock_in(opened).now(),
        wishes=_rows(opened, MeasureWish, reference),
        consents=_rows(opened, Consent, reference),
        requests=_rows(opened, AgencyRequest, reference),
        questions=_rows(opened, Question, reference),
        deadlines=_rows(opened, Deadline, reference),
        acts=_rows(opened, Act, reference),
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


def _rows(opened: Session, table: type[Row], reference: str) -> list[Row]:
    query = select(table).where(table.reference == reference).order_by(col(table.id))
    return list(opened.exec(query).all())
