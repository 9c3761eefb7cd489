"""Instants told as delays: « dans 3 jours ouvrés », with the text they come from when it is a law.

A delay is told only when counting it again gives the very instant that the rule decided; otherwise
the day and the hour are told.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from models.calendar import due
from models.case import Case
from models.deadline import DeadlineKind
from models.labels import label
from models.law import Period, PeriodCode, ends, period
from models.measure import Measure
from models.step import Ask, Expect
from models.territory import Delay
from models.wording import local_hour

_NO_LAW = ("à fixer par le territoire", "règle du projet")
_COUNTED: dict[DeadlineKind, tuple[PeriodCode, ...]] = {
    DeadlineKind.STATUTORY: (PeriodCode.AUU_PAYMENT, PeriodCode.AUU_PAYMENT_NEW),
    DeadlineKind.COURT: (PeriodCode.OP_RULING, PeriodCode.OPPI_RULING),
    DeadlineKind.DANGER_REVIEW: (PeriodCode.DANGER_REVIEW,),
}
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


def by_when(case: Case, asked: Ask) -> str:
    """Return by when a question is to be answered."""
    territory = case.territory
    delays = [territory.question, territory.immediate_danger, territory.first_contact]
    if asked.measure in territory.measures:
        delays.append(territory.measures[asked.measure].reply)
    told = _told(case, asked.due_at, asked.source, delays)
    return f"avant {told}" if told.startswith("le ") else told


def expected(case: Case, step: Expect) -> str:
    """Return when something is expected, or planned."""
    if step.kind in (DeadlineKind.RETRY, DeadlineKind.ASK_AGAIN):
        return _span(case, step.due_at)
    if step.kind is DeadlineKind.FOLLOW_UP:
        return date_of(case, step.due_at)
    return _told(case, step.due_at, step.source, _delays(case, step))


def source_of(text: str) -> str:
    """Return the law, or whoever else a number comes from; empty when the territory fixes it."""
    head = text.partition(" :")[0]
    return "" if head in _NO_LAW else f" ({head})"


def date_of(case: Case, instant: datetime) -> str:
    """Return ``le lun. 23/11/2026 à 09 h 00``."""
    return f"le {local_hour(instant, case.territory)}"


def _told(case: Case, instant: datetime, source: str, delays: Iterable[Delay | Period]) -> str:
    for delay in delays:
        if delay.source == source and _end(case, delay) == instant:
            return f"dans {_count(delay)}{source_of(source)}"
    return f"{date_of(case, instant)}{source_of(source)}"


def _end(case: Case, delay: Delay | Period) -> datetime:
    if isinstance(delay, Period):
        return ends(case.now, delay, case.territory)
    return due(case.now, delay, case.territory)


def _count(delay: Delay | Period) -> str:
    words = label(delay.unit).split()
    if delay.count == 1:
        words = [word.removesuffix("s") for word in words]
    return " ".join([str(delay.count), *words])


def _span(case: Case, instant: datetime) -> str:
    wait = instant - case.now
    if wait > _DAY and not wait % _DAY:
        return f"dans {wait // _DAY} jours"
    if _HOUR <= wait <= _DAY and not wait % _HOUR:
        return f"dans {wait // _HOUR} heure{'s' if wait > _HOUR else ''}"
    if wait < _HOUR and not wait % _MINUTE:
        return f"dans {wait // _MINUTE} minutes"
    return date_of(case, instant)


def _delays(case: Case, step: Expect) -> Iterator[Delay | Period]:
    measure = step.measure or (step.request.measure if step.request else None)
    for code in _COUNTED.get(step.kind, ()):
        yield period(code, case.today)
    if step.kind is DeadlineKind.CONSENT_END:
        yield case.territory.consent
    if step.kind in (DeadlineKind.LADDER, DeadlineKind.QUESTION):
        yield from _waits(case)
    yield from _of_the_plan(case, measure, step.kind)


def _waits(case: Case) -> Iterator[Delay]:
    ladders = case.territory.ladders
    for rungs in (ladders.agency, ladders.agency_urgent, ladders.referent, ladders.referent_urgent):
        yield from (rung.wait for rung in rungs)


def _of_the_plan(case: Case, measure: Measure | None, kind: DeadlineKind) -> Iterator[Delay]:
    plan = case.territory.measures.get(measure) if measure else None
    if plan is None:
        return
    wanted = {
        DeadlineKind.ACKNOWLEDGE: plan.acknowledge,
        DeadlineKind.REPLY: plan.reply,
        DeadlineKind.DELIVER: plan.deliver,
        DeadlineKind.REASK: plan.ask_again,
    }
    if (delay := wanted.get(kind)) is not None:
        yield delay
