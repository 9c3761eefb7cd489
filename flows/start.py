"""One flow run for each open departure, created under a key so that there is never a second one."""

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient

from core.logs import log
from flows.deployments import deployment_name
from store import runs
from tasks.brief import brief_client

FLOW = "Départ"


def start_run(reference: str, instead_of: UUID | None = None) -> UUID:
    """Give a departure its flow run, or a new one in place of a dead one. Raises what Prefect
    raises.
    """
    run = runs.run_of(reference)
    if run is None:
        raise LookupError(f"{reference}: aucun départ de ce nom")
    if run.flow_run is not None and run.flow_run != instead_of:
        return run.flow_run
    generation = runs.next_generation(reference, instead_of)
    with brief_client() as client:
        created = _create(client, run, generation)
    runs.carried_by(reference, created, generation)
    log().info("run_started", reference=reference, flow_run=str(created), attempt=generation)
    return created


def _create(client: SyncPrefectClient, run: runs.Run, generation: int) -> UUID:
    deployment = client.read_deployment_by_name(f"{FLOW}/{deployment_name(run.territory)}")
    created = client.create_flow_run_from_deployment(
        deployment.id,
        name=run.reference,
        parameters={"reference": run.reference},
        idempotency_key=f"{run.reference}.{generation}",
        tags=[f"territoire:{run.territory}", f"référent:{run.referent}"],
    )
    return created.id
