"""What a release would change for the open departures: two rehearsals are compared. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from models.rehearsal import (
    DepartureRehearsed,
    Occasion,
    Plan,
    PlannedAct,
    PlannedDeadline,
    PlannedQuestion,
    Rehearsal,
)

Told = TypeVar("Told")


class Change(StrEnum):
    """What the new release would do otherwise."""

    BREAKS = "breaks"
    """The pass would stop on a defect, where the running release goes through."""
    UNKNOWN = "unknown"
    """The running release cannot be rehearsed: nothing is to be compared with."""
    LOSES = "loses"
    """The departure is no longer among the open ones."""
    SENDS_AGAIN = "sends_again"
    SENDS_HELD = "sends_held"
    SKIPS = "skips"
    ASKS_AGAIN = "asks_again"
    FEWER_ANSWERS = "fewer_answers"
    LATER = "later"
    LEADS_ELSEWHERE = "leads_elsewhere"
    """A departure, a measure or a request would come to another state."""
    ADDS = "adds"
    SOONER = "sooner"
    ASKS_OTHERWISE = "asks_otherwise"
    """Other words, one more answer, somebody else is asked."""


SAFE = frozenset({Change.ADDS, Change.SOONER, Change.ASKS_OTHERWISE})


class Noun(StrEnum):
    """What a difference is about."""

    DEPARTURE = "departure"
    MEASURE = "measure"
    REQUEST = "request"
    ACT = "act"
    QUESTION = "question"
    DEADLINE = "deadline"


@dataclass(frozen=True)
class Difference:
    """One thing that the new release would do otherwise, in codes and without the departure."""

    change: Change
    noun: Noun
    code: str
    measure: str | None = None
    agency: str | None = None
    about: str | None = None
    occasion: str = ""
    """Empty: at the next pass. Else the kind of deadline that passes, or of question answered."""
    option: str | None = None
    """The answer, when the occasion is one."""

    @property
    def when(self) -> tuple[str, str | None]:
        """On which occasion."""
        return (self.occasion, self.option)

    @property
    def is_safe(self) -> bool:
        """Whether it can reach open departures without anybody's say."""
        return self.change in SAFE


@dataclass(frozen=True)
class Verdict:
    """What a release would change for one departure."""

    reference: str
    differences: tuple[Difference, ...]

    @property
    def is_identical(self) -> bool:
        """Whether nothing changes."""
        return not self.differences

    @property
    def is_safe(self) -> bool:
        """Whether all that changes is safe."""
        return all(difference.is_safe for difference in self.differences)


def compare(running: Rehearsal, coming: Rehearsal) -> list[Verdict]:
    """Return what the coming release would change, departure by departure."""
    known = {one.reference: one for one in coming.departures}
    verdicts = [_verdict(one, known.get(one.reference)) for one in running.departures]
    before = {one.reference for one in running.departures}
    reopened = Difference(Change.LEADS_ELSEWHERE, Noun.DEPARTURE, "")
    return verdicts + [Verdict(one, (reopened,)) for one in known if one not in before]


@dataclass
class Reach:
    """How far one difference goes."""

    departures: list[str] = field(default_factory=list)
    occasions: list[tuple[str, str | None]] = field(default_factory=list)
    """The kind of deadline that passes, or of question answered, and the answer; ("", None): at the
    next pass.
    """


def by_difference(verdicts: Iterable[Verdict]) -> dict[Difference, Reach]:
    """Return how far each difference goes, whatever the occasion; the gravest changes first."""
    told: dict[Difference, Reach] = defaultdict(Reach)
    for verdict in verdicts:
        for difference in verdict.differences:
            reach = told[replace(difference, occasion="", option=None)]
            if verdict.reference not in reach.departures:
                reach.departures.append(verdict.reference)
            if difference.when not in reach.occasions:
                reach.occasions.append(difference.when)
    gravity = list(Change)
    return dict(sorted(told.items(), key=lambda item: gravity.index(item[0].change)))


def _verdict(running: DepartureRehearsed, coming: DepartureRehearsed | None) -> Verdict:
    if coming is None:
        return Verdict(running.reference, (Difference(Change.LOSES, Noun.DEPARTURE, ""),))
    past = _Past((*running.done, *coming.done), (*running.answered, *coming.answered))
    plans = {plan.occasion.key: plan for plan in coming.plans}
    found: dict[Difference, None] = {}
    for plan in running.plans:
        other = plans.get(plan.occasion.key)
        for difference in _differences(plan, other, past):
            # What changes at the next pass anyway is not told again for what may come later.
            if difference not in found:
                found[_on(plan.occasion, difference)] = None
    return Verdict(running.reference, tuple(found))


@dataclass(frozen=True)
class _Past:
    done: tuple[PlannedAct, ...]
    answered: tuple[PlannedQuestion, ...]


def _on(occasion: Occasion, difference: Difference) -> Difference:
    return replace(difference, occasion=occasion.kind or "", option=occasion.option)


def _differences(plan: Plan, other: Plan | None, past: _Past) -> Iterator[Difference]:
    if plan.broken:
        yield Difference(Change.UNKNOWN, Noun.DEPARTURE, plan.broken)
    elif other is None or other.broken:
        why = other.broken if other and other.broken else ""
        yield Difference(Change.BREAKS, Noun.DEPARTURE, why)
    else:
        yield from _states(plan, other)
        yield from _acts(plan, other, past)
        yield from _questions(plan, other, past)
        yield from _deadlines(plan, other)


