"""Where a command works: the environment it was given, else the world that runs here."""

import os

from cli.state import State


def enter_running_world() -> None:
    """Take the variables of the world that runs in this checkout, unless a database was named.

    Called before anything imports Prefect, which reads its variables once.
    """
    if not os.environ.get("PND_DATABASE_URL"):
        os.environ.update(State.usual().running_environment())
