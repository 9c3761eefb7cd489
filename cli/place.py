"""Where a command works: the environment it was given, else the world that runs in this
checkout.
"""

import json
import os

from cli.state import State


def enter_running_world() -> bool:
    """Take the variables of the world that runs here, unless a database was named. Return whether
    one runs.

    Called before anything imports Prefect, which reads its variables once.
    """
    if os.environ.get("PND_DATABASE_URL"):
        return True
    state = State.usual()
    if not state.environment.exists():
        return False
    os.environ.update(json.loads(state.environment.read_text()))
    return True
