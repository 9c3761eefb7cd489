"""What is wrong with a departure's run, and its cure. Pure: a table that an on-call admin can
read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from prefect.client.schemas.objects import StateType

from store.runs import MOST_RESTARTS, Run

# Rule: a broken run is started again soon, then less and less soon: an outage of a few minutes
# must not use up what only a human could give.
_WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
# Rule: a human was told. It is tried again all the same, for ever: a corrected release heals it,
# and a departure is never left to sleep because its passes broke.
_AFTER_A_HUMAN = timedelta(hours=1)


class Cure(StrEnum):
    """What `watch` does about a run."""

    NOTHING = "nothing"
    RING = "ring"
    START = "start"
    REPLACE = "replace"
    RESCHEDULE = "reschedule"
    TELL_A_HUMAN = "tell_a_human"
    SAY_THAT_NO_WORKER_COMES = "say_that_no_worker_comes"


@dataclass(frozen=True)
class Seen:
    """What Prefect says of a run."""

    state: StateType
    since: datetime
    has_form: bool = True
    """Whether its page can show a form; somebody else's pause has none."""
    is_queued: bool = True
    """False once its work queue was deleted: no worker will ever take it."""


def cure(run: Run, seen: Seen | None, now: datetime, patience: timedelta) -> Cure:
    """Return what to do; `now` is real time, `patience` how long a pass may stay silent."""
    if run.flow_run is None:
        return Cure.START
    if seen is None or seen.state in (StateType.COMPLETED, StateType.CANCELLED):
        return Cure.REPLACE
    if seen.state is StateType.PAUSED:
        return Cure.RING if run.has_news or not seen.has_form else Cure.NOTHING
    if seen.state is StateType.SCHEDULED:
        return _of_a_run_that_nobody_takes(seen, now, patience)
    if seen.state in (StateType.CRASHED, StateType.FAILED):
        return _restart(run, now - seen.since)
    # Danger: a host that was killed leaves its runs "Running" or "Pending" for ever.
    silence = _silence(run, seen, now, patience)
    # Rule: each time it is waited for longer. On a machine that is only slow, a restart slows more.
    enough = patience * (1 + min(run.restarts, MOST_RESTARTS))
    return _restart(run, silence) if silence > enough else Cure.NOTHING


def _silence(run: Run, seen: Seen, now: datetime, patience: timedelta) -> timedelta:
    """Return for how long a pass has given no sign, by Prefect and by its lease.

    Danger: after a clock that went back, a sign of the far future would be waited for for hours.
    """
    signs = [seen.since] if run.lease_until is None else [seen.since, run.lease_until - patience]
    return min((now - sign for sign in signs if sign <= now + patience), default=timedelta.max)


def _of_a_run_that_nobody_takes(seen: Seen, now: datetime, patience: timedelta) -> Cure:
    if not seen.is_queued:
        return Cure.REPLACE
    # Danger: Prefect calls late only what was never started; a run that resumes is never late.
    return Cure.SAY_THAT_NO_WORKER_COMES if now - seen.since > patience else Cure.NOTHING


def _restart(run: Run, broken_for: timedelta) -> Cure:
    if run.restarts == MOST_RESTARTS:
        return Cure.TELL_A_HUMAN
    wait = _WAITS[run.restarts] if run.restarts < MOST_RESTARTS else _AFTER_A_HUMAN
    return Cure.RESCHEDULE if broken_for >= wait else Cure.NOTHING
