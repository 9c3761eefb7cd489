"""Other territories, other calendars: La Réunion counts its own days in its own hours."""

from datetime import UTC, datetime

from models.deadline import DeadlineKind
from models.measure import Measure
from models.wording import local_hour
from tests.journey.driver import Journey

# 17 December 2026 is a Thursday; Sunday the 20th is the abolition of slavery in La Réunion, and
# Friday the 25th is a holiday everywhere.
BEFORE_CHRISTMAS = datetime(2026, 12, 22, 21, 0, tzinfo=UTC)


def test_la_reunion_counts_working_days_in_its_own_time_zone(journey: Journey) -> None:
    journey.starts("la-reunion", Measure.AUU, at=BEFORE_CHRISTMAS)
    journey.plans()

    (reply,) = [d for d in journey.case.running(DeadlineKind.REPLY) if d.measure is Measure.AUU]

    # 21:00 UTC is already the 23rd in Saint-Denis: the 24th, the 28th and the 29th are counted.
    assert local_hour(reply.due_at, journey.case.territory) == "mar. 29/12/2026 à 24 h 00"
    assert "L214-10" in reply.source
