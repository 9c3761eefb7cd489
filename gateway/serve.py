"""Runs the door. Refuses to start half-configured."""

import uvicorn

from core.logs import configure_logs
from core.settings import settings
from gateway.app import create_app
from gateway.oidc import misconfiguration
from gateway.sessions import cookies_are_safe
from models.territories import TerritoryInvalid
from store.master_keys import VaultKeyInvalid, check_keys
from tasks.agencies import faults_of_agency_secrets

_SHORTEST_TOKEN = 32


def main() -> None:
    """Serve on PND_DOOR_PORT, loopback only. Exits in French when it cannot."""
    configure_logs()
    _refuse_half_configured()
    # Danger: an access log would keep the letterbox links, and a link opens a request.
    uvicorn.run(
        create_app(),
        host="127.0.0.1",
        port=settings().door_port,
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def _refuse_half_configured() -> None:
    if not settings().database_url:
        raise SystemExit("PND_DATABASE_URL est absente : la porte n'aurait nulle part où écrire.")
    if len(settings().door_token.get_secret_value()) < _SHORTEST_TOKEN:
        raise SystemExit(f"PND_DOOR_TOKEN est absent ou trop court : {_SHORTEST_TOKEN} signes.")
    if not cookies_are_safe():
        raise SystemExit(
            "PND_DOOR_URL est en http : une session s'y lirait au passage. Il faut une adresse en "
            "https ; http n'est admis que sur cette machine, hors production."
        )
    if problem := misconfiguration():
        raise SystemExit(problem)
    try:
        check_keys()
    except VaultKeyInvalid as invalid:
        raise SystemExit(str(invalid)) from None
    try:
        by_agency = faults_of_agency_secrets()
    except TerritoryInvalid as invalid:
        raise SystemExit(str(invalid)) from None
    faults = [fault for faults in by_agency.values() for fault in faults]
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
