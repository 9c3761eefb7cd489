"""Show the referent where the departure stands: tags and one artifact on the flow run page. Codes
only.
"""

from uuid import UUID

from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client

from models.case import Case
from models.page import artifact_of, whose_turn


def tags_of(case: Case) -> list[str]:
    """Return the tags of a run: territory, referent, who must act, and a silence that was
    escalated.
    """
    tags = [
        f"territoire:{case.departure.territory}",
        f"référent:{case.departure.referent}",
        whose_turn(case),
    ]
    if any(question.overdue_at for question in case.open_questions()):
        tags.append(f"en retard:{case.territory.coordinator}")
    return tags


def publish(case: Case, flow_run: UUID) -> None:
    """Refresh the page at the end of a pass."""
    create_markdown_artifact(
        markdown=artifact_of(case),
        key=f"depart-{case.departure.reference.lower()}",
        description="Mesures, états, échéances et suite du départ",
    )
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run, tags=tags_of(case))
