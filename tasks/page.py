"""Show the referent where the departure stands: tags and one artifact on the flow run page. Codes
only.
"""

from uuid import UUID

from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
)

from models.case import Case
from models.page import artifact_of, whose_turn


def tags_of(case: Case) -> list[str]:
    """Return the tags of a run: territory, referent, who must act, whoever a question was handed
    to, and that one is late.
    """
    tags = [
        f"territoire:{case.departure.territory}",
        f"référent:{case.departure.referent}",
        whose_turn(case),
    ]
    handed = {q.asked_of for q in case.open_questions()} - {case.departure.referent}
    tags += [f"à répondre:{code}" for code in sorted(handed)]
    if any(question.overdue_at for question in case.open_questions()):
        tags.append("en retard")
    return tags


def publish(case: Case, flow_run: UUID) -> None:
    """Refresh the page at the end of a pass."""
    key = f"depart-{case.departure.reference.lower()}"
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run, tags=tags_of(case))
        shown = _artifact_shown(client, key, flow_run)
        if shown is not None:
            client.update_artifact(shown, ArtifactUpdate(data=artifact_of(case)))
            return
    create_markdown_artifact(
        markdown=artifact_of(case),
        key=key,
        description="Mesures, états, échéances et suite du départ",
    )


def _artifact_shown(client: SyncPrefectClient, key: str, flow_run: UUID) -> UUID | None:
    # Danger: Prefect lists every artifact of a run, oldest first; the referent would open a state
    # that was left weeks ago. A run has one, rewritten.
    mine = ArtifactFilter(
        key=ArtifactFilterKey(any_=[key]),
        flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run]),
    )
    found = client.read_artifacts(artifact_filter=mine, limit=1)
    return found[0].id if found else None
