"""The table of cures, row by row."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import StateType

from flows.healing import Cure, Seen, cure
from store.runs import MOST_RESTARTS, Run

_NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
_PATIENCE = timedelta(seconds=120)
_HOUR = 3600


def _run(
    *, known: bool = True, news: bool = False, restarts: int = 0, lease: int | None = None
) -> Run:
    return Run(
        reference="21-222222",
        territory="21",
        referent="ref-21-a",
        flow_run=uuid4() if known else None,
        generation=1,
        restarts=restarts,
        lease_until=None if lease is None else _NOW + timedelta(seconds=lease),
        has_news=news,
    )


def _seen(state: StateType, ago: int, *, form: bool = True, queued: bool = True) -> Seen:
    return Seen(state, _NOW - timedelta(seconds=ago), has_form=form, is_queued=queued)


_S = StateType
_ROWS = {
    "no run yet": (_run(known=False), None, Cure.START),
    "deleted": (_run(), None, Cure.REPLACE),
    "cancelled": (_run(), _seen(_S.CANCELLED, 0), Cure.REPLACE),
    "completed, and the departure is not": (_run(), _seen(_S.COMPLETED, 0), Cure.REPLACE),
    "asleep": (_run(), _seen(_S.PAUSED, 9 * _HOUR), Cure.NOTHING),
    "asleep with news": (_run(news=True), _seen(_S.PAUSED, 1), Cure.RING),
    "asleep without a form": (_run(), _seen(_S.PAUSED, 1, form=False), Cure.RING),
    "waits for a worker": (_run(), _seen(_S.SCHEDULED, 100), Cure.NOTHING),
    "no worker comes": (_run(), _seen(_S.SCHEDULED, 121), Cure.SAY_THAT_NO_WORKER_COMES),
    "its queue was deleted": (_run(), _seen(_S.SCHEDULED, 1, queued=False), Cure.REPLACE),
    "at work": (_run(lease=100), _seen(_S.RUNNING, 20), Cure.NOTHING),
    "at work for long, and alive": (_run(lease=100), _seen(_S.RUNNING, _HOUR), Cure.NOTHING),
    "at work, silent": (_run(lease=-1), _seen(_S.RUNNING, _HOUR), Cure.RESCHEDULE),
    "claimed by a worker that died": (_run(), _seen(_S.PENDING, 121), Cure.RESCHEDULE),
    "of a clock that went back": (_run(), _seen(_S.RUNNING, -_HOUR), Cure.RESCHEDULE),
    "its lease is of a clock that went back": (
        _run(lease=_HOUR),
        _seen(_S.RUNNING, 121),
        Cure.RESCHEDULE,
    ),
    "silent again": (_run(restarts=2), _seen(_S.PENDING, 359), Cure.NOTHING),
    "silent again, for longer": (_run(restarts=2), _seen(_S.PENDING, 361), Cure.RESCHEDULE),
    "claimed a moment ago": (_run(), _seen(_S.PENDING, 119), Cure.NOTHING),
    "cancelling for ever": (_run(), _seen(_S.CANCELLING, 121), Cure.RESCHEDULE),
    "crashed": (_run(), _seen(_S.CRASHED, 0), Cure.RESCHEDULE),
    "failed": (_run(), _seen(_S.FAILED, 0), Cure.RESCHEDULE),
    "crashed again": (_run(restarts=1), _seen(_S.CRASHED, 4), Cure.NOTHING),
    "crashed again, a while ago": (_run(restarts=1), _seen(_S.CRASHED, 5), Cure.RESCHEDULE),
    "crashed, the fifth time": (_run(restarts=4), _seen(_S.CRASHED, 599), Cure.NOTHING),
    "crashed, the fifth time, later": (_run(restarts=4), _seen(_S.CRASHED, 600), Cure.RESCHEDULE),
    "keeps crashing": (_run(restarts=MOST_RESTARTS), _seen(_S.CRASHED, 0), Cure.TELL_A_HUMAN),
    "a human knows": (_run(restarts=MOST_RESTARTS + 1), _seen(_S.CRASHED, 3599), Cure.NOTHING),
    "an hour later": (_run(restarts=MOST_RESTARTS + 1), _seen(_S.CRASHED, _HOUR), Cure.RESCHEDULE),
    "and for ever": (_run(restarts=MOST_RESTARTS + 50), _seen(_S.FAILED, _HOUR), Cure.RESCHEDULE),
}


@pytest.mark.parametrize("row", _ROWS)
def test_each_trouble_has_its_cure(row: str) -> None:
    run, seen, expected = _ROWS[row]
    assert cure(run, seen, _NOW, _PATIENCE) is expected


def test_every_state_of_prefect_has_a_cure() -> None:
    for state in StateType:
        assert cure(_run(), _seen(state, _HOUR), _NOW, _PATIENCE) in Cure
