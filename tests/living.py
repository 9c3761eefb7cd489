"""A whole world beside the tests: every process real, time shared, one for the whole session.

Tests act on it as people do: the door, the form, the command line. This process reads no Prefect
variable of that world: it speaks to its API over HTTP.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psutil
import pytest
from sqlmodel import col, update

from cli.leftovers import MARK
from cli.world import World
from core.clock import SystemClock
from core.settings import ROOT, settings
from flows.warm_pass import NAME
from models.case import Case
from models.danger import DangerBand
from models.deadline import Deadline
from models.departure import Departure, DepartureState
from models.labels import label
from models.measure import Measure
from models.news import News
from models.question import Choice, Question, QuestionKind
from sandbox.admin_client import SandboxAdmin
from sandbox.ledger import Entry
from store.cases import read_case
from store.clock import journey_clock, jump_to, simulate
from store.engine import engine_for, session
from tests.credential import credential
from tests.ports import free_ports

TERRITORY = "21"
SHELTER = "siao-21"
_EXAMPLE = ROOT / "examples" / "mere-de-deux-enfants.json"
# A killed pass is taken up again soon; a pass on a busy machine is still given time to start.
_IMPATIENT = {"PND_LEASE_SECONDS": "20", "PND_WATCH_SECONDS": "1"}
_A_PASS_SECONDS = 60.0
_FORK_SERVER = "multiprocessing.forkserver"

Found = TypeVar("Found")


@pytest.fixture(scope="session")
def living_world() -> Iterator[World]:
    """PostgreSQL, Prefect with its screen, worker, watch, door and agencies, for territory 21."""
    with (
        tempfile.TemporaryDirectory(prefix="nd-", ignore_cleanup_errors=True) as folder,
        World(
            Path(folder) / "pnd",
            [TERRITORY],
            ports=free_ports("prefect", "door", "sandbox", "guard"),
            extra=_IMPATIENT,
        ) as world,
    ):
        with inside(world):
            simulate(SystemClock().now(), speed=1)
        yield world
        engine_for(world.postgres.cases_url).dispose()


@pytest.fixture
def life(living_world: World) -> Iterator["Life"]:
    """The living world, whose store this test may read; no other test's departure stirs in it."""
    with inside(living_world):
        life = Life(living_world)
        yield life
        life.quietens()


@dataclass(frozen=True)
class Life:
    """What people and machines do in a living world."""

    world: World

    @property
    def api(self) -> str:
        """Prefect's API, from outside."""
        return f"{self.world.urls['prefect']}/api"

    @property
    def credential(self) -> httpx.BasicAuth:
        """What Prefect wants to be shown."""
        return credential(self.world.env)

    @property
    def agencies(self) -> SandboxAdmin:
        """The back room of the agencies; to be closed."""
        return SandboxAdmin(self.world.urls["sandbox"])

    def files(self, **changes: Any) -> "LivingDeparture":
        """A prescriber files a referral at the door."""
        document = json.loads(_EXAMPLE.read_text()) | {"referral_id": str(uuid4())} | changes
        answer = httpx.post(
            f"{self.world.urls['door']}/referrals",
            json=document,
            headers={"Authorization": f"Bearer {self.world.env['PND_DOOR_TOKEN']}"},
        )
        assert answer.status_code == 201, answer.text
        return LivingDeparture(self, answer.json()["reference"])

    def files_in_danger(self) -> "LivingDeparture":
        """A referral in immediate danger, for shelter only: its first pass already asks for it."""
        example = json.loads(_EXAMPLE.read_text())
        shelter = [c for c in example["consents"] if c["measure"] == Measure.HOUSING]
        return self.files(
            danger=example["danger"] | {"band": DangerBand.IMMEDIATE},
            measures=[{"measure": Measure.HOUSING}],
            consents=shelter,
        )

    def orders(self, behaviour: str, agency: str = SHELTER) -> None:
        """An agency is told how to behave."""
        with self.agencies as admin:
            admin.order(agency, behaviour)

    def lets_pass(self, **time_passed: float) -> None:
        """Time jumps, for every process at once."""
        jump_to(journey_clock().now() + timedelta(**time_passed))

    def quietens(self) -> None:
        """Nothing more happens to anybody: the agencies forget, and every departure is closed."""
        with self.agencies as admin:
            admin.forget()
        now = journey_clock().now()
        with session() as opened:
            opened.execute(update(Departure).values(state=DepartureState.CLOSED))
            running = col(Deadline.met_at).is_(None)
            opened.execute(update(Deadline).where(running).values(met_at=now))
            opened.execute(update(News).where(col(News.read_at).is_(None)).values(read_at=now))

    def pnd(self, *words: str) -> str:
        """Somebody types a command; it must end well. Return what it printed."""
        ended = subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT,
            env=self.world.env,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