def _states(plan: Plan, other: Plan) -> Iterator[Difference]:
    elsewhere = Change.LEADS_ELSEWHERE
    if plan.state != other.state:
        yield Difference(elsewhere, Noun.DEPARTURE, other.state)
    for measure in sorted(plan.measures.keys() | other.measures.keys()):
        if plan.measures.get(measure) != other.measures.get(measure):
            yield Difference(elsewhere, Noun.MEASURE, other.measures.get(measure, ""), measure)
    for key, state in plan.requests.items():
        _, measure, agency, *_ = (*key.split(":"), "", "", "")
        if key not in other.requests:
            yield Difference(Change.SKIPS, Noun.REQUEST, "", measure, agency)
        elif other.requests[key] != state:
            yield Difference(elsewhere, Noun.REQUEST, other.requests[key], measure, agency)


def _acts(plan: Plan, other: Plan, past: _Past) -> Iterator[Difference]:
    both, gone, come = _matched(plan.acts, other.acts, lambda act: act.key)
    known = {act.subject for act in (*past.done, *plan.acts)}
    for act in come:
        # Danger: another key for the same thing is a second request for the agency.
        is_again = act.subject in known
        yield _of_act(Change.SENDS_AGAIN if is_again else Change.ADDS, act)
        known.add(act.subject)
    sent_otherwise = {act.subject for act in come}
    for act in gone:
        if act.subject not in sent_otherwise:
            yield _of_act(Change.SKIPS, act)
    for before, after in both:
        if before.held is not after.held:
            yield _of_act(Change.SENDS_HELD if before.held else Change.SKIPS, after)
        elif before.at != after.at:
            yield _of_act(Change.LATER if after.at > before.at else Change.SOONER, after)


def _questions(plan: Plan, other: Plan, past: _Past) -> Iterator[Difference]:
    both, gone, come = _matched(plan.questions, other.questions, lambda asked: asked.subject)
    known = {asked.matter for asked in (*past.answered, *plan.questions)}
    for asked in come:
        is_again = asked.matter in known
        yield _of_question(Change.ASKS_AGAIN if is_again else Change.ADDS, asked)
        known.add(asked.matter)
    for asked in gone:
        yield _of_question(Change.SKIPS, asked)
    for before, after in both:
        if set(before.options) - set(after.options):
            yield _of_question(Change.FEWER_ANSWERS, after)
        if before.due_at != after.due_at:
            is_later = after.due_at > before.due_at
            yield _of_question(Change.LATER if is_later else Change.SOONER, after)
        elif _manner(before) != _manner(after):
            yield _of_question(Change.ASKS_OTHERWISE, after)


def _manner(asked: PlannedQuestion) -> tuple[object, ...]:
    return (asked.wording, frozenset(asked.options), asked.asked_of)


def _deadlines(plan: Plan, other: Plan) -> Iterator[Difference]:
    # What is expected of a question or a request that only one of them has is told with it.
    asked = {q.subject for q in plan.questions} & {q.subject for q in other.questions}
    shared = {None, *asked}, {None, *(plan.requests.keys() & other.requests.keys())}
    both, gone, come = _matched(
        _worth_telling(plan.deadlines, *shared),
        _worth_telling(other.deadlines, *shared),
        lambda deadline: deadline.subject,
    )
    for deadline in come:
        yield _of_deadline(Change.ADDS, deadline)
    for deadline in gone:
        yield _of_deadline(Change.SKIPS, deadline)
    for before, after in both:
        if before.due_at != after.due_at:
            is_later = after.due_at > before.due_at
            yield _of_deadline(Change.LATER if is_later else Change.SOONER, after)


def _worth_telling(
    deadlines: Iterable[PlannedDeadline],
    asked: Collection[object],
    requests: Collection[str | None],
) -> list[PlannedDeadline]:
    told = [d for d in deadlines if d.question in asked and d.request in requests]
    return sorted(told, key=lambda deadline: deadline.due_at)


def _matched(
    before: Sequence[Told], after: Sequence[Told], key: Callable[[Told], Hashable]
) -> tuple[list[tuple[Told, Told]], list[Told], list[Told]]:
    """Return what is in both, what is gone and what is come; the same key twice is two things."""
    waiting: dict[Hashable, list[Told]] = defaultdict(list)
    for one in after:
        waiting[key(one)].append(one)
    both: list[tuple[Told, Told]] = []
    gone: list[Told] = []
    for one in before:
        if waiting[key(one)]:
            both.append((one, waiting[key(one)].pop(0)))
        else:
            gone.append(one)
    left = {id(one) for rest in waiting.values() for one in rest}
    return both, gone, [one for one in after if id(one) in left]


def _of_act(change: Change, act: PlannedAct) -> Difference:
    return Difference(change, Noun.ACT, act.verb, act.measure, act.agency)


def _of_question(change: Change, asked: PlannedQuestion) -> Difference:
    about = asked.about or (f"J+{asked.day}" if asked.day is not None else None)
    return Difference(change, Noun.QUESTION, asked.kind, asked.measure, asked.agency, about)


def _of_deadline(change: Change, deadline: PlannedDeadline) -> Difference:
    return Difference(
        change, Noun.DEADLINE, deadline.kind, deadline.measure, deadline.agency, deadline.about
    )
