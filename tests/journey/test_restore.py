"""Everything is lost but last night's backup: what the agencies did since comes back as news, once,
and nothing is asked of them under another key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prefect.client.schemas.objects import StateType
from typer.testing import CliRunner

from cli.backup import restore_backup, write_backup
from cli.main import app
from cli.reconcile import reconcile_territories
from cli.world import World
from flows.strays import end_strays
from models.journal import Event
from models.labels import label
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind, Wish
from models.reply import ReplyKind
from models.request import RefusalReason, RequestState
from models.standing import Standing
from store import journal
from store.clock import journey_clock, jump_to
from tests.conftest import own_database
from tests.journey.driver import Journey

_MEASURES = (Measure.AUU, Measure.HOUSING, Measure.PSY)


def _lives_to_the_evening_of_the_backup(journey: Journey) -> None:
    """The caisse has the request, the association refused, no place is proposed yet."""
    journey.starts("mere-de-deux-enfants", *_MEASURES)
    journey.plans()
    journey.says(
        "france-victimes-21", Measure.PSY, ReplyKind.REFUSED, reason=RefusalReason.NO_CAPACITY
    )


def _lives_on(journey: Journey) -> None:
    """An answer sends one more request, a measure is taken back, a place is found."""
    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_AGAIN, Measure.PSY)
    journey.wishes(Wish.TAKE_BACK)
    journey.answers(QuestionKind.TAKE_BACK, "take_back:auu")
    journey.waits_for(QuestionKind.OFFER)
    journey.answers(QuestionKind.OFFER, Choice.ACCEPT_OFFER)
    journey.passes(days=1.1)


@contextmanager
def _all_is_lost_but(
    backup: Path, keys: Path, clockwork: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    now = journey_clock().now()
    with own_database(clockwork, monkeypatch, template="template1"):
        assert restore_backup(backup) == 0
        assert CliRunner().invoke(app, ["keys", "restore", str(keys)]).exit_code == 0
        jump_to(now)
        yield


def _effects(journey: Journey) -> list[str]:
    calls = [call for call in journey.calls() if call.status < 400 and not call.duplicate]
    return sorted(call.idempotency_key for call in calls)


def test_what_was_lost_comes_back_once_and_no_agency_is_asked_twice(
    journey: Journey,
    database: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _lives_to_the_evening_of_the_backup(journey)
    keys = tmp_path / "keys" / "keys.json"
    keys.parent.mkdir()
    assert write_backup(tmp_path / "cases.dump") == 0
    assert CliRunner().invoke(app, ["keys", "backup", str(keys)]).exit_code == 0
    _lives_on(journey)

    before, old_run = _effects(journey), journey.flow_run.id
    with _all_is_lost_but(tmp_path / "cases.dump", keys, database, monkeypatch):
        # What the agencies said is heard before anything else.
        capsys.readouterr()
        assert reconcile_territories(["21"], as_json=False) == 2
        said = capsys.readouterr().out
        assert "france-victimes-21 : dossier inconnu chez nous" in said
        assert label(Standing.RECALLED) in said

        journey.settles()
        assert journey.reference not in end_strays(asleep=True)
        assert journey.prefect.read_flow_run(old_run).state_type is StateType.CANCELLED
        assert journey.flow_run.state_type is StateType.PAUSED
        # The first answer since was left in a form that the backup knows: it is collected there.
        assert not journey.asks(QuestionKind.NEXT_STEP, Measure.PSY)
        # What no agency can tell again is asked of the referent.
        assert journey.asks(QuestionKind.TAKE_BACK)
        assert journey.asks(QuestionKind.NEW_FACT)

        # The agency called back about this one before the loss, and will not again by itself.
        assert journey.request(Measure.PSY).state is RequestState.REQUESTED
        assert reconcile_territories(["21"], as_json=False) == 0
        assert f":2 : {label(ReplyKind.RECEIVED)}" in capsys.readouterr().out
        journey.settles()

        asked = [("france-victimes-21", 1, RequestState.REFUSED)]
        asked += [("france-victimes-21", 2, RequestState.ACKNOWLEDGED)]
        assert journey.requests(Measure.PSY) == asked
        assert journey.measure(Measure.HOUSING) is MeasureState.DELIVERED
        assert journey.asks(QuestionKind.CALL_AGENCY, Measure.AUU), "it was taken back"
        assert _effects(journey) == before, "each act took effect once, under one key"
        assert [entry.code for entry in journey.events(Event.HUMAN_NEEDED)] == ["restored"]
        heard = [
            entry.code
            for entry in journal.entries(journey.reference)
            if entry.event is Event.REPLY_RECEIVED and entry.agency == "siao-21"
        ]
        assert [code.partition(":")[0] for code in heard if code] == [
            ReplyKind.RECEIVED,
            ReplyKind.OFFER,
            ReplyKind.ACCEPTED,
            ReplyKind.FULFILLED,
        ]

        assert reconcile_territories(["21"], as_json=False) == 0
        assert "aucune différence" in capsys.readouterr().out
