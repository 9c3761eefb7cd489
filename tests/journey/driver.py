"""Lives a departure in a test: the real flow, server, store, door and agencies; people and time by
hand.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Pending

from cli.usual_answers import usual_answer
from core.settings import ROOT, settings
from flows.departure import departure
from flows.form import WISH_FIELD
from flows.start import start_run
from flows.watch import sweep
from models.case import Case
from models.departure import DepartureState
from models.journal import Event, JournalEntry
from models.labels import label
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind, Wish
from models.referral_problems import read_referral
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest, RequestState
from models.territories import known_territories
from sandbox.admin_client import SandboxAdmin
from sandbox.ledger import Entry
from store import journal
from store.cases import read_case
from store.clock import journey_clock, jump_to, simulate
from store.news import next_due, receive_reply
from store.polls import POLL_EVERY
from store.referrals import open_departure

# A Monday morning of working days, in winter time.
BEGINNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_ROUNDS = 40
_EVENTS = 200
_HEARD_WITHIN = 10.0


class NobodyScripted(AssertionError):
    """The journey waits for an answer that the test did not foresee."""


@dataclass
class Journey:
    """One departure of one test. Time stands still until the test lets it pass."""

    sandbox: SandboxAdmin
    reference: str = ""
    polls: list[datetime] = field(default_factory=list)

    def starts(
        self,
        example: str = "mere-de-deux-enfants",
        *measures: Measure,
        at: datetime = BEGINNING,
    ) -> "Journey":
        """File an example's referral, for some of its measures; live to the first sleep."""
        document = json.loads((ROOT / "examples" / f"{example}.json").read_text())
        document["referral_id"] = str(uuid4())
        if measures:
            for part in ("measures", "consents"):
                document[part] = [one for one in document[part] if one["measure"] in measures]
        simulate(at, speed=0)
        now = journey_clock().now()
        referral = read_referral(document, known_territories(settings().territories), now)
        self.reference = open_departure(referral, now).reference
        start_run(self.reference)
        return self.settles()

    @property
    def case(self) -> Case:
        case = read_case(self.reference)
        assert case is not None
        return case

    @property
    def state(self) -> DepartureState:
        return self.case.departure.state

    def asks(self, kind: QuestionKind, measure: Measure | None = None) -> bool:
        """Whether this question is open."""
        return any(measure in (None, q.measure) for q in self.case.open_questions(kind))

    def question(self, kind: QuestionKind, measure: Measure | None = None) -> Question:
        """Return the one open question of that kind."""
        found = [q for q in self.case.open_questions(kind) if measure in (None, q.measure)]
        if not found:
            asked = [f"{q.kind}/{q.measure}" for q in self.case.open_questions()]
            raise NobodyScripted(f"{kind}/{measure} is not asked; open: {asked}")
        return found[0]

    def request(self, measure: Measure) -> AgencyRequest:
        """Return the newest request for a measure."""
        return self.case.requests_for(measure)[-1]

    def requests(self, measure: Measure) -> list[tuple[str, int, RequestState]]:
        """Return agency, attempt and state of every request for a measure."""
        return [(r.agency, r.attempt, r.state) for r in self.case.requests_for(measure)]

    def measure(self, measure: Measure) -> MeasureState:
        wish = self.case.wish(measure)
        assert wish is not None
        return wish.state

    def events(self, event: Event) -> list[JournalEntry]:
        """Return the lines of the journal of one kind."""
        return [entry for entry in journal.entries(self.reference) if entry.event is event]

    # --- What people do

    def answers(
        self, kind: QuestionKind, choice: Choice, measure: Measure | None = None
    ) -> "Journey":
        """The referent answers one question in the form, through Prefect's own resume."""
        return self.submits({self.question(kind, measure).field: label(choice)})

    def submits(self, fields: dict[str, str]) -> "Journey":
        """The referent sends the form; the server must accept it."""
        assert self.resume(fields) == "ACCEPT"
        return self.settles()

    def wishes(self, wish: Wish) -> "Journey":
        """The referent uses the last field of the form."""
        return self.submits({WISH_FIELD: label(wish)})

    def resume(self, fields: dict[str, str]) -> str:
        """Send a form, and return what the server says of it."""
        answer = httpx.post(
            f"{_api()}/flow_runs/{self.flow_run.id}/resume", json={"run_input": fields}
        )
        return str(answer.json()["status"])

    def form(self) -> dict[str, Any]:
        """Return the schema of the form that the page shows."""
        state = self.flow_run.state
        assert state is not None
        keyset = state.state_details.run_input_keyset
        assert keyset
        answer = httpx.get(f"{_api()}/flow_runs/{self.flow_run.id}/input/{keyset['schema']}")
        schema: dict[str, Any] = answer.json()
        return json.loads(schema) if isinstance(schema, str) else schema

    def plans(
        self, *, leaves: Choice = Choice.LEAVES_NOW, refused: tuple[Measure, ...] = ()
    ) -> "Journey":
        """From the first contact to the signature, the usual way."""
        self.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
        self.confirms_plan(leaves=leaves, refused=refused)
        return self.answers(QuestionKind.SIGN_PLAN, Choice.SIGN)

    def confirms_plan(
        self, *, leaves: Choice = Choice.LEAVES_NOW, refused: tuple[Measure, ...] = ()
    ) -> "Journey":
        """Danger, consent for each measure and the day, all in one form."""
        fields = {
            q.field: label(Choice.NOT_WANTED if q.measure in refused else Choice.AGREED_ORAL)
            for q in self.case.open_questions(QuestionKind.CONFIRM_MEASURE)
        }
        fields[self.question(QuestionKind.DANGER).field] = label(Choice.HIGH)
        fields[self.question(QuestionKind.DEPARTURE_DAY).field] = label(leaves)
        return self.submits(fields)

    def lives_until_closed(self) -> "Journey":
        """The referent answers the usual way, time goes on, until the departure is closed."""
        for _ in range(_EVENTS):
            if self.state is DepartureState.CLOSED:
                return self
            if self.case.open_questions():
                self.goes_well()
            else:
                self.jumps()
        raise AssertionError(f"{self.reference} never closes")

    def goes_well(self) -> "Journey":
        """The referent answers all that is open, the usual way."""
        return self.submits({q.field: label(usual_answer(q)) for q in self.case.open_questions()})

    # --- What agencies do

    def says(self, agency: str, measure: Measure, kind: str, **about: Any) -> "Journey":
        """An agency says something of the newest request for a measure, out of its usual course."""
        reply = AgencyReply(
            event=f"story-{uuid4()}",
            request_key=self.request(measure).key,
            kind=ReplyKind(kind),
            said_at=journey_clock().now(),
            **about,
        )
        assert receive_reply(agency, reply).is_new
        return self.settles()

    def order(
        self,
        agency: str,
        behaviour: str,
        *,
        measure: Measure | None = None,
        times: int | None = None,
    ) -> None:
        """Tell a sandbox agency how to behave."""
        self.sandbox.order(agency, behaviour, measure=measure, times=times)

    def calls(self, agency: str | None = None, verb: str | None = None) -> list[Entry]:
        """Return the calls that the agencies received about this departure."""
        return [
            entry
            for entry in self.sandbox.ledger(agency)
            if entry.idempotency_key.startswith(f"{self.reference}:") and verb in (None, entry.verb)
        ]

    def sent_once(self, agency: str, verb: str) -> bool:
        """Whether an act reached an agency under one key, and took effect once."""
        calls = self.calls(agency, verb)
        effects = [call for call in calls if call.status < 400 and not call.duplicate]
        return len({call.idempotency_key for call in calls}) == 1 and len(effects) == 1

    # --- What time does

    def passes(self, *, hours: float = 0, days: float = 0) -> "Journey":
        """Let time pass, stopping at each event on the way."""
        end = journey_clock().now() + timedelta(hours=hours, days=days)
        for _ in range(_EVENTS):
            if not self.jumps(before=end):
                jump_to(end)
                return self.settles()
        raise AssertionError(f"time does not pass: {[d.slot for d in self.case.running()]}")

    def jumps(self, before: datetime | None = None) -> bool:
        """Let time go to the next event. Return whether there was one in time."""
        stop = self._next_stop()
        if stop is None or (before is not None and stop >= before):
            return False
        jump_to(stop + timedelta(seconds=1))
        self.settles()
        return True

    def _next_stop(self) -> datetime | None:
        now = journey_clock().now()
        said = self.sandbox.next_event()
        if said is not None and said > now:
            # What a polled agency says is heard at the next poll.
            self.polls.append(said + POLL_EVERY)
        stops = [next_due(), said, *self.polls]
        return min((stop for stop in stops if stop is not None and stop > now), default=None)

    # --- What machines do

    def settles(self) -> "Journey":
        """Let every process do what it has to do, until the departure sleeps with nothing
        unread.
        """
        for _ in range(_ROUNDS):
            self._agencies_are_heard()
            sweep()
            if not self._runs_a_pass() and not any(n.read_at is None for n in self.case.news):
                return self
        raise AssertionError(f"{self.reference} never comes to rest")

    @property
    def flow_run(self) -> FlowRun:
        number = self.case.departure.flow_run
        assert isinstance(number, UUID)
        with get_client(sync_client=True) as client:
            return client.read_flow_run(number)

    def _agencies_are_heard(self) -> None:
        """Wait until the door has heard all that the agencies have to say by now."""
        until = time.monotonic() + _HEARD_WITHIN
        while time.monotonic() < until:
            said = self.sandbox.next_event()
            if said is None or said > journey_clock().now():
                return
            time.sleep(0.05)
        raise AssertionError("an agency cannot make itself heard at the door")

    def _runs_a_pass(self) -> bool:
        """Do what a worker does with a run that is scheduled."""
        flow_run = self.flow_run
        assert flow_run.state is not None
        assert flow_run.state.type not in (StateType.FAILED, StateType.CRASHED), flow_run.state
        if flow_run.state.type is not StateType.SCHEDULED:
            return False
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(flow_run.id, Pending())
            claimed = client.read_flow_run(flow_run.id)
        try:
            run_flow(departure, flow_run=claimed, parameters=claimed.parameters)
        except Pause:
            return True
        return True


def _api() -> str:
    with get_client(sync_client=True) as client:
        return str(client.api_url).rstrip("/")
