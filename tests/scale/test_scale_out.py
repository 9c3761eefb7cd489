"""Everything twice, and one of each is lost: departures go on, and nobody is asked twice."""

import time

import pytest

from tests.living import Life
from tests.scale.stage import SeveralServers

pytestmark = pytest.mark.timeout(300)


def test_explore(servers: SeveralServers, life: Life) -> None:
    t = time.monotonic()
    dep = life.files_in_danger()
    from models.question import QuestionKind
    dep.asks(QuestionKind.FIRST_CONTACT)
    print("asked", time.monotonic() - t)
    print(life.pnd("check", "--territory", "21"))
    import shutil
    shutil.copytree(servers.world.state.logs, "/tmp/w/scale-logs", dirs_exist_ok=True)
