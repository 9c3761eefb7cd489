"""Where a walk lives: over the real store, or, for walks by the hundred, over rows in memory.

The rows in memory are changed by the same rules and by the same `store.steps`; what surrounds them
(transactions, leases, unique numbers) is what the real store is for. A test lives one walk on both
and compares.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from sqlmodel import Session, SQLModel

from core.settings import settings
from models.act import Act, ActState, Result
from models.calendar import due, local_date
from models.case import Case
from models.consent import Consent, data_sets_for
from models.danger_grid import band_at_intake
from models.deadline import Deadline
from models.departure import Departure, DepartureState, MeasureWish
from models.facts import Facts, facts_of
from models.journal import JournalEntry
from models.journey.acts import concluded, is_due
from models.journey.approach import may_leave
from models.journey.chapters import Chapter
from models.journey.digest import digest
from models.measure import MeasureState
from models.news import News, NewsKind
from models.protection import Protection
from models.question import Question, Wish, about_of, choice_of
from models.referral import Referral
from models.reply import AgencyReply
from models.request import AgencyRequest
from models.standing import Standing, contradiction
from models.territories import known_territory, territories_beside
from store import acts, journal, leases, news, passes
from store.acts import Intent
from store.cases import read_case
from store.clock import journey_clock, jump_to, simulate
from store.engine import session
from store.leases import Turn
from store.referrals import open_departure
from store.runs import count_restart
from store.steps import apply_steps


class InPostgres:
    """One departure in the real store."""

    def __init__(self) -> None:
        self.reference = ""
        self._flow_run = uuid4()
        self._turn: Turn | None = None

    def opens(self, referral: Referral, now: datetime) -> None:
        """File the referral; time stands still from `now` on."""
        simulate(now, speed=0)
        self.reference = open_departure(referral, now).reference

    def case(self) -> Case:
        """Return the case as it stands."""
        case = read_case(self.reference)
        assert case is not None
        return case

    def entries(self) -> list[JournalEntry]:
        """Return the journal."""
        return journal.entries(self.reference)

    def takes_turn(self) -> None:
        """Begin a pass."""
        self._turn = leases.take(self.reference, self._flow_run)

    def ends_turn(self) -> None:
        """End a pass."""
        leases.release(self.turn)

    def crashes(self) -> None:
        """The pass died; its run is started again."""
        count_restart(self.reference)

    @property
    def turn(self) -> Turn:
        """The pass under way."""
        assert self._turn is not None
        return self._turn

    def reads_news(self) -> bool:
        """Digest the oldest news; False when there is none."""
        return passes.read_next_news(self.turn)

    def applies(self, chapter: Chapter) -> None:
        """Apply a chapter."""
        passes.apply_chapters(self.turn, chapter)

    def due_acts(self) -> list[Intent]:
        """Return the acts whose hour has come."""
        return acts.due_acts(self.turn)

    def begins(self, intent: Intent) -> bool:
        """Begin a try; False when nothing may leave."""
        return acts.begin_try(self.turn, intent) is not None

    def concludes(self, intent: Intent, result: Result, agency_reference: str | None) -> None:
        """Commit what came of a try."""
        acts.conclude(self.turn, intent, result, agency_reference)

    def hears(self, agency: str, reply: AgencyReply) -> None:
        """An agency says something."""
        assert news.receive_reply(agency, reply).reference == self.reference

    def stands(self, request: AgencyRequest, said: Standing) -> None:
        """An agency, asked, tells how it holds a request."""
        news.receive_standing(request.agency, request.key, said)

    def answers(self, question: Question, option: str) -> None:
        """A human answers."""
        news.record_answer(self.reference, question.id or 0, option, "ref-test")

    def wishes(self, wish: Wish, occasion: str) -> None:
        """A human wants something else."""
        with session() as opened:
            news.record_wish(opened, self.reference, wish, occasion, "page")

    def sweeps(self) -> None:
        """Turn the deadlines reached into news."""
        news.deadlines_become_news()

    def next_due(self) -> datetime | None:
        """Return when the next deadline falls."""
        return news.next_due()

    def now(self) -> datetime:
        """Return the instant at which time stands still."""
        return journey_clock().now()

    def jumps_to(self, instant: datetime) -> None:
        """Move time forward."""
        jump_to(instant)


class InMemory:
    """One departure in lists of rows."""

    reference = "00-MEMORY"

    def __init__(self) -> None:
        self._rows: dict[type[SQLModel], list[Any]] = {}
        self._numbers: Counter[type[SQLModel]] = Counter()
        self._now: datetime | None = None
        self._departure: Departure | None = None
        self._facts: Facts | None = None

    # --- What `store.steps` and `store.journal` use of a session

    def add(self, row: SQLModel) -> None:
        """Keep a row under the next number of its table."""
        table = type(row)
        self._numbers[table] += 1
        row.id = self._numbers[table]
        rows = self._rows.setdefault(table, [])
        if (mark := _unique(row)) is not None:
            assert all(_unique(known) != mark for known in rows), f"twice: {mark}"
        rows.append(row)

    def flush(self) -> None:
        """Nothing waits to be written."""

    # --- The same as the real store

    def opens(self, referral: Referral, now: datetime) -> None:
        """File the referral; time stands still from `now` on."""
        self._now = now
        territory = known_territory(settings().territories, referral.territory)
        heard = referral.danger
        self._departure = Departure(
            reference=self.reference,
            referral_id=referral.referral_id,
            fingerprint="",
            territory=referral.territory,
            referent=territory.referents[0].code,
            state=DepartureState.PROPOSED,
            danger=band_at_intake(
                heard.band, heard.instrument, heard.instrument_version, heard.answers
            ),
            scheme=referral.person.household.scheme,
            pathway=territory.pathway(referral.pathway).code,
            opened_at=now,
        )
        self._facts = facts_of(self.reference, referral, local_date(now, territory))
        for asked in referral.measures:
            wished = MeasureState.WISHED
            self.add(MeasureWish(reference=self.reference, measure=asked.measure, state=wished))
        for given in referral.consents:
            self.add(
                Consent(
                    reference=self.reference,
                    measure=given.measure,
                    agency=given.agency,
                    data_sets=data_sets_for(given.measure),
                    manner=given.manner,
                    given_at=given.given_at,
                    given_through="test",
                    ends_at=due(given.given_at, territory.consent, territory),
                )
            )

    def case(self) -> Case:
        """Return the case as it stands. Its rows are copies, as another transaction would see."""
        case = self._case()
        case.departure = _copy(case.departure)
        case.wishes = [_copy(row) for row in case.wishes]
        case.consents = [_copy(row) for row in case.consents]
        case.facts = _copy(case.facts)
        return case

    def _case(self) -> Case:
        assert self._departure is not None
        assert self._facts is not None
        return Case(
            departure=self._departure,
            territory=known_territory(settings().territories, self._departure.territory),
            now=self.now(),
            facts=self._facts,
            elsewhere=territories_beside(settings().territories, self._departure.territory),
            wishes=list(self._rows.get(MeasureWish, ())),
            consents=list(self._rows.get(Consent, ())),
            requests=list(self._rows.get(AgencyRequest, ())),
            questions=list(self._rows.get(Question, ())),
            deadlines=list(self._rows.get(Deadline, ())),
            acts=list(self._rows.get(Act, ())),
            protections=list(self._rows.get(Protection, ())),
            news=list(self._rows.get(News, ())),
        )

    def _apply(self, decides: Callable[[Case], list[Any]]) -> None:
        case = self._case()
        apply_steps(cast(Session, self), case, decides(case))

    def entries(self) -> list[JournalEntry]:
        """Return the journal."""
        return list(self._rows.get(JournalEntry, ()))

    def takes_turn(self) -> None:
        """Begin a pass."""

    def ends_turn(self) -> None:
        """End a pass."""

    def crashes(self) -> None:
        """The pass died. As the real store, tell it."""

    def reads_news(self) -> bool:
        """Digest the oldest news; False when there is none."""
        unread = [row for row in self._rows.get(News, ()) if row.read_at is None]
        if not unread:
            return False
        self._apply(lambda case: digest(case, unread[0]))
        unread[0].read_at = self.now()
        return True

    def applies(self, chapter: Chapter) -> None:
        """Apply a chapter, which then has nothing left to say."""
        self._apply(chapter)
        assert not chapter(self._case()), f"{chapter.__name__} says the same thing twice"

    def due_acts(self) -> list[Intent]:
        """Return the acts whose hour has come."""
        case = self._case()
        return [
            Intent(
                act=act.id or 0,
                verb=act.verb,
                key=act.key,
                offer=act.offer,
                request_key=request.key,
                reference=request.reference,
                measure=request.measure,
                agency=request.agency,
                channel=request.channel,
                agency_reference=request.agency_reference,
                danger=case.departure.danger,
                told_to_departement=case.is_told_to_departement(),
            )
            for act in case.pending_acts()
            if is_due(act, case.now)
            for request in [case.request(act.request_id)]
        ]

    def begins(self, intent: Intent) -> bool:
        """Begin a try; False when nothing may leave."""
        act = self._act(intent)
        if act.state is not ActState.INTENDED:
            return False
        case = self._case()
        if not may_leave(case, intent.verb, case.request(act.request_id)):
            return False
        act.tries += 1
        return True

    def concludes(self, intent: Intent, result: Result, agency_reference: str | None) -> None:
        """Commit what came of a try."""
        act = self._act(intent)
        if act.state is ActState.INTENDED:
            self._apply(lambda case: concluded(case, act, result, agency_reference))

    def _act(self, intent: Intent) -> Act:
        found: Act = next(act for act in self._rows[Act] if act.id == intent.act)
        return found

    def hears(self, agency: str, reply: AgencyReply) -> None:
        """An agency says something."""
        request = next(r for r in self._rows[AgencyRequest] if r.key == reply.request_key)
        event = f"{agency}:{reply.event}"
        self._news(event, NewsKind.REPLY, request_id=request.id, reply=reply.as_codes())

    def stands(self, request: AgencyRequest, said: Standing) -> None:
        """An agency, asked, tells how it holds a request."""
        kept = next(r for r in self._rows[AgencyRequest] if r.key == request.key)
        occasion = contradiction(kept, self._rows.get(Act, []), said)
        if occasion is not None:
            event, codes = f"{request.agency}:{occasion}", said.as_codes()
            self._news(event, NewsKind.REPLY, request_id=kept.id, reply=codes)

    def answers(self, question: Question, option: str) -> None:
        """A human answers."""
        if question.is_open:
            question.answer, question.answered_at = choice_of(option), self.now()
            question.answer_about = about_of(option) or None
            question.answered_by = "ref-test"
            self._news(f"answer:{question.id}", NewsKind.ANSWER, question_id=question.id)

    def wishes(self, wish: Wish, occasion: str) -> None:
        """A human wants something else."""
        self._news(f"wish:{occasion}", NewsKind.WISH, wish=wish)

    def sweeps(self) -> None:
        """Turn the deadlines reached into news."""
        running = [row for row in self._rows.get(Deadline, ()) if row.is_running]
        for row in sorted(running, key=lambda deadline: cast(datetime, deadline.due_at)):
            if row.due_at <= self.now():
                row.reached_at = self.now()
                number = {"deadline_id": row.id, "request_id": row.request_id}
                self._news(f"deadline:{row.id}", NewsKind.DEADLINE, **number)

    def next_due(self) -> datetime | None:
        """Return when the next deadline falls."""
        running = [row.due_at for row in self._rows.get(Deadline, ()) if row.is_running]
        return min(running, default=None)

    def now(self) -> datetime:
        """Return the instant at which time stands still."""
        assert self._now is not None
        return self._now

    def jumps_to(self, instant: datetime) -> None:
        """Move time forward."""
        self._now = max(self.now(), instant)

    def _news(self, event: str, kind: NewsKind, **about: Any) -> None:
        if any(known.event == event for known in self._rows.get(News, ())):
            # PostgreSQL spends a number on what it does not store twice.
            self._numbers[News] += 1
            return
        self.add(
            News(reference=self.reference, event=event, kind=kind, came_at=self.now(), **about)
        )


Ground = InPostgres | InMemory


def _unique(row: SQLModel) -> str | None:
    """Return what the database keeps unique, beside the number."""
    if isinstance(row, Question | Deadline):
        return row.slot
    if isinstance(row, Act | AgencyRequest):
        return row.key
    return None


def _copy(row: Any) -> Any:
    return type(row)(**row.model_dump())