@dataclass(frozen=True)
class LivingDeparture:
    """One departure that goes on by itself."""

    life: Life
    reference: str

    @property
    def case(self) -> Case:
        """The case, as the store has it now."""
        case = read_case(self.reference)
        assert case is not None
        return case

    @property
    def flow_run(self) -> dict[str, Any]:
        """The flow run, as Prefect tells it; nothing when there is none."""
        number = self.case.departure.flow_run
        if number is None:
            return {}
        answer = httpx.get(f"{self.life.api}/flow_runs/{number}", auth=self.life.credential)
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    def form(self) -> dict[str, Any]:
        """The schema of the form that the page shows, by its fields; nothing unless it sleeps."""
        run = self.flow_run
        if run.get("state_type") != "PAUSED":
            return {}
        key = run["state"]["state_details"]["run_input_keyset"]["schema"]
        answer = httpx.get(
            f"{self.life.api}/flow_runs/{run['id']}/input/{key}", auth=self.life.credential
        )
        if not answer.is_success:
            return {}
        schema = answer.json()
        fields: dict[str, Any] = (json.loads(schema) if isinstance(schema, str) else schema)[
            "properties"
        ]
        return fields

    def asks(
        self,
        kind: QuestionKind,
        measure: Measure | None = None,
        *,
        seconds: float = _A_PASS_SECONDS,
    ) -> Question:
        """Wait until the form asks this, and return the question."""

        def shown() -> Question | None:
            asked = [
                question
                for question in self.case.open_questions(kind)
                if measure in (None, question.measure)
            ]
            return asked[0] if asked and asked[0].field in self.form() else None

        return eventually(shown, f"{kind}/{measure} is asked", seconds)

    def answers(self, question: Question, choice: Choice) -> str:
        """The referent answers one question in the form; return what Prefect says of it."""
        return self.submits({question.field: label(choice)})

    def submits(self, fields: Mapping[str, str]) -> str:
        """The referent sends the form; return what Prefect says of it."""
        number = self.case.departure.flow_run
        answer = httpx.post(
            f"{self.life.api}/flow_runs/{number}/resume",
            json={"run_input": dict(fields)},
            auth=self.life.credential,
        )
        return str(answer.json()["status"])

    def signs_the_plan(self) -> None:
        """The referent reaches the person, who agrees to everything; all agencies are asked."""
        contact = self.asks(QuestionKind.FIRST_CONTACT)
        assert self.answers(contact, Choice.REACHED) == "ACCEPT"
        self.asks(QuestionKind.DEPARTURE_DAY)
        choices = {
            QuestionKind.DANGER: Choice.HIGH,
            QuestionKind.DEPARTURE_DAY: Choice.LEAVES_NOW,
            QuestionKind.CONFIRM_MEASURE: Choice.AGREED_ORAL,
            QuestionKind.DOUBT: Choice.DOUBT_SETTLED,
            QuestionKind.SIGN_PLAN: Choice.SIGN,
        }
        asked = self.case.open_questions()
        assert self.submits({q.field: label(choices[q.kind]) for q in asked}) == "ACCEPT"
        self.asks(QuestionKind.SIGN_PLAN)
        asked = self.case.open_questions()
        assert self.submits({q.field: label(choices[q.kind]) for q in asked}) == "ACCEPT"

    def ends(self) -> None:
        """The contact is lost for good: the departure closes, and its run with it.

        A danger that was named is answered for, even then.
        """
        choices = {
            QuestionKind.FIRST_CONTACT: Choice.CONTACT_LOST,
            QuestionKind.DANGER_NOW: Choice.POLICE_CALLED,
        }
        self.asks(QuestionKind.FIRST_CONTACT)
        asked = self.case.open_questions()
        assert self.submits({q.field: label(choices[q.kind]) for q in asked}) == "ACCEPT"
        eventually(lambda: self.flow_run.get("state_type") == "COMPLETED", "the run is over")
        assert self.case.departure.state is DepartureState.CLOSED
        keys = [call.idempotency_key for call in self.ledger() if not call.duplicate]
        assert len(keys) == len(set(keys)), "each act took effect once"

    def ledger(self, verb: str | None = None) -> list[Entry]:
        """What the agencies received about this departure, oldest first."""
        with self.life.agencies as admin:
            calls = admin.ledger()
        mine = [call for call in calls if call.idempotency_key.startswith(f"{self.reference}:")]
        return [call for call in mine if verb in (None, call.verb)]


def eventually(
    find: Callable[[], Found | None], what: str, seconds: float = _A_PASS_SECONDS
) -> Found:
    """Wait until something is found, and return it."""
    until = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < until, f"not after {seconds:.0f} s: {what}"
        time.sleep(0.2)
    return found


def passes_under_way(world: World) -> list[psutil.Process]:
    """Return the processes of the passes of a world: each survives its worker."""
    return [process for process in _forked(world) if process.name() == NAME]


def nurseries(world: World) -> list[psutil.Process]:
    """Return the processes that the passes of a world are forked from, one for each worker."""
    return [process for process in _forked(world) if process.name() != NAME]


def _forked(world: World) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            is_ours = process.environ().get(MARK) == world.env[MARK]
            if is_ours and any(_FORK_SERVER in word for word in process.cmdline()):
                found.append(process)
    return found


@contextmanager
def inside(world: World, **otherwise: str) -> Iterator[None]:
    """Let this process read the store of that world, some of its variables being otherwise."""
    with pytest.MonkeyPatch.context() as variables:
        for name, value in (world.env | otherwise).items():
            if name.startswith("PND_"):
                variables.setenv(name, value)
        settings.cache_clear()
        yield
    settings.cache_clear()
