"""Tell the admin of agencies that have fallen silent: in the log, and as an event of Prefect's on
which an automation can act. Codes of agencies only.
"""

from datetime import datetime, timedelta

from prefect.events import emit_event

from core.logs import log
from models.agency_silence import AgencySilence
from store import silences
from store.clock import journey_clock

EVENT = "nouveau-depart.agency.silent"
# Rule: silence is counted in hours: looking every few minutes of the journey is enough.
LOOK_EVERY = timedelta(minutes=5)


class _LastLook:
    """When this process last looked, on the journey's clock."""

    at: datetime | None = None

    @classmethod
    def is_recent(cls, now: datetime) -> bool:
        """Whether to leave it at that. A simulated clock may have been set back."""
        return cls.at is not None and cls.at <= now < cls.at + LOOK_EVERY


def tell_silent_agencies() -> None:
    """Look for agencies that are silent for longer than they ever are, and tell each once."""
    now = journey_clock().now()
    if not _LastLook.is_recent(now):
        silences.look_for_silences()
        _LastLook.at = now
    for silence in silences.untold():
        _tell(silence)
        silences.told(silence.id)


def _tell(silence: AgencySilence) -> None:
    log().warning(
        "agency_silent",
        agency=silence.agency,
        territory=silence.territory,
        seconds=silence.lasted_seconds,
        count=silence.waiting,
    )
    # The same number at each try: after a crash, Prefect sees the same event again.
    emit_event(
        event=EVENT,
        id=silence.id,
        resource={"prefect.resource.id": f"nouveau-depart.agency.{silence.agency}"},
        payload={
            "agency": silence.agency,
            "territory": silence.territory,
            "silent_seconds": silence.lasted_seconds,
            "usual_seconds": silence.usual_seconds,
            "waiting": silence.waiting,
        },
    )
