"""The two kinds of words on the wire: what we say, closed; what an agency says, read strictly."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from connectors.errors import ReplyNotUnderstood
from core.strict_json import JsonRefused, read_json

Words = TypeVar("Words", bound=BaseModel)

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_YEARS = range(2000, 2100)


def _of_our_time(said: datetime) -> datetime:
    # Danger: at the ends of the calendar an instant has no equivalent in UTC.
    if said.year not in _YEARS:
        raise ValueError("year")
    return said.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""An instant an agency says, in UTC."""

EventNumber = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]
"""What names an event for ever: as it is also a header, signs that a header can carry."""


class Sent(BaseModel):
    """What we say. Closed: a field outside the agency's list cannot be added by mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class Said(BaseModel):
    """What an agency says. A new field is ignored; a missing or odd one spoils the whole."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """For each word an agency may say, the fields without which it means nothing."""

    @property
    def word(self) -> str:
        """The word `needs` is looked up by; none for a message that has a single meaning."""
        return ""

    @field_validator("*")
    @classmethod
    def _readable(cls, value: object) -> object:
        # Danger: PostgreSQL refuses a NUL, and what cannot be seen cannot be compared by eye.
        if isinstance(value, str) and not _INVISIBLE.isdisjoint(map(unicodedata.category, value)):
            raise ValueError("invisible")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in self.needs.get(self.word, ()) if getattr(self, name) is None]
        if missing:
            raise ValueError("missing " + ", ".join(missing))
        return self


def understand(
    model: type[Words], content: bytes, *, agency: str, action: str, request_key: str = ""
) -> Words:
    """Read JSON bytes as the agency's words. Raises `ReplyNotUnderstood`, without them."""
    return _understand(model, content, (agency, action, request_key), extra=None)


def understand_callback(model: type[Words], content: bytes, *, agency: str) -> Words:
    """Read what an agency came to say. Closed: a field outside the contract, or one written twice,
    spoils the whole. Raises `ReplyNotUnderstood`.
    """
    about = (agency, "read_callback", "")
    try:
        read_json(content)
    except JsonRefused:
        refused = True
    else:
        refused = False
    if refused:
        raise ReplyNotUnderstood(*about, "JSON")
    return _understand(model, content, about, extra="forbid")


def _understand(
    model: type[Words],
    content: bytes,
    about: tuple[str, str, str],
    extra: Literal["forbid"] | None,
) -> Words:
    try:
        return model.model_validate_json(content, extra=extra)
    except ValidationError as trouble:
        # Danger: only the names of our own fields may appear, never a key the agency chose.
        faults = {str(e["loc"][0]) for e in trouble.errors(include_input=False) if e["loc"]}
    where = " ".join([model.__name__, *sorted(faults & set(model.model_fields))])
    # Danger: raised outside the handler, so that no exception chain holds what the agency wrote.
    raise ReplyNotUnderstood(*about, where)
