"""A worker of one release, as a process: does the pass of each reference that it reads, and says
so.

Run by its path, with the checkout of a release as PYTHONPATH: it knows that release only.
"""

import sys

from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Pending

from flows.departure import departure
from store.runs import run_of


def main() -> None:
    """Do one pass after the other, until there is no more to read."""
    for line in sys.stdin:
        run = run_of(line.strip())
        assert run is not None
        assert run.flow_run is not None
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run.flow_run, Pending())
            claimed = client.read_flow_run(run.flow_run)
        try:
            run_flow(departure, flow_run=claimed, parameters=claimed.parameters)
        except Pause:
            pass
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
