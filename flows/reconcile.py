"""Every night, each agency of a territory says what it holds of each request; what we lacked
becomes news.
"""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.futures import wait

from core.logs import log
from core.settings import settings
from flows.bell import ring
from models.reconciliation import Findings, needs_a_human, told
from models.territories import known_territory
from models.territory import Agency
from store.reconciliation import Asked, requests_to_compare
from tasks.reconcile import compare, compare_with_agency

_ASKED_AT_ONCE = 8


class UnknownHere(Exception):
    """An agency holds a request of ours that our store does not have: a human must look."""


@flow(
    name="Rapprochement",
    flow_run_name="rapprochement-{territory}",
    description="Comparer chaque demande avec ce qu'en dit l'organisme.",
    retries=0,
    persist_result=False,
    validate_parameters=False,
)
def reconciliation(territory: str) -> None:
    """Compare a territory with its agencies. Raises `UnknownHere`, with keys alone, so that the
    run is seen as failed.
    """
    futures = [
        compare_with_agency.with_options(task_run_name=agency.code).submit(agency, asked)
        for agency, asked in _by_agency(territory)
    ]
    wait(futures)
    findings = [future.result() for future in futures]
    _wake(findings)
    create_markdown_artifact(
        markdown="\n\n".join(told(findings)),
        key=f"rapprochement-{territory.lower()}",
        description="Ce que les organismes disent de plus que nous",
    )
    if needs_a_human(findings):
        raise UnknownHere(", ".join(key for one in findings for key in one.unknown_here))


def reconcile_by_hand(territory: str) -> list[Findings]:
    """Compare a territory with its agencies from this process; Prefect may be away."""
    pairs = _by_agency(territory)
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        findings = list(pool.map(lambda pair: compare(*pair), pairs))
    _wake(findings)
    return findings


def _by_agency(territory: str) -> list[tuple[Agency, list[Asked]]]:
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in requests_to_compare(territory):
        asked[one.agency].append(one)
    agencies = known_territory(settings().territories, territory).agencies
    return [(agency, asked[agency.code]) for agency in agencies]


def _wake(findings: list[Findings]) -> None:
    differences = [found for one in findings for found in one.differences]
    log().info("reconciliation_ended", count=len(differences))
    for reference in sorted({found.key.partition(":")[0] for found in differences}):
        ring(reference)
