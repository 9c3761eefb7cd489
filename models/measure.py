"""Measure — mesure : what the person needs in order to leave and to stay away."""

from enum import StrEnum


class Measure(StrEnum):
    """The measures of the pack; codes as agencies and territories write them."""

    AUU = "auu"
    DEPARTEMENT = "cd_social"
    HEALTH_COVER = "c2s"
    HOUSING = "heberg"
    STABLE_HOUSING = "logement"
    CHILDCARE = "garde"
    SCHOOL = "ecole"
    EMPLOYMENT = "emploi"
    TRAINING = "formation"
    SAVINGS = "epargne"
    PSY = "psy"
    MEDICAL = "medical"
    JUSTICE = "justice"
    ADDRESS = "adresse"


# Rule: here nothing is asked of an agency. The person acts, the referent goes through a list with
# them (épargne salariale: she or he files, C. trav. R3324-22; address: each register has its way).
CHECKLISTS = frozenset({Measure.SAVINGS, Measure.ADDRESS})


class Stage(StrEnum):
    """How far a measure must be for another to begin."""

    ASKED = "asked"
    """A request for it has left."""
    PROMISED = "promised"
    """An agency said yes."""
    ARRIVED = "arrived"
    """An agency says it is done."""


# Rule: a measure waits for another only where both are in the plan; one that is settled without
# effect holds nothing back. Law: the département hears of the AUU request once the caisse has it
# (CASF L214-9); rights that come with the AUU, C2S among them, follow its award (L214-10). Training
# sessions are arranged once the children are looked after (crèche AVIP, L214-7); a school is chosen
# where the person will live.
WAITS_FOR: dict[Measure, dict[Measure, Stage]] = {
    Measure.DEPARTEMENT: {Measure.AUU: Stage.ASKED},
    Measure.HEALTH_COVER: {Measure.AUU: Stage.PROMISED},
    Measure.SCHOOL: {Measure.HOUSING: Stage.ARRIVED},
    Measure.TRAINING: {Measure.CHILDCARE: Stage.ARRIVED, Measure.EMPLOYMENT: Stage.ARRIVED},
}

# Danger: these ignore working calendars, queues and planned dates (circulaire du 25 novembre 2025).
URGENT = frozenset({Measure.HOUSING})

# Rule: marks fade: a medical statement is asked for as soon as the person agrees.
AT_ONCE = frozenset({Measure.MEDICAL})

# Law: no proof may be asked for emergency housing (circulaire du 25 novembre 2025).
NO_EVIDENCE = frozenset({Measure.HOUSING})


class MeasureState(StrEnum):
    """Where one wished measure stands in the plan."""

    WISHED = "wished"
    """In the referral; the person has not confirmed it to the referent yet."""
    AGREED = "agreed"
    """Confirmed with consent; part of the plan."""
    DECLINED = "declined"
    """Not wanted when the referent asked."""
    ONGOING = "ongoing"
    """At least one request has left, or its list is being gone through."""
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
