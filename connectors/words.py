"""The two kinds of words on the wire: what we say, closed; what an agency says, read strictly."""

from collections.abc import Mapping
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from connectors.errors import ReplyNotUnderstood

Words = TypeVar("Words", bound=BaseModel)


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
    try:
        return model.model_validate_json(content)
    except ValidationError as trouble:
        # Danger: only the names of our own fields may appear, never a key the agency chose.
        faults = {str(e["loc"][0]) for e in trouble.errors(include_input=False) if e["loc"]}
    where = " ".join([model.__name__, *sorted(faults & set(model.model_fields))])
    # Danger: raised outside the handler, so that no exception chain holds what the agency wrote.
    raise ReplyNotUnderstood(agency, action, request_key, where)
