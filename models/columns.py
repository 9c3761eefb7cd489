"""The few column shapes the tables share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Enum
from sqlmodel import Field


def instant(**extra: Any) -> Any:
    """An aware instant that is always there."""
    return Field(sa_type=DateTime(timezone=True), nullable=False, **extra)


def optional_instant(**extra: Any) -> Any:
    """An aware instant that may not have come yet."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=True, **extra)


def coded(kind: type[StrEnum], **extra: Any) -> Any:
    """A member of an enumeration, kept as its code in plain text: new members need no migration."""
    stored = Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=stored, **extra)
