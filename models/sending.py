"""Sending — envoi d'un formulaire : who sent which answers through the screen, noted before they
leave.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel

from models.columns import coded, instant


class SendingOutcome(StrEnum):
    """What became of a form that was sent."""

    UNKNOWN = "unknown"
    """On its way; or whoever carried it died, and nobody can tell any more."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class FormSending(SQLModel, table=True):
    """One form sent by one person. What it says is in the questions; here, its digest only."""

    __tablename__ = "form_sending"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    flow_run: UUID = Field(index=True)
    account: str
    digest: str
    sent_at: datetime = instant()
    outcome: SendingOutcome = coded(SendingOutcome, default=SendingOutcome.UNKNOWN)


def digest_of(fields: Mapping[str, str]) -> str:
    """Return the digest of a form's fields, whatever their order."""
    return hashlib.sha256(json.dumps(dict(fields), sort_keys=True).encode()).hexdigest()


def sender(sendings: Iterable[FormSending]) -> str | None:
    """Return who gave an answer, of those who sent these very fields to that form; None: unknown.

    Rule: one is named only when no other can have been. Prefect accepts one form; when two people
    sent the same one and neither is known to be accepted, neither is named.
    """
    known = list(sendings)
    accepted = {one.account for one in known if one.outcome is SendingOutcome.ACCEPTED}
    possible = {one.account for one in known if one.outcome is not SendingOutcome.REFUSED}
    named = accepted or possible
    return named.pop() if len(named) == 1 else None
