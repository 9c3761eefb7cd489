"""News — nouvelle : something happened to a departure. Read once, in order."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.question import Wish

RESTORED = "restored"
"""The occasion on which the platform itself asks what a referent may have said since a backup."""


class NewsKind(StrEnum):
    """Where the news comes from."""

    REPLY = "reply"
    """An agency spoke."""
    ANSWER = "answer"
    """A human answered a question."""
    WISH = "wish"
    """A human asked for something that was not asked of them."""
    DEADLINE = "deadline"
    """A deadline was reached in silence."""


class News(SQLModel, table=True):
    """One piece of news. `event` is unique for ever: the same one twice is stored once."""

    __tablename__ = "news"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="departure.reference", index=True)
    event: str = Field(unique=True)
    """Source and number: ``caf-21:evt-8``, ``answer:17``, ``deadline:40``."""
    kind: NewsKind = coded(NewsKind)
    request_id: int | None = Field(default=None, foreign_key="agency_request.id")
    question_id: int | None = None
    deadline_id: int | None = None
    wish: Wish | None = coded(Wish, default=None, nullable=True)
    reply: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """An AgencyReply in codes, as `models.reply` writes it."""
    came_at: datetime = instant()
    read_at: datetime | None = optional_instant(index=True)

    @property
    def is_of_a_restoration(self) -> bool:
        """Whether nobody wished it: the store was restored, and what was said since is lost."""
        return f":{RESTORED}:" in self.event
