"""Lives a departure at random: no Prefect, no HTTP, only rules and rows.

Agencies say anything of anything, humans answer anything and change their mind, acts succeed or
fail, passes crash half-way, and time goes from one deadline to the next.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from cli.usual_answers import USUAL
from core.settings import ROOT, settings
from models.act import Result
from models.case import Case
from models.departure import DepartureState
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS
from models.question import Choice, Question, QuestionKind, Wish
from models.referral_problems import read_referral
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import ENDED, AgencyRequest, RefusalReason, RequestState
from models.standing import Standing
from models.territories import known_territories
from store.acts import Intent
from store.passes import is_over
from tests.rules.grounds import Ground
from tests.rules.households import otherwise

# A Monday morning of working days, in winter time.
BEGINNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

# As usual, save for what lets a walk see more: a lower danger, an earlier day, other agencies.
_FAVOURABLE = USUAL | {
    QuestionKind.DANGER: (Choice.WATCH,),
    QuestionKind.DEPARTURE_DAY: (Choice.LEAVES_IN_3_DAYS,),
    QuestionKind.CALL_AGENCY: (Choice.CALL_ACCEPTED,),
    QuestionKind.NEXT_STEP: (Choice.KEEP_STOP_GAP, Choice.ASK_AGAIN, Choice.ASK_NEXT_AGENCY),
}
# A move opens a second departure, which a walk does not follow (tests/journey does).
_NEVER_AT_RANDOM = (QuestionKind.TRANSFER,)
_RESULTS = (
    *[Result.DONE] * 6,
    *[Result.AWAY] * 2,
    Result.REFUSED_FORM,
    Result.NOT_SUPPORTED,
)


class PassCrashed(Exception):
    """The process of a pass dies here: the lease is not given back."""


@dataclass
class Walk:
    """One departure, and what happens to it."""

    ground: Ground
    random: Random
    tried: list[tuple[Intent, Case]] = field(default_factory=list)
    """Every act that left, with the case as it stood then."""
    story: list[str] = field(default_factory=list)
    """What happened, for a failing test to tell."""
    is_kind: bool = False
    """From now on agencies say yes and no machine fails."""
    _events: int = 0

    @classmethod
    def begins(
        cls, ground: Ground, example: str, random: Random, *, is_kind: bool = False
    ) -> "Walk":
        """File the referral of an example, or of a household like it, and do the first pass."""
        document = json.loads((ROOT / "examples" / f"{example}.json").read_text())
        document["referral_id"] = str(uuid4())
        territories = known_territories(settings().territories)
        if not is_kind:
            document = otherwise(document, territories[document["territory"]], random)
        ground.opens(read_referral(document, territories, BEGINNING), BEGINNING)
        walk = cls(ground, random, is_kind=is_kind)
        walk.settles()
        return walk

    @property
    def case(self) -> Case:
        return self.ground.case()

    # --- What machines do

    def settles(self) -> None:
        """Sweep and pass until nothing is unread."""
        for _ in range(20):
            self.ground.sweeps()
            self.passes()
            if not any(news.read_at is None for news in self.case.news) and not self._is_due():
                return
        raise AssertionError(f"never comes to rest: {self.story[-20:]}")

    def passes(self) -> None:
        """Do one pass as the flow does; one that crashes is done again by another attempt."""
        while True:
            self.ground.takes_turn()
            try:
                self._goes_through()
            except PassCrashed:
                self._tell("crash")
                self.ground.crashes()
                continue
            self.ground.ends_turn()
            return

    def _goes_through(self) -> None:
        while self.ground.reads_news():
            self._may_crash()
        for chapter in BEFORE_ACTS:
            self.ground.applies(chapter)
            self._may_crash()
        intents = self.ground.due_acts()
        self.random.shuffle(intents)
        for intent in intents:
            self._acts(intent)
        for chapter in AFTER_ACTS:
            self.ground.applies(chapter)
            self._may_crash()

    def _acts(self, intent: Intent) -> None:
        then = self.case
        if not self.ground.begins(intent):
            self.ground.concludes(intent, Result.NO_CONSENT, None)
            return
        self.tried.append((intent, then))
        self._may_crash()
        result = Result.DONE if self.is_kind else self.random.choice(_RESULTS)
        self._tell(f"{intent.verb} {intent.key} {result}")
        self.ground.concludes(intent, result, self.random.choice((None, "DOSSIER-1")))

    def _may_crash(self) -> None:
        if not self.is_kind and self.random.random() < 0.004:
            raise PassCrashed

    def _is_due(self) -> bool:
        due = self.ground.next_due()
        return due is not None and due <= self.ground.now()

    def _tell(self, line: str) -> None:
        self.story.append(line.replace(self.ground.reference, "D"))

    # --- What happens

    def something_happens(self) -> None:
        """One event of any kind, or several at once, as in one form."""
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            happening: Callable[[], None] = self.random.choices(
                (self._someone_answers, self._agency_speaks, self._time_passes, self._mind_changes),
                weights=(8, 6, 5, 1),
            )[0]
            happening()

    def _someone_answers(self) -> None:
        asked = self.case.open_questions()
        self.random.shuffle(asked)
        for question in asked[: self.random.choice((1, 1, 2, 5))]:
            # Good will comes oftener, or no walk would ever reach the agencies.
            option = self.random.choice(question.options)
            if self.random.random() < 0.5 or question.kind in _NEVER_AT_RANDOM:
                option = self._favourable(question)
            self.answers(question, option)

    def answers(self, question: Question, option: str) -> None:
        """A human answers one question."""
        self._tell(f"answer {question.slot} {option}")
        self.ground.answers(question, option)

    def _favourable(self, question: Question) -> str:
        wanted = [choice.value for choice in _FAVOURABLE[question.kind]]
        return next((one for one in wanted if one in question.options), question.options[0])

    def _agency_speaks(self) -> None:
        known = self.case.requests
        if known and self.random.random() < 0.1:
            self.stands(self.random.choice(known[-6:]), self.random.choice(list(Standing)))
        elif known:
            self.hears(self.random.choice(known[-6:]), self.random.choice(list(ReplyKind)))

    def stands(self, request: AgencyRequest, said: Standing) -> None:
        """An agency that is asked tells how it holds a request, rightly or not."""
        self._tell(f"stands {request.key} {said}")
        self.ground.stands(request, said)

    def hears(self, request: AgencyRequest, kind: ReplyKind) -> None:
        """An agency says something of a request, sometimes twice."""
        self._events += 1
        now = self.ground.now()
        hours = self.random.choice((-1, 1, 6, 48))
        reply = AgencyReply(
            event=f"evt-{self._events}",
            request_key=request.key,
            kind=kind,
            said_at=now,
            reason=RefusalReason.NO_CAPACITY if kind is ReplyKind.REFUSED else None,
            detail=self.random.choice((None, Detail.EVIDENCE, Detail.IDENTITY)),
            offer=self.random.choice((None, "OF-1", "OF-2")) if kind is ReplyKind.OFFER else None,
            expires_at=now + timedelta(hours=hours) if kind is ReplyKind.OFFER else None,
            on=now + timedelta(days=3) if kind is ReplyKind.APPOINTMENT else None,
            agency_reference=self.random.choice((None, "DOSSIER-1")),
        )
        self._tell(f"reply {request.key} {kind}")
        for _ in range(self.random.choice((1, 1, 1, 2))):
            self.ground.hears(request.agency, reply)

    def _mind_changes(self) -> None:
        self.wishes(self.random.choice(list(Wish)))

    def wishes(self, wish: Wish) -> None:
        """A referent uses the last field of the form."""
        self._events += 1
        self._tell(f"wish {wish}")
        self.ground.wishes(wish, f"w{self._events}")

    def _time_passes(self) -> None:
        due = self.ground.next_due()
        if due is None or self.random.random() < 0.3:
            due = self.ground.now() + timedelta(hours=self.random.choice((1, 30, 24 * 9)))
        self._time_goes_to(due)
        self.ground.sweeps()

    def _time_goes_to(self, instant: datetime) -> None:
        self._tell(f"time {instant.astimezone(UTC):%d/%m/%Y %H:%M}")
        self.ground.jumps_to(instant)

    # --- What good will does

    def goes_well(self) -> None:
        """Everything that is open is answered favourably; agencies do what they were asked."""
        self.is_kind = True
        case = self.case
        asked = case.open_questions()
        for question in asked:
            is_final = question.slot.startswith(f"close:{case.departure.round}:")
            if question.kind is QuestionKind.CLOSE and not is_final:
                self.answers(question, Choice.KEEP_OPEN)
            else:
                self.answers(question, self._favourable(question))
        waiting = [r for r in case.live_requests() if r.state is not RequestState.DRAFT]
        for request in waiting:
            self.hears(request, ReplyKind.FULFILLED)
        due = self.ground.next_due()
        if not asked and not waiting and due is not None:
            self._time_goes_to(due)
        self.settles()

    def ends_well(self, steps: int) -> bool:
        """Whether good will alone brings it to a close, with nothing left to do."""
        for _ in range(steps):
            if is_over(self.case):
                return True
            self.goes_well()
        return is_over(self.case)


def has_ended(request: AgencyRequest) -> bool:
    """Whether nothing more is expected of a request."""
    return request.state in ENDED


def is_still(case: Case) -> bool:
    """Whether the departure is at rest by a human choice."""
    return case.departure.state in (DepartureState.PAUSED, DepartureState.CLOSED)
