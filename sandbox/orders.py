"""The orders given to the agencies: those that last, and those that wait in a queue."""

from models.measure import Measure
from sandbox.behaviour import Order, parse
from sandbox.state import Transaction
from sandbox.weather import Weather


def give(
    db: Transaction, agency: str, text: str, *, measure: Measure | None, times: int | None
) -> None:
    """Queue an order for `times` uses, or make it the standing one. Raises `OrderNotUnderstood`."""
    order = parse(text, times)
    if order.times is None:
        db.execute(
            "DELETE FROM standing_order WHERE agency = ? AND measure IS ? AND remaining IS NULL",
            (agency, measure),
        )
    db.execute(
        "INSERT INTO standing_order (agency, measure, text, remaining) VALUES (?, ?, ?, ?)",
        (agency, measure, text, order.times),
    )


def take_fault(db: Transaction, agency: str, measure: Measure | None, weather: Weather) -> Order:
    """Use one fault if it is its turn; else what the weather brings."""
    return _take(db, agency, measure, fault=True) or weather.fault(db, agency)


def take_course(db: Transaction, agency: str, measure: Measure | None, weather: Weather) -> Order:
    """Use one order on what becomes of a request, if it is its turn; else the weather's."""
    return _take(db, agency, measure, fault=False) or weather.course(db, agency)


def _take(db: Transaction, agency: str, measure: Measure | None, *, fault: bool) -> Order | None:
    # Rule: the queue first, in order; then the standing order, a measure's before an agency's.
    row = db.execute(
        "SELECT id, text, remaining FROM standing_order WHERE agency = ?"
        " AND (measure IS NULL OR measure = ?)"
        " ORDER BY remaining IS NULL, CASE WHEN remaining IS NULL THEN measure IS NULL END, id",
        (agency, measure),
    ).fetchone()
    if row is None or parse(row["text"]).is_fault is not fault:
        return None
    if row["remaining"] == 1:
        db.execute("DELETE FROM standing_order WHERE id = ?", (row["id"],))
    elif row["remaining"] is not None:
        db.execute("UPDATE standing_order SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    return parse(row["text"])
