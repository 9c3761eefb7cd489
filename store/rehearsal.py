"""Rehearse a pass over every open departure: the store is read, the rest is done on paper; nothing
is called, nothing is kept.

Run as `python -m store.rehearsal INSTANT`, it writes the rehearsal as JSON, for another release to
compare with its own. Codes only leave it.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from models.act import Act, ActState, Result
from models.agency import Channel
from models.case import Case
from models.consent import Consent
from models.deadline import Deadline, DeadlineKind
from models.departure import Departure
from models.journey.acts import concluded, is_due
from models.journey.approach import may_leave
from models.journey.chapters import AFTER_ACTS, BEFORE_ACTS
from models.journey.digest import digest
from models.question import Question
from models.rehearsal import (
    ANSWER,
    SILENCE,
    DepartureRehearsed,
    Occasion,
    Plan,
    PlannedAct,
    PlannedDeadline,
    PlannedQuestion,
    Rehearsal,
)
from models.wording import help_of, title_of
from store.cases import load_case
from store.engine import session
from store.paper import Paper, on_paper
from store.runs import runs_to_watch


def rehearse(at: datetime) -> Rehearsal:
    """Rehearse every open departure at an aware instant. The store is read, and that is all."""
    references = sorted(run.reference for run in runs_to_watch())
    return Rehearsal(at=at, departures=tuple(_rehearsed(one, at) for one in references))


def _rehearsed(reference: str, at: datetime) -> DepartureRehearsed:
    try:
        case = replace(_read(reference), now=at)
        plans = tuple(plan(case, occasion) for occasion in occasions(case))
        done = tuple(_act(case, act, at) for act in case.acts if _may_have_left(act))
        answered = tuple(_question(case, q) for q in case.questions if q.answer)
    except Exception as defect:
        broken = Plan(occasion=Occasion(), broken=type(defect).__name__)
        return DepartureRehearsed(reference=reference, plans=(broken,))
    return DepartureRehearsed(reference=reference, done=done, answered=answered, plans=plans)


def _read(reference: str) -> Case:
    with session() as opened:
        # Danger: a rehearsal that wrote would act on somebody. The server itself refuses it.
        opened.connection(execution_options={"postgresql_readonly": True})
        return load_case(opened, opened.get_one(Departure, reference))


def occasions(case: Case) -> list[Occasion]:
    """Return what is rehearsed: the next pass, each hour of silence and each answer by itself."""
    return [Occasion(), *_silences(case), *_answers(case)]


def _silences(case: Case) -> Iterator[Occasion]:
    """Each deadline that runs, with those of its very instant: what silence would trigger."""
    for deadline in sorted(case.running(), key=lambda one: one.id or 0):
        if deadline.due_at > case.now:
            yield Occasion(what=SILENCE, number=deadline.id, kind=deadline.kind.value)


def _answers(case: Case) -> Iterator[Occasion]:
    """Each answer to each question that is open: a form may lie on somebody's screen."""
    for question in sorted(case.open_questions(), key=lambda one: one.id or 0):
        for option in question.options:
            yield Occasion(what=ANSWER, number=question.id, kind=question.kind.value, option=option)


def plan(case: Case, occasion: Occasion) -> Plan:
    """Return how a departure would stand after the pass that an occasion calls for."""
    try:
        paper = on_paper(case)
        _happens(paper, occasion)
        return as_it_stands(paper.case, occasion, _pass(paper))
    except Exception as defect:
        # Danger: the text of a defect could hold more than codes; its type is enough to look.
        return Plan(occasion=occasion, broken=type(defect).__name__)


def _happens(paper: Paper, occasion: Occasion) -> None:
    """Let the occasion come, after all that is due; the pass that reads it is at that instant."""
    case = paper.case
    hour = case.deadline(occasion.number).due_at if occasion.what == SILENCE else None
    for deadline in [d for d in case.running() if d.due_at <= case.now or d.due_at == hour]:
        paper.passes(deadline)
    if occasion.what == ANSWER:
        paper.answers(case.question(occasion.number), occasion.option or "")


