"""Runs a command once the Prefect server answers; its imports, which are slow, come meanwhile.

``python -m cli.after_prefect prefect worker start --pool depart-21``, or ``… pnd watch``. Without
it, whatever starts beside the server would die of its absence.
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module

from cli.processes import responds

_PATIENCE_SECONDS = 120.0


def main(program: str, *arguments: str) -> None:
    """Run `prefect` or `pnd` with these arguments. Exits when the server stays away."""
    run = _prefect(arguments[0]) if program == "prefect" else _pnd()
    _wait_for(os.environ["PREFECT_API_URL"])
    sys.argv = [program, *arguments]
    run()


def _prefect(command: str) -> Callable[[], object]:
    # The commands are loaded one by one, when they are asked for.
    import_module(f"prefect.cli.{command}")
    app: Callable[[], object] = import_module("prefect.cli").app
    return app


def _pnd() -> Callable[[], object]:
    from cli.main import app

    return app


def _wait_for(api: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not responds(f"{api}/ready"):
        if time.monotonic() > until:
            sys.exit(f"Prefect ne répond pas à {api} depuis {_PATIENCE_SECONDS:.0f} secondes.")
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
