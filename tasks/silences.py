"""Tell the admin of agencies that have fallen silent: in the log, and as an event on Prefect's
screen. Codes of agencies only.
"""

from prefect.events import emit_event

from core.logs import log
from models.agency_silence import AgencySilence
from store import silences

EVENT = "nouveau-depart.agency.silent"


def tell_silent_agencies() -> None:
    """Look for agencies that are silent for longer than they ever are, and tell each once."""
    silences.look_for_silences()
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