def _pass(paper: Paper) -> list[PlannedAct]:
    """Do what a pass does, every agency taking what is sent; return the acts that leave."""
    case = paper.case
    for news in [news for news in case.news if news.read_at is None]:
        paper.applies(digest(case, news))
        news.read_at = case.now
    for chapter in BEFORE_ACTS:
        paper.applies(chapter(case))
    left: list[PlannedAct] = []
    for act in [act for act in case.pending_acts() if is_due(act, case.now)]:
        # What came of an act before may have taken this one's reason away.
        if act.state is ActState.INTENDED:
            left.append(_sent(paper, act))
    for chapter in AFTER_ACTS:
        paper.applies(chapter(case))
    return left


def _sent(paper: Paper, act: Act) -> PlannedAct:
    case = paper.case
    request = case.request(act.request_id)
    held = not may_leave(case, act.verb, request)
    planned = _act(case, act, case.now, held=held)
    act.tries += 1
    by_phone = Result.NOT_SUPPORTED if request.channel is Channel.CALL else Result.DONE
    paper.applies(concluded(case, act, Result.NO_CONSENT if held else by_phone, None))
    return planned


def as_it_stands(case: Case, occasion: Occasion, left: list[PlannedAct]) -> Plan:
    """Return how a departure stands; `left` are the acts that just left."""
    waiting = [_act(case, act, act.not_before) for act in case.pending_acts()]
    return Plan(
        occasion=occasion,
        state=":".join(filter(None, (case.departure.state, case.departure.outcome))),
        measures={wish.measure.value: wish.state.value for wish in case.wishes},
        requests={r.key: f"{r.state.value}:{r.channel.value}" for r in case.requests},
        acts=(*left, *waiting),
        questions=tuple(_question(case, question) for question in case.open_questions()),
        deadlines=tuple(_deadline(case, deadline) for deadline in case.running()),
    )


def _act(case: Case, act: Act, at: datetime, *, held: bool = False) -> PlannedAct:
    request = case.request(act.request_id)
    return PlannedAct(
        key=act.key,
        verb=act.verb.value,
        measure=request.measure.value,
        agency=request.agency,
        offer=act.offer,
        at=at,
        held=held,
    )


def _question(case: Case, question: Question) -> PlannedQuestion:
    words = f"{title_of(question, case)}\n{help_of(question, case)}"
    return PlannedQuestion(
        kind=question.kind.value,
        measure=question.measure.value if question.measure else None,
        agency=question.agency,
        about=question.about,
        request=_key(case, question.request_id),
        offer=question.offer,
        detail=question.detail.value if question.detail else None,
        day=question.day,
        options=tuple(question.options),
        asked_of=question.asked_of,
        wording=sha256(words.encode()).hexdigest()[:12],
        due_at=question.due_at,
    )


def _deadline(case: Case, deadline: Deadline) -> PlannedDeadline:
    asked = _question(case, case.question(deadline.question_id)) if deadline.question_id else None
    request = case.request(deadline.request_id) if deadline.request_id else None
    consent = _consent_of(case, deadline)
    spoken_of = request or consent
    return PlannedDeadline(
        kind=deadline.kind.value,
        measure=deadline.measure.value if deadline.measure else None,
        agency=spoken_of.agency if spoken_of else None,
        about=None if consent else deadline.about,
        request=request.key if request else None,
        rung=deadline.rung,
        question=asked.subject if asked else None,
        due_at=deadline.due_at,
    )


def _consent_of(case: Case, deadline: Deadline) -> Consent | None:
    """Return the yes whose end is told: a number on paper is not the same in another release."""
    if deadline.kind not in (DeadlineKind.CONSENT_WARNING, DeadlineKind.CONSENT_END):
        return None
    return next((yes for yes in case.consents if str(yes.id) == deadline.about), None)


def _key(case: Case, request: int | None) -> str | None:
    return case.request(request).key if request else None


def _may_have_left(act: Act) -> bool:
    return act.state is ActState.DONE or act.tries > 0


def main(at: str) -> None:
    """Write the rehearsal of this release at an instant, as JSON."""
    sys.stdout.write(rehearse(datetime.fromisoformat(at)).model_dump_json())


if __name__ == "__main__":
    main(sys.argv[1])
