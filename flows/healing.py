"""What is wrong with a departure's run, and its cure. Pure: a table that an on-call admin can
read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from prefect.client.schemas.objects import StateType

from store.runs import Run

# Rule: after five restarts without one finished pass, only a human can help.
RESTARTS_IN_A_ROW = 5


class Cure(StrEnum):
    """What `watch` does about a run."""

    NOTHING = "nothing"
    RING = "ring"
    START = "start"
    REPLACE = "replace"
    RESCHEDULE = "reschedule"
    TELL_A_HUMAN = "tell_a_human"


@dataclass(frozen=True)
class Seen:
    """What Prefect says of a run."""

    state: StateType
    since: datetime


def cure(run: Run, seen: Seen | None, now: datetime, patience: timedelta) -> Cure:
    """Return what to do; `now` is real time, `patience` how long a pass may stay silent."""
    if run.flow_run is None:
        return Cure.START
    if seen is None or seen.state in (StateType.COMPLETED, StateType.CANCELLED):
        return Cure.REPLACE
    if seen.state is StateType.PAUSED:
        return Cure.RING if run.has_news else Cure.NOTHING
    if seen.state in (StateType.CRASHED, StateType.FAILED):
        return _restart(run)
    if seen.state in (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING):
        # Danger: a host that was killed leaves its runs "Running" for ever.
        silent_since = max(seen.since, (run.lease_until or seen.since) - patience)
        return _restart(run) if now - silent_since > patience else Cure.NOTHING
    return Cure.NOTHING


def _restart(run: Run) -> Cure:
    if run.restarts < RESTARTS_IN_A_ROW:
        return Cure.RESCHEDULE
    return Cure.TELL_A_HUMAN if run.restarts == RESTARTS_IN_A_ROW else Cure.NOTHING
