"""Runs the sandbox from the environment: ``python -m sandbox``."""

import os
import sys
from pathlib import Path

import uvicorn

from core.logs import configure_logs, log
from core.settings import settings
from models.territories import load_territories
from sandbox.credentials import read_secrets, with_api
from sandbox.server import create_app
from sandbox.weather import Weather
from store.clock import journey_clock

_DEFAULT_STATE = ".pnd/sandbox.sqlite3"
_DEFAULT_PORT = "8022"


def main() -> int:
    """Serve every agency whose ``PND_AGENCY_*`` variables are all there; 1 when there is none."""
    configure_logs()
    if settings().env == "production":
        log().error("sandbox_refused", error="PND_ENV=production")
        return 1
    territories = load_territories(settings().territories).values()
    agencies = with_api(agency for territory in territories for agency in territory.agencies)
    secrets = read_secrets(agencies, os.environ)
    if not secrets:
        log().error("sandbox_refused", error="PND_AGENCY_*")
        return 1
    state = Path(os.environ.get("PND_SANDBOX_STATE") or _DEFAULT_STATE)
    port = int(os.environ.get("PND_SANDBOX_PORT") or _DEFAULT_PORT)
    # For tests of endurance, ``seed:percent``.
    weather = Weather.read(os.environ.get("PND_SANDBOX_WEATHER", ""))
    clock, door = journey_clock(), settings().door_url
    app = create_app(state, clock, agencies, door, secrets, weather=weather)
    log().info("sandbox_started", port=port, count=len(secrets))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
