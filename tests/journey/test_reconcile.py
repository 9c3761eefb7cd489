"""Every night both sides are compared: what an agency lost is sent again, one in trouble keeps no
other from being asked, a file that nobody knows here is put to a human.
"""

import pytest
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from sqlalchemy import text

from cli.reconcile import reconcile_territories
from flows.reconcile import UnknownHere, reconciliation
from models.labels import label
from models.measure import Measure
from models.request import RequestState
from models.standing import Standing
from store.engine import session
from tests.journey.driver import Journey


def test_what_an_agency_lost_is_sent_again_under_its_own_key_while_another_is_down(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY, Measure.EMPLOYMENT)
    journey.plans()
    [sent] = journey.calls("france-victimes-21", "send")
    journey.sandbox.forget()
    journey.order("france-travail-21", "error_500")
    capsys.readouterr()

    assert reconcile_territories(["21"], as_json=False) == 3
    said = capsys.readouterr().out
    assert f"{sent.idempotency_key} : {label(Standing.UNKNOWN)}" in said
    assert "france-travail-21 n'a pas pu être interrogé en entier : ne répond pas" in said
    # Asked again before anybody has read the news: the same news.
    assert reconcile_territories(["21"], as_json=False) == 3
    assert "aucune différence" in capsys.readouterr().out

    journey.settles()

    [again] = journey.calls("france-victimes-21", "send")
    assert again.idempotency_key == sent.idempotency_key
    assert journey.request(Measure.PSY).state is RequestState.REQUESTED


def test_a_file_that_nobody_knows_here_makes_the_nights_run_fail_with_its_key_alone(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.plans()
    key = journey.request(Measure.PSY).key
    _forget_the_request(journey)

    with pytest.raises(UnknownHere) as unknown:
        reconciliation("21")

    assert str(unknown.value) == key
    shown = journey.prefect.read_artifacts(
        artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["rapprochement-21"]))
    )
    assert f"dossier inconnu chez nous : {key}" in str(shown[-1].data)
    assert journey.calls("france-victimes-21", "recall") == []


def _forget_the_request(journey: Journey) -> None:
    """As a restored store does, of what was sent after the backup."""
    with session() as opened:
        for table in ("news", "deadline", "act", "agency_request"):
            mine = text(f"DELETE FROM {table} WHERE reference = :reference")
            opened.execute(mine, {"reference": journey.reference})
