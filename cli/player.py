"""The demonstration: an invented person, a scripted referent who clicks in Prefect, time that
jumps.

Nothing here decides anything: it files a referral at the door, logs in as the departure's referent,
answers the form through the guard, and moves the simulated clock to the next event whenever
everybody waits.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from datetime import time as hour
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from rich.console import Console
from rich.table import Table

from cli.door import file_referral
from cli.sandbox import ledger_table, sandbox_admin
from cli.screen import Screen, page_of
from cli.usual_answers import usual_answer
from core.clock import SystemClock
from core.settings import ROOT, settings
from models.agency import AgencyKind
from models.calendar import is_working_day
from models.case import Case
from models.departure import DepartureState
from models.labels import label
from models.question import Choice, Question, QuestionKind
from models.territories import known_territory
from models.timeline import sentence
from models.wording import local_hour
from store import journal
from store.cases import read_case
from store.clock import journey_clock, jump_to, simulate
from store.news import next_due
from store.polls import POLL_EVERY, is_any_due

_EXAMPLES = {
    "13": "moins-de-26-ans",
    "21": "mere-de-deux-enfants",
    "59": "homme-sans-enfant",
    "47": "regime-agricole",
    "974": "la-reunion",
    "95": "danger-immediat",
}
_TICK = 0.2
_NINE = hour(9)
_WIDTH = 150
_SIX_MONTHS = timedelta(days=180)
_ORDERS = {
    AgencyKind.SIAO: "refuse:no_capacity",
    AgencyKind.CAF: "need_document",
    AgencyKind.FRANCE_VICTIMES: "never",
}


class Player:
    """Plays one departure to its end."""

    def __init__(self, territory: str, *, hands_on: bool) -> None:
        self.territory = known_territory(settings().territories, territory)
        self.hands_on = hands_on
        self.console = Console(soft_wrap=True, highlight=False)
        if not self.console.is_terminal:
            self.console.width = _WIDTH
        self.reference = ""
        self.told = 0
        self.answered: set[int] = set()
        self.stops: list[datetime] = []
        self.screens: dict[str, Screen] = {}
        """Of each referent who has answered."""

    def _shows_page(self) -> None:
        run = self.case.departure.flow_run
        if run is not None:
            self.console.print(f"Page du départ : {page_of(run)}")
            referent = self.case.departure.referent
            self.console.print(f"Son référent : {referent}, qui se connecte à la porte.\n")

    def plays(self) -> None:
        """File the referral and stay with the departure until it is closed."""
        simulate(self._next_morning(), speed=1)
        self._orders()
        self.reference = file_referral(self._referral())
        self.console.print(f"\nDépart [bold]{self.reference}[/] — {self.territory.name}")
        began = time.monotonic()
        with get_client(sync_client=True) as client:
            while self.case.departure.flow_run is None:
                time.sleep(_TICK)
            self._shows_page()
            while not self._is_over(client):
                self._tells()
                self._moves(client)
                time.sleep(_TICK)
        self._tells()
        self._shows_ledger()
        lived = journey_clock().now() - self.case.departure.opened_at
        seconds = round(time.monotonic() - began)
        self.console.print(f"{lived.days} jours vécus en {seconds} secondes.")

    def _next_morning(self) -> datetime:
        """The journey begins on the next working day, at nine, local time."""
        day = SystemClock().now().astimezone(ZoneInfo(self.territory.time_zone)).date()
        day += timedelta(days=1)
        while not is_working_day(day, self.territory):
            day += timedelta(days=1)
        return datetime.combine(day, _NINE, ZoneInfo(self.territory.time_zone))

    def _orders(self) -> None:
        """A believable autumn: shelters are full, a document is missing, one agency stays
        silent.
        """
        with sandbox_admin() as admin:
            played = admin.agencies()
            for agency in self.territory.agencies:
                if agency.code in played and agency.kind in _ORDERS:
                    admin.order(agency.code, _ORDERS[agency.kind], times=1)

    def _referral(self) -> dict[str, Any]:
        name = _EXAMPLES.get(self.territory.code)
        if name is None:
            known = ", ".join(sorted(_EXAMPLES))
            raise SystemExit(f"Pas d'exemple pour le territoire {self.territory.code} : {known}.")
        document: dict[str, Any] = json.loads((ROOT / "examples" / f"{name}.json").read_text())
        return document | {"referral_id": str(uuid4())}

    @property
    def case(self) -> Case:
        case = read_case(self.reference)
        if case is None:
            raise LookupError(f"{self.reference} a disparu de la base")
        return case

    def _is_over(self, client: SyncPrefectClient) -> bool:
        case = self.case
        if case.departure.state is not DepartureState.CLOSED or case.departure.flow_run is None:
            return False
        return self._state(client, case.departure.flow_run) is StateType.COMPLETED

    def _tells(self) -> None:
        for entry in journal.entries(self.reference, after=self.told):
            hour = local_hour(entry.at, self.territory)
            self.console.print(f"[dim]{hour}[/]  {sentence(entry, self.territory)}")
            self.told = entry.id or self.told

    def _moves(self, client: SyncPrefectClient) -> None:
        """Answer what is asked; when nothing is, let time jump to the next event."""
        case = self.case
        run = case.departure.flow_run
        if run is None or any(news.read_at is None for news in case.news):
            return
        if self._state(client, run) is not StateType.PAUSED:
            return
        new = [q for q in case.open_questions() if q.id not in self.answered]
        if self.hands_on:
            self._invites(run, new)
            if case.open_questions():
                return
        elif new:
            self._clicks(run, new)
            return
        self._lets_time_pass()

    def _clicks(self, run: UUID, asked: list[Question]) -> None:
        """Send the form as the page does, through the guard, as the departure's referent."""
        fields = {question.field: label(self._answer(question)) for question in asked}
        referent = self.case.departure.referent
        if referent not in self.screens:
            self.screens[referent] = Screen(referent)
        if not self.screens[referent].sends(run, fields):
            return
        for question in asked:
            chosen = fields[question.field]
            self.console.print(f"  [cyan]↳ formulaire Prefect, {question.field} : {chosen}[/]")
        self.answered |= {question.id or 0 for question in asked}

    def _answer(self, question: Question) -> Choice:
        """The usual answers; this person leaves in a month, is followed for six, and does not stay
        in a hotel: it only bridges the time until a place.
        """
        if question.kind is QuestionKind.DEPARTURE_DAY:
            return Choice.LEAVES_IN_30_DAYS
        if {Choice.KEEP_STOP_GAP, Choice.ASK_AGAIN} <= set(question.options):
            return Choice.ASK_AGAIN
        lived = journey_clock().now() - self.case.departure.opened_at
        if question.kind is QuestionKind.CLOSE and lived < _SIX_MONTHS:
            return Choice.KEEP_OPEN
        return usual_answer(question)

    def _invites(self, run: UUID, new: list[Question]) -> None:
        if not new:
            return
        self.console.print(
            f"[bold yellow]À vous de décider[/] (bouton « Resume ») : {page_of(run)}"
        )
        self.answered |= {question.id or 0 for question in new}

    def _lets_time_pass(self) -> None:
        now = journey_clock().now()
        with sandbox_admin() as admin:
            said = admin.next_event()
        due = next_due()
        if any(instant is not None and instant <= now for instant in (due, said)):
            return  # The watch or the door has not done with this instant.
        if is_any_due():
            return
        if said is not None:
            # What a polled agency says is heard at the next poll.
            self.stops.append(said + POLL_EVERY)
        ahead = [i for i in (due, said, *self.stops) if i is not None and i > now]
        if ahead:
            jump_to(min(ahead) + timedelta(seconds=1))

    def _state(self, client: SyncPrefectClient, run: UUID) -> StateType | None:
        state = client.read_flow_run(run).state
        return StateType(state.type) if state else None

    def _shows_ledger(self) -> None:
        with sandbox_admin() as admin:
            calls = admin.ledger()
        self.console.print(ledger_table(calls))
        doubles = sum(call.duplicate for call in calls)
        self.console.print(f"{len(calls)} appels reçus, {doubles} doublon(s).")
        self._shows_deadlines()

    def _shows_deadlines(self) -> None:
        table = Table(
            "Échéance", "Mesure", "Quand", "Source", "Issue", title="Toutes les échéances"
        )
        for due in sorted(self.case.deadlines, key=lambda deadline: deadline.due_at):
            outcome = (
                "tenue" if due.met_at else ("atteinte : relance" if due.reached_at else "court")
            )
            measure = label(due.measure) if due.measure else "—"
            hour = local_hour(due.due_at, self.territory)
            table.add_row(label(due.kind), measure, hour, due.source, outcome)
        self.console.print(table)


if __name__ == "__main__":
    Player(sys.argv[1], hands_on="--hands-on" in sys.argv).plays()
