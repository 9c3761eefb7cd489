"""AuditLine — trace d'accès : who opened the vault, answered, or was refused. Codes only, chained:
each line holds the digest of the line before it.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from sqlmodel import Field, SQLModel

from models.columns import instant

HOUSE = "house"
"""The chain of what concerns no departure; every other chain has the reference of a departure."""
START = b""
"""What stands before the first line of a chain."""


class AuditEvent(StrEnum):
    """What the audit can tell."""

    VAULT_OPENED = "vault_opened"
    ANSWER_GIVEN = "answer_given"
    REPLY_RECEIVED = "reply_received"
    ACCESS_REFUSED = "access_refused"
    CHAIN_NOTED = "chain_noted"
    """The head of another chain, written in the chain of the house."""


class Purpose(StrEnum):
    """Why the vault is opened."""

    AGENCY_ACT = "agency_act"
    AGENT_READS = "agent_reads"
    FACTS_DRAWN = "facts_drawn"
    TRANSFER = "transfer"
    HANDED_OUT = "handed_out"
    """All that is kept about a person is written for that person."""


class Refusal(StrEnum):
    """Why an access is refused."""

    TOKEN = "token"  # noqa: S105 - a code
    LINK = "link"
    SIGNATURE = "signature"
    AGENCY = "agency"
    REQUEST = "request"
    """An agency speaks of a request that is not one of its own."""
    NOTHING_TO_READ = "nothing_to_read"
    """The link is right, but the request, or the yes to it, lives no more."""
    LOGIN = "login"
    """A wrong code or password, a closed account, or an identity that opens no account."""
    LOGIN_SLOWED = "login_slowed"
    """Too many tries: nothing was looked at."""
    GUARD = "guard"
    """Asked of Prefect's screen by somebody who may not; the technical log says which route."""


class AuditLine(SQLModel, table=True):
    """One line of one chain. The database refuses to change or delete it."""

    __tablename__ = "audit_line"

    chain: str = Field(primary_key=True)
    """A reference, or `HOUSE`. No foreign key: the audit survives the erasure of a departure."""
    number: int = Field(primary_key=True)
    """From 1, without a gap."""
    at: datetime = instant()
    """Real time, even where the journey's time is simulated."""
    event: str
    """An `AuditEvent`. Plain text: a line that was tampered with must still be readable."""
    by: str
    """Who: a human, an agency, a task, a command, or a part of the platform."""
    code: str
    """A purpose, a refusal, or what was answered."""
    about: str | None = None
    """The key of an act or of a request, a question, or the chain that is noted."""
    times: int = 1
    """How many refusals this line stands for."""
    beside_number: int | None = None
    """How long another chain was: the noted one; for a departure, that of the house."""
    beside_digest: bytes | None = None
    """The digest of the last line that it had."""
    previous: bytes
    digest: bytes


class AuditHead(SQLModel, table=True):
    """Where a chain ends: sealed with a key that is not in the database."""

    __tablename__ = "audit_head"

    chain: str = Field(primary_key=True)
    number: int
    digest: bytes
    noted: int
    """How long the chain was when the chain of the house last took note of it."""
    key_id: str
    """Which audit key sealed it; says nothing about the key."""
    seal: bytes


class Line(Protocol):
    """A line as stored, whether read as a row or as an object."""

    @property
    def chain(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def event(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def about(self) -> str | None: ...
    @property
    def times(self) -> int: ...
    @property
    def beside_number(self) -> int | None: ...
    @property
    def beside_digest(self) -> bytes | None: ...
    @property
    def previous(self) -> bytes: ...
    @property
    def digest(self) -> bytes: ...


def digest_of(line: Line) -> bytes:
    """Return what the digest of a line must be.

    Rule: the number is not in it; the place of a line is told by the line before it. So a line that
    was moved is told from one that was changed.
    """
    beside = line.beside_digest.hex() if line.beside_digest is not None else None
    content = [
        line.previous.hex(),
        line.chain,
        line.at.astimezone(UTC).isoformat(),
        line.event,
        line.by,
        line.code,
        line.about,
        line.times,
        line.beside_number,
        beside,
    ]
    return sha256(json.dumps(content, separators=(",", ":")).encode()).digest()


def sealed_words(chain: str, number: int, digest: bytes, noted: int, key_id: str) -> bytes:
    """Return what the seal of a head covers."""
    return "\n".join((chain, str(number), digest.hex(), str(noted), key_id)).encode()
