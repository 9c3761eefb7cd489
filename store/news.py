"""News come in from agencies, humans and the passing of time; each is stored once and read once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.act import Act
from models.audit import AuditEvent
from models.deadline import Deadline
from models.departure import Departure
from models.journal import Event
from models.news import News, NewsKind
from models.question import Question, Wish, about_of, choice_of
from models.reply import AgencyReply
from models.request import AgencyRequest
from models.standing import Standing, contradiction
from store.audit import append
from store.clock import clock_in
from store.engine import session
from store.journal import write
from store.pace import keep_pace

# Danger: a number that the column cannot hold is an error of the database, and a 500.
_ATTEMPT = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True)
class ReceivedReply:
    """What became of a reply: the departure it speaks of (None: of no request of that agency), and
    if it is new.
    """

    reference: str | None
    is_new: bool
    contradicts: bool = False
    """Its number is that of another reply, which was kept: nobody has read this one."""


def receive_reply(agency: str, reply: AgencyReply, per_minute: int | None = None) -> ReceivedReply:
    """Store a reply before anybody is told that it was received. The same event twice is stored
    once; another content under its number is not stored, and is told apart.

    `per_minute` bounds what is said at the door. Raises `TooFast`: nothing is stored then.
    """
    with session() as opened:
        request = _request_of(opened, agency, reply.request_key)
        if request is None:
            return ReceivedReply(reference=None, is_new=False)
        is_new = _hear(opened, request, reply.event, reply.as_codes(), reply.kind)
        if not is_new and _said_otherwise(opened, agency, reply):
            return ReceivedReply(request.reference, is_new=False, contradicts=True)
        if per_minute is not None:
            keep_pace(opened, agency, per_minute)
        return ReceivedReply(reference=request.reference, is_new=is_new)


def receive_standing(agency: str, key: str, said: Standing) -> ReceivedReply:
    """Store that an agency contradicts us about a request, if it does. The same contradiction is
    stored once, until something was done about it.
    """
    with session() as opened:
        request = _request_of(opened, agency, key)
        if request is None:
            return ReceivedReply(reference=None, is_new=False)
        acts = opened.exec(select(Act).where(Act.request_id == request.id)).all()
        occasion = contradiction(request, acts, said)
        is_new = occasion is not None and _hear(opened, request, occasion, said.as_codes(), said)
        return ReceivedReply(reference=request.reference, is_new=is_new)


def record_answer(reference: str, number: int, option: str, by: str) -> bool:
    """Keep a human's answer (the code of an option) and who gave it; the first one wins. Return
    whether this one did.
    """
    with session() as opened:
        _stand_aside(opened, [reference])
        return record_answer_in(opened, reference, number, option, by)


def record_answer_in(opened: Session, reference: str, number: int, option: str, by: str) -> bool:
    """Keep an answer within a transaction already open, which holds the departure."""
    now = clock_in(opened).now()
    question = opened.get(Question, number, with_for_update=True)
    if question is None or question.reference != reference or option not in question.options:
        return False
    late = not question.is_open
    write(
        opened,
        reference,
        now,
        Event.ANSWER_TOO_LATE if late else Event.QUESTION_ANSWERED,
        measure=question.measure,
        agency=question.agency,
        code=f"{question.kind.value}:{option}",
        by=by,
    )
    append(
        opened,
        reference,
        AuditEvent.ANSWER_GIVEN,
        by=by,
        code=f"{question.kind.value}:{option}",
        about=question.field,
    )
    if late:
        return False
    question.answer, question.answer_about = choice_of(option), about_of(option) or None
    question.answered_at, question.answered_by = now, by
    return _store(
        opened,
        News(
            reference=reference,
            event=f"answer:{number}",
            kind=NewsKind.ANSWER,
            question_id=number,
            came_at=now,
        ),
    )


def record_wish(opened: Session, reference: str, wish: Wish, occasion: str, by: str) -> None:
    """Keep what a human wants beside the questions; one occasion is one wish."""
    is_new = _store(
        opened,
        News(
            reference=reference,
            event=f"wish:{reference}:{occasion}",
            kind=NewsKind.WISH,
            wish=wish,
            came_at=clock_in(opened).now(),
        ),
    )
    if is_new:
        append(opened, reference, AuditEvent.ANSWER_GIVEN, by=by, code=f"wish:{wish.value}")


def deadlines_become_news(limit: int = 500) -> list[str]:
    """Turn the deadlines that were reached into news. Return the references concerned."""
    with session() as opened:
        now = clock_in(opened).now()
        due = (
            select(Deadline)
            .where(
                col(Deadline.due_at) <= now,
                col(Deadline.met_at).is_(None),
                col(Deadline.reached_at).is_(None),
            )
            .order_by(col(Deadline.due_at))
            .limit(limit)
        )
        # Those whose pass is writing at this instant are left for the next sweep: it delays nobody.
        free = _stand_aside(
            opened, {deadline.reference for deadline in opened.exec(due).all()}, skip_locked=True
        )
        mine = due.where(col(Deadline.reference).in_(free)).with_for_update(skip_locked=True)
        reached = opened.exec(mine.execution_options(populate_existing=True)).all()
        for deadline in reached:
            deadline.reached_at = now
            _store(
                opened,
                News(
                    reference=deadline.reference,
                    event=f"deadline:{deadline.id}",
                    kind=NewsKind.DEADLINE,
                    deadline_id=deadline.id,
                    request_id=deadline.request_id,
                    came_at=now,
                ),
            )
        return list(dict.fromkeys(deadline.reference for deadline in reached))


def next_unread(opened: Session, reference: str) -> News | None:
    """Return the oldest news that was not read."""
    query = (
        select(News)
        .where(News.reference == reference, col(News.read_at).is_(None))
        .order_by(col(News.id))
        .limit(1)
    )
    return opened.exec(query).first()


def next_due() -> datetime | None:
    """Return when the next deadline falls, over all departures."""
    with session() as opened:
        running = (
            select(Deadline.due_at)
            .where(col(Deadline.met_at).is_(None), col(Deadline.reached_at).is_(None))
            .order_by(col(Deadline.due_at))
            .limit(1)
        )
        return opened.exec(running).first()


def _request_of(opened: Session, agency: str, key: str) -> AgencyRequest | None:
    """An agency can speak of its own requests only."""
    reference, _, rest = key.partition(":")
    measure, _, rest = rest.partition(":")
    named, _, attempt = rest.rpartition(":")
    if named != agency or not _ATTEMPT.fullmatch(attempt):
        return None
    mine = select(AgencyRequest).where(
        AgencyRequest.reference == reference,
        AgencyRequest.agency == agency,
        AgencyRequest.attempt == int(attempt),
    )
    return next((r for r in opened.exec(mine).all() if r.measure.value == measure), None)


def _stand_aside(
    opened: Session, references: Iterable[str], *, skip_locked: bool = False
) -> Sequence[str]:
    """Wait until no pass is writing to these departures, or pass over them; return those held.

    Danger: whatever is written of a departure refers to its row, which a pass holds while it
    changes questions and deadlines. Whoever locks one of these first, and writes then, would wait
    for the pass while the pass waits for them.
    """
    rows = (
        select(Departure.reference)
        .where(col(Departure.reference).in_(sorted(references)))
        .order_by(Departure.reference)
        .with_for_update(read=True, key_share=True, skip_locked=skip_locked)
    )
    return opened.exec(rows).all()


def _said_otherwise(opened: Session, agency: str, reply: AgencyReply) -> bool:
    known = opened.exec(select(News).where(News.event == f"{agency}:{reply.event}")).one()
    return reply.differs_from(known.reply)


def _hear(
    opened: Session, request: AgencyRequest, event: str, codes: dict[str, Any], said: StrEnum
) -> bool:
    is_new = _store(
        opened,
        News(
            reference=request.reference,
            event=f"{request.agency}:{event}",
            kind=NewsKind.REPLY,
            request_id=request.id,
            reply=codes,
            came_at=clock_in(opened).now(),
        ),
    )
    if is_new:
        append(
            opened,
            request.reference,
            AuditEvent.REPLY_RECEIVED,
            by=request.agency,
            code=said.value,
            about=request.key,
        )
    return is_new


def _store(opened: Session, news: News) -> bool:
    values = news.model_dump(exclude={"id"})
    stored = opened.execute(
        insert(News).values(**values).on_conflict_do_nothing().returning(col(News.id))
    )
    return stored.first() is not None
