"""Case — dossier sans identité : all that the rules may look at, loaded at once, and nothing
personal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from models.act import Act, ActState, Verb
from models.agency import Channel, Condition
from models.calendar import local_date
from models.consent import Consent
from models.deadline import Deadline, DeadlineKind
from models.departure import Departure, MeasureWish
from models.facts import Facts
from models.measure import Measure, MeasureState, Stage
from models.news import News
from models.protection import Protection, ProtectionKind
from models.question import Question, QuestionKind
from models.request import ENDED, PROMISED, AgencyRequest, RequestState
from models.territory import Agency, Territory, Unit

_REACHED: dict[Stage, frozenset[RequestState]] = {
    Stage.ASKED: frozenset(RequestState)
    - {RequestState.DRAFT, RequestState.WITHDRAWN, RequestState.EXPIRED},
    Stage.PROMISED: PROMISED | {RequestState.FULFILLED},
    Stage.ARRIVED: frozenset(),
}


@dataclass
class Case:
    """One departure as it stands at `now` (aware, UTC)."""

    departure: Departure
    territory: Territory
    now: datetime
    facts: Facts
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The other territories: code, then name."""
    wishes: list[MeasureWish] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    requests: list[AgencyRequest] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    protections: list[Protection] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    """All that came, read or not."""

    def wish(self, measure: Measure) -> MeasureWish | None:
        """Return the wish for a measure, if the person has it."""
        return next((wish for wish in self.wishes if wish.measure is measure), None)

    def measures_in(self, *states: MeasureState) -> list[Measure]:
        """Return the measures that stand in one of the states."""
        return [wish.measure for wish in self.wishes if wish.state in states]

    def agencies_for(self, measure: Measure) -> list[Agency]:
        """Return whom to ask, in order, for this household: none that is linked to the alleged
        perpetrator, none whose conditions do not hold today.
        """
        return [
            agency
            for agency in self.territory.agencies_for(measure, self.departure.scheme.value)
            if not self.is_excluded(agency.code) and all(map(self.holds, agency.only_when))
        ]

    def stop_gap_for(self, measure: Measure) -> Agency | None:
        """Return who bridges the time until a lasting answer, if anybody may."""
        plan = self.territory.measures.get(measure)
        if plan is None or plan.stop_gap is None or self.is_excluded(plan.stop_gap):
            return None
        return self.territory.agency(plan.stop_gap)

    def is_late_by_law(self, request: AgencyRequest) -> bool:
        """Whether the law's own period for a request is over (AUU, CASF L214-10)."""
        return any(
            deadline.kind is DeadlineKind.STATUTORY and deadline.reached_at is not None
            for deadline in self.deadlines
            if deadline.request_id == request.id
        )

    def is_stop_gap(self, request: AgencyRequest) -> bool:
        """Whether a request only bridges the time until a lasting answer."""
        plan = self.territory.measures.get(request.measure)
        return plan is not None and request.agency == plan.stop_gap

    def is_excluded(self, agency: str) -> bool:
        """Whether somebody there is linked to the alleged perpetrator."""
        return agency in self.facts.excluded_agencies

    def is_guarded(self, agency: str) -> bool:
        """Whether one agent there is linked to the alleged perpetrator: only its head is asked."""
        return agency in self.facts.guarded_agencies

    def holds(self, condition: Condition) -> bool:
        """Whether a condition to ask an agency holds today."""
        if condition is Condition.UNDER_26:
            return self.facts.under_26
        return self.has_reached(Measure.EMPLOYMENT, Stage.PROMISED)

    def has_reached(self, measure: Measure, stage: Stage) -> bool:
        """Whether a measure is in the plan and has come that far."""
        wish = self.wish(measure)
        if wish is None:
            return False
        if wish.state in (MeasureState.DELIVERED, MeasureState.CONFIRMED):
            return True
        return any(request.state in _REACHED[stage] for request in self.requests_for(measure))

    def has_consent(self, measure: Measure, agency: str) -> bool:
        """Whether the person's yes for this measure at this agency is alive, and covers all that
        the measure needs.
        """
        return any(
            consent.covers(measure, self.now)
            for consent in self.consents
            if (consent.measure, consent.agency) == (measure, agency)
        )

    def is_told_to_departement(self) -> bool:
        """Whether the person expressly agreed that the département hears of the AUU request."""
        return any(
            consent.measure is Measure.DEPARTEMENT and consent.covers(Measure.DEPARTEMENT, self.now)
            for consent in self.consents
        )

    def protection(self, kind: ProtectionKind) -> Protection | None:
        """Return where a protection stands, if anything is known of it."""
        return next((one for one in self.protections if one.kind is kind), None)

    def answers_to(self, kind: QuestionKind, prefix: str) -> list[Question]:
        """Return the answered questions of a kind whose slot starts with a prefix, oldest first."""
        return [
            question
            for question in self.questions
            if question.kind is kind and question.answer and question.slot.startswith(prefix)
        ]

    @property
    def today(self) -> date:
        """The date on the territory's calendars."""
        return local_date(self.now, self.territory)

    def requests_for(self, measure: Measure) -> list[AgencyRequest]:
        """Return every request made for a measure, oldest first."""
        return [request for request in self.requests if request.measure is measure]

    def last_moved(self, measure: Measure) -> AgencyRequest | None:
        """Return the request for a measure that something happened to last."""
        return max(self.requests_for(measure), key=lambda r: r.changed_at, default=None)

    def live_requests(self, measure: Measure | None = None) -> list[AgencyRequest]:
        """Return the requests that have not ended."""
        return [
            request
            for request in self.requests
            if request.state not in ENDED and measure in (None, request.measure)
        ]

    def request(self, number: int | None) -> AgencyRequest:
        """Return a request by its number."""
        return next(request for request in self.requests if request.id == number)

    def was_asked(self, measure: Measure, agency: Agency) -> bool:
        """Whether an agency was asked for a measure in this round, or had it in hand during it: a
        plan that is revised forgets nothing of what is under way.
        """
        turn = self.departure.round
        begun = next((q.opened_at for q in self.questions if q.slot == f"danger:{turn}:1"), None)
        return any(
            request.round == turn
            or request.state not in ENDED
            or (begun is not None and request.changed_at >= begun)
            for request in self.requests_for(measure)
            if request.agency == agency.code
        )

    def is_promised_elsewhere(self, measure: Measure, than: AgencyRequest | None = None) -> bool:
        """Whether another request for a measure already came to a lasting place, not to a list."""
        return any(
            request.state in (RequestState.OFFERED, RequestState.ACCEPTED)
            and not self.is_stop_gap(request)
            for request in self.live_requests(measure)
            if than is None or request.id != than.id
        )

    def next_attempt(self, measure: Measure, agency: str) -> int:
        """Return the number of the next request for a measure to an agency: never used before."""
        made = [r.attempt for r in self.requests_for(measure) if r.agency == agency]
        return max(made, default=0) + 1

    def open_questions(self, kind: QuestionKind | None = None) -> list[Question]:
        """Return what a human may still answer."""
        return [q for q in self.questions if q.is_open and kind in (None, q.kind)]

    def question(self, number: int | None) -> Question:
        """Return a question by its number."""
        return next(question for question in self.questions if question.id == number)

    def awaits(
        self,
        kind: QuestionKind,
        measure: Measure | None = None,
        about: str | None = None,
        agency: str | None = None,
    ) -> bool:
        """Whether a question of this kind is open, or rests until it is put again."""
        resting = (self.question(deadline.question_id) for deadline in self.resting())
        return any(
            question.kind is kind
            and measure in (None, question.measure)
            and about in (None, question.about)
            and agency in (None, question.agency)
            for question in (*self.open_questions(), *resting)
        )

    def has_asked(self, slot: str) -> bool:
        """Whether this occasion was already put to a human."""
        return any(question.slot == slot for question in self.questions)

    def times_asked(self, prefix: str) -> int:
        """Count the questions whose slot starts with a prefix."""
        return sum(question.slot.startswith(prefix) for question in self.questions)

    def running(self, *kinds: DeadlineKind) -> Iterator[Deadline]:
        """Yield the deadlines of these kinds (all kinds when none is given) that still run."""
        return (d for d in self.deadlines if d.is_running and (not kinds or d.kind in kinds))

    def is_under_way(self, deadline: Deadline) -> bool:
        """Whether a deadline runs, or its hour has come and that news is still to be read.

        Danger: between the two, what it stands for is neither forgotten nor done twice.
        """
        unread = (news.deadline_id for news in self.news if news.read_at is None)
        is_untold = deadline.reached_at is None or deadline.id in unread
        return deadline.met_at is None and is_untold

    def resting(self) -> list[Deadline]:
        """Return what says when a question that rests is put again."""
        rests = (d for d in self.deadlines if d.kind is DeadlineKind.ASK_AGAIN)
        return [deadline for deadline in rests if self.is_under_way(deadline)]

    def deadline(self, number: int | None) -> Deadline:
        """Return a deadline by its number."""
        return next(deadline for deadline in self.deadlines if deadline.id == number)

    def has_expected(self, slot: str) -> bool:
        """Whether this deadline was ever set."""
        return any(deadline.slot == slot for deadline in self.deadlines)

    def pending_acts(self, request: AgencyRequest | None = None) -> list[Act]:
        """Return the acts that are intended and not known to be done."""
        return [
            act
            for act in self.acts
            if act.state is ActState.INTENDED and (request is None or act.request_id == request.id)
        ]

    def has_done(self, verb: Verb, request: AgencyRequest) -> bool:
        """Whether this verb was ever intended for a request."""
        return any(act.verb is verb and act.request_id == request.id for act in self.acts)

    def has_accepted(self, request: AgencyRequest) -> bool:
        """Whether an offer of a request was accepted, and nobody took that back."""
        return any(
            act.verb is Verb.ACCEPT_OFFER
            and act.request_id == request.id
            and act.state is not ActState.GIVEN_UP
            for act in self.acts
        )

    def needs_human(self) -> bool:
        """Whether a human must act now."""
        return bool(self.open_questions())

    def is_waiting_for_agencies(self) -> bool:
        """Whether an agency has something to answer."""
        return any(r.state is not RequestState.DRAFT for r in self.live_requests())

    def goes_by_the_hour(self, measure: Measure) -> bool:
        """Whether a measure is counted in hours, round the clock."""
        plan = self.territory.measures.get(measure)
        return plan is not None and plan.reply.unit is Unit.HOURS

    def goes_by_call(self, request: AgencyRequest) -> bool:
        """Whether the referent phones for this request."""
        return request.channel is Channel.CALL
