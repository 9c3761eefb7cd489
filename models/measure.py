"""Measure — mesure : what the person needs in order to leave and to stay away."""

from enum import StrEnum


class Measure(StrEnum):
    """The measures of the pack; codes as agencies and territories write them."""

    AUU = "auu"
    HOUSING = "heberg"
    CHILDCARE = "garde"
    EMPLOYMENT = "emploi"
    TRAINING = "formation"
    PSY = "psy"
    JUSTICE = "justice"


# Rule: a measure waits for another only where both are in the plan. Training sessions are
# arranged once the children are looked after (crèche AVIP, CASF L214-7).
WAITS_FOR: dict[Measure, frozenset[Measure]] = {
    Measure.TRAINING: frozenset({Measure.CHILDCARE, Measure.EMPLOYMENT}),
}

# Danger: these ignore working calendars, queues and planned dates (circulaire du 25 novembre 2025).
URGENT = frozenset({Measure.HOUSING})


class MeasureState(StrEnum):
    """Where one wished measure stands in the plan."""

    WISHED = "wished"
    """In the referral; the person has not confirmed it to the referent yet."""
    AGREED = "agreed"
    """Confirmed with consent; part of the plan."""
    DECLINED = "declined"
    """Not wanted when the referent asked."""
    ONGOING = "ongoing"
    """At least one request has left."""
    DELIVERED = "delivered"
    """The agency says it is done; the person has not confirmed yet."""
    CONFIRMED = "confirmed"
    """Both yeses: the agency's and the person's."""
    GIVEN_UP = "given_up"
    """Closed without effect, by the referent's decision with the person."""
    WITHDRAWN = "withdrawn"
    """Taken back by the person."""


SETTLED = frozenset(
    {MeasureState.DECLINED, MeasureState.CONFIRMED, MeasureState.GIVEN_UP, MeasureState.WITHDRAWN}
)
