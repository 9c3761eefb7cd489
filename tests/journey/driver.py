"""Lives a departure in a test: the real flow, server, store, door and agencies; people and time by
hand.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from prefect.client.orchestration import SyncPrefectClient
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
from models.wording import option_label
from sandbox.admin_client import SandboxAdmin
from sandbox.ledger import Entry
from store import journal, runs
from store.cases import read_case
from store.clock import journey_clock, jump_to, simulate
from store.news import next_due, receive_reply
from store.polls import POLL_EVERY, is_any_due
from store.referrals import open_departure
from store.runs import Run
from tasks.agencies import agency_of
from tests.credential import credential
from tests.journey.letterbox import answer_in_letterbox, links_to

# A Monday morning of working days, in winter time.
BEGINNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_ROUNDS = 40
_EVENTS = 200
_HEARD_WITHIN = 10.0
_LOOKS_AGAIN = 0.03


class NobodyScripted(AssertionError):
    """The journey waits for an answer that the test did not foresee."""


@dataclass
class Journey:
    """One departure of one test. Time stands still until the test lets it pass."""

    sandbox: SandboxAdmin
    prefect: SyncPrefectClient
    """One for the whole story: each new one would read its certificates anew."""
    reference: str = ""
    """Whose departure is spoken of. Every other departure of the store lives on beside it."""
    polls: list[datetime] = field(default_factory=list)
    asleep: set[UUID] = field(default_factory=set)
    """The runs that the last pass of this process put to sleep."""

    def starts(
        self,
        example: str = "mere-de-deux-enfants",
        *measures: Measure,
        at: datetime = BEGINNING,
        **otherwise: Any,
    ) -> "Journey":
        """File a referral, as `files` does; live to the first sleep."""
        return self.files(example, *measures, at=at, **otherwise).settles()

    def files(
        self,
        example: str,
        *measures: Measure,
        at: datetime = BEGINNING,
        **otherwise: Any,
    ) -> "Journey":
        """File an example's referral, for these measures only, some parts of it being
        `otherwise`.
        """
        example_sheet = json.loads((ROOT / "examples" / f"{example}.json").read_text())
        document = _changed(example_sheet, otherwise | {"referral_id": str(uuid4())})
        if measures:
            document["measures"] = [{"measure": measure} for measure in measures]
            document["consents"] = [
                yes for yes in document["consents"] if yes["measure"] in measures
            ]
        simulate(at, speed=0)
        now = journey_clock().now()
        referral = read_referral(document, known_territories(settings().territories), now)
        self.reference = open_departure(referral, now).reference
        start_run(self.reference)
        return self

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

    def answers(self, kind: QuestionKind, option: str, measure: Measure | None = None) -> "Journey":
        """The referent answers one question in the form, through Prefect's own resume."""
        return self.submits({self.question(kind, measure).field: option_label(option, self.case)})

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
            f"{self._api}/flow_runs/{self.flow_run.id}/resume",
            json={"run_input": fields},
            auth=credential(),
        )
        return str(answer.json()["status"])

    def form(self) -> dict[str, Any]:
        """Return the schema of the form that the page shows."""
        state = self.flow_run.state
        assert state is not None
        keyset = state.state_details.run_input_keyset
        assert keyset
        key = keyset["schema"]
        answer = httpx.get(
            f"{self._api}/flow_runs/{self.flow_run.id}/input/{key}", auth=credential()
        )
        schema: dict[str, Any] = answer.json()
        return json.loads(schema) if isinstance(schema, str) else schema

    def plans(
        self, *, leaves: Choice = Choice.LEAVES_NOW, refused: tuple[Measure, ...] = ()
    ) -> "Journey":
        """From the first contact to the signature, the usual way."""
        self.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
        self.confirms_plan(leaves=leaves, refused=refused)
        return self.signs()

    def signs(self) -> "Journey":
        """The referent settles what was doubtful, and signs, in one form."""
        doubts = self.case.open_questions(QuestionKind.DOUBT)
        fields = {doubt.field: label(Choice.DOUBT_SETTLED) for doubt in doubts}
        return self.submits(
            fields | {self.question(QuestionKind.SIGN_PLAN).field: label(Choice.SIGN)}
        )

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
        return self._lives_until(lambda: self.state is DepartureState.CLOSED)

    def lives_until(self, kind: QuestionKind, measure: Measure | None = None) -> "Journey":
        """The referent answers the usual way, time goes on, until this is asked."""
        return self._lives_until(lambda: self.asks(kind, measure))

    def _lives_until(self, is_over: Callable[[], bool]) -> "Journey":
        for _ in range(_EVENTS):
            if is_over():
                return self
            if self.case.open_questions():
                self.goes_well()
            else:
                self.jumps()
        raise AssertionError(f"{self.reference} lives on: {[d.slot for d in self.case.running()]}")

    def moves_on(self) -> "Journey":
        """From now on the story is that of the departure that opened in the other territory."""
        moved_to = self.case.departure.moved_to
        assert moved_to is not None
        self.reference = moved_to
        return self

    def goes_well(self) -> "Journey":
        """The referent answers all that is open, the usual way."""
        case = self.case
        asked = case.open_questions()
        return self.submits({q.field: option_label(usual_answer(q), case) for q in asked})

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

    def writes(self, agency: str, answer: str) -> "Journey":
        """Somebody at an agency answers in its letterbox, by the newest link that was sent."""
        answer_in_letterbox(links_to(agency_of(agency).address)[-1], reponse=answer)
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
        return self.jumps_to(journey_clock().now() + timedelta(hours=hours, days=days))

    def jumps_to(self, end: datetime) -> "Journey":
        """Let time pass until an instant, stopping at each event on the way."""
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

    def waits_for(self, kind: QuestionKind, measure: Measure | None = None) -> "Journey":
        """Time passes and nobody answers anything, until this is asked."""
        for _ in range(_EVENTS):
            if self.asks(kind, measure):
                return self
            assert self.jumps(), f"{kind}/{measure} is never asked"
        raise AssertionError(f"{kind}/{measure} is not asked after {_EVENTS} events")

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
        """Let every process do what it has to do, until every departure sleeps with nothing
        unread.
        """
        for _ in range(_ROUNDS):
            self._agencies_are_heard()
            sweep()
            watched = runs.runs_to_watch()
            passes = [self._does_a_pass(run) for run in watched]
            if not any(passes) and not any(run.has_news for run in watched):
                return self
            if all(self._sleeps(run) for run in watched) and self._is_quiet():
                return self
        raise AssertionError(f"{self.reference} never comes to rest")

    def _sleeps(self, run: Run) -> bool:
        """Whether the last pass of a run was seen to put it to sleep."""
        return run.flow_run in self.asleep

    def _is_quiet(self) -> bool:
        """Whether a sweep would find nothing to do, every run being asleep."""
        now = journey_clock().now()
        coming = (next_due(), self.sandbox.next_event())
        is_due = any(instant is not None and instant <= now for instant in coming)
        unread = any(run.has_news for run in runs.runs_to_watch())
        return not (is_due or unread or is_any_due())

    @property
    def flow_run(self) -> FlowRun:
        number = self.case.departure.flow_run
        assert isinstance(number, UUID)
        return self.prefect.read_flow_run(number)

    @property
    def _api(self) -> str:
        return str(self.prefect.api_url).rstrip("/")

    def _agencies_are_heard(self) -> None:
        """Wait until the door has heard all that the agencies have to say by now."""
        until = time.monotonic() + _HEARD_WITHIN
        while time.monotonic() < until:
            said = self.sandbox.next_event()
            if said is None or said > journey_clock().now():
                return
            time.sleep(_LOOKS_AGAIN)
        raise AssertionError("an agency cannot make itself heard at the door")

    def _does_a_pass(self, run: Run) -> bool:
        """Do what a worker does with a run that is scheduled."""
        if run.flow_run is None:
            return False
        claimed = self.prefect.read_flow_run(run.flow_run)
        state = claimed.state
        assert state is not None
        assert state.type not in (StateType.FAILED, StateType.CRASHED), state
        if state.type is not StateType.SCHEDULED:
            return False
        self.asleep.discard(run.flow_run)
        claimed.state = self.prefect.set_flow_run_state(run.flow_run, Pending()).state
        try:
            run_flow(departure, flow_run=claimed, parameters=claimed.parameters)
        except Pause:
            self.asleep.add(run.flow_run)
        return True


def _changed(sheet: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    """Return a sheet with some of its fields otherwise, those of the sheets within it too."""
    deeper = {
        name: _changed(sheet[name], value)
        for name, value in otherwise.items()
        if isinstance(value, dict) and isinstance(sheet.get(name), dict)
    }
    return sheet | otherwise | deeper
