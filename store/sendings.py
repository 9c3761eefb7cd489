"""Who sent which form through the screen: noted before it leaves, read when it is collected."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from models.sending import FormSending, SendingOutcome, digest_of, sender
from store.clock import clock_in
from store.engine import session


def remember(flow_run: UUID, account: str, fields: Mapping[str, str]) -> UUID:
    """Note that somebody is about to send these fields to a run; return the note's number."""
    with session() as opened:
        sending = FormSending(
            flow_run=flow_run,
            account=account,
            digest=digest_of(fields),
            sent_at=clock_in(opened).now(),
        )
        opened.add(sending)
        return sending.id


def ended(number: UUID, outcome: SendingOutcome) -> None:
    """Note what became of it."""
    with session() as opened:
        sending = opened.get(FormSending, number)
        if sending is not None:
            sending.outcome = outcome


def sender_of(
    opened: Session, flow_run: UUID, shown_at: datetime, fields: Mapping[str, str]
) -> str | None:
    """Return the account that gave these fields to the form shown at that instant; None: unknown.

    `shown_at` is journey time, as is the instant of each sending.
    """
    sent = select(FormSending).where(
        FormSending.flow_run == flow_run,
        FormSending.digest == digest_of(fields),
        col(FormSending.sent_at) >= shown_at,
    )
    return sender(opened.exec(sent).all())
