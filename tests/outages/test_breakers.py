"""What processes share about an agency that is away: one row, one trial at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from pydantic import SecretStr
from sqlmodel import col, update
from structlog.testing import capture_logs

from connectors.credential import FixedCredential
from connectors.errors import AgencyUnavailable, RequestInvalid
from connectors.http import AgencyHttp, Call, Patience, without_insisting
from core.clock import SystemClock
from models.breaker import FAILURES_TO_OPEN, Breaker
from store.breakers import may_call, open_breakers
from store.engine import session
from tasks.reach import reach
from tests.connectors.doorstep import Scene, Server, playing

pytestmark = pytest.mark.usefixtures("store")

CAF = "caf-21"
_PROCESSES = 8
_LONG = FAILURES_TO_OPEN + 5


class Agency:
    """The other end of a call."""

    def __init__(self, *says: Exception | str) -> None:
        self.called = 0
        self._says = list(says)

    def __call__(self) -> str:
        self.called += 1
        said = self._says.pop(0) if len(self._says) > 1 else self._says[0]
        if isinstance(said, Exception):
            raise said
        return said


def silent(agency: str = CAF) -> Agency:
    return Agency(AgencyUnavailable(agency, "send"))


def goes_away(agency: str = CAF) -> None:
    """So long that the next trial is five minutes away."""
    for _ in range(_LONG):
        with pytest.raises(AgencyUnavailable):
            reach(agency, silent(agency), always=True)


def time_for_a_trial() -> None:
    """The pause has passed."""
    with session() as opened:
        opened.execute(update(Breaker).values(trial_at=SystemClock().now() - timedelta(seconds=1)))


def test_an_agency_that_is_away_is_not_called_and_it_is_told_once() -> None:
    with capture_logs() as told:
        goes_away()
        spared = silent()
        with pytest.raises(AgencyUnavailable):
            reach(CAF, spared)

    assert spared.called == 0
    assert [line["agency"] for line in told if line["event"] == "agency_away"] == [CAF]
    assert [away.agency for away in open_breakers()] == [CAF]


def test_an_agency_of_another_territory_is_called_all_the_same() -> None:
    goes_away()

    assert reach("caf-95", Agency("ici")) == "ici"


def test_what_goes_by_a_letterbox_is_never_spared() -> None:
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(AgencyUnavailable):
            reach("msa-21", silent("msa-21"))

    assert open_breakers() == []


def test_of_many_processes_one_has_the_trial() -> None:
    goes_away()
    time_for_a_trial()
    together = Barrier(_PROCESSES)

    def may() -> bool:
        together.wait()
        return may_call(CAF)

    with ThreadPoolExecutor(_PROCESSES) as pool:
        had = [one.result() for one in [pool.submit(may) for _ in range(_PROCESSES)]]

    assert had.count(True) == 1


def test_an_answer_brings_the_agency_back_for_all_and_it_is_told() -> None:
    goes_away()
    time_for_a_trial()

    with capture_logs() as told:
        assert reach(CAF, Agency("ici")) == "ici"

    assert [line["agency"] for line in told if line["event"] == "agency_returned"] == [CAF]
    assert open_breakers() == []
    assert reach(CAF, Agency("ici")) == "ici"


def test_a_refusal_is_an_answer() -> None:
    goes_away()
    time_for_a_trial()

    with pytest.raises(RequestInvalid):
        reach(CAF, Agency(RequestInvalid(CAF, "send")))

    assert open_breakers() == []


def test_a_trial_that_fails_leaves_the_agency_in_peace_for_longer() -> None:
    goes_away()
    time_for_a_trial()
    with pytest.raises(AgencyUnavailable):
        reach(CAF, silent())

    [away] = open_breakers()

    assert away.failures == _LONG + 1
    assert not may_call(CAF)


def test_a_shelter_is_tried_all_the_same_and_may_find_the_agency_back() -> None:
    goes_away("siao-21")

    assert reach("siao-21", Agency("une place"), always=True) == "une place"

    assert open_breakers() == []


def test_a_call_that_does_not_insist_is_made_once() -> None:
    call = Call("send", "POST", "/ici", "k", idempotency_key="k", document={})
    credential = FixedCredential("Authorization", SecretStr("cle"), "Bearer")
    with Server(playing(Scene(503))) as server:
        http = AgencyHttp(CAF, server.url, credential, Patience(sleep=lambda _: None))
        with without_insisting(), pytest.raises(AgencyUnavailable):
            http.call(call)
        once = len(server.received)
        with pytest.raises(AgencyUnavailable):
            http.call(call)
        http.close()

    assert (once, len(server.received)) == (1, 4)


def test_a_breaker_that_no_longer_holds_an_instant_of_ours_lets_calls_through() -> None:
    goes_away()
    with session() as opened:
        far = SystemClock().now() + timedelta(hours=5)
        opened.execute(update(Breaker).where(col(Breaker.agency) == CAF).values(trial_at=far))

    assert may_call(CAF)
