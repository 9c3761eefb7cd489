"""Nobody is called outside the hours that the person declared safe."""

from models.measure import Measure
from models.question import QuestionKind
from models.wording import local_hour
from tests.journey.driver import Journey


def test_a_follow_up_is_proposed_in_the_first_safe_window_that_comes(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.ADDRESS)
    journey.plans()
    journey.goes_well()

    journey.passes(days=7, hours=8)
    assert not journey.asks(QuestionKind.FOLLOW_UP), "J+7 is a Monday, no safe day"
    journey.passes(days=1)

    proposed = journey.question(QuestionKind.FOLLOW_UP)
    hour = local_hour(proposed.opened_at, journey.case.territory)
    assert hour == "mar. 01/12/2026 à 09 h 00"
    told = journey.form()["properties"][proposed.field]["description"]
    assert "Contact sûr : téléphone, par un tiers de confiance" in told
    assert "06 39" not in told
