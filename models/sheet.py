"""Sheet — fiche : a closed, frozen form that never shows what is written on it."""

from pydantic import BaseModel, ConfigDict


class Sheet(BaseModel):
    """Refuses unknown fields and changes; a trace or a log that meets one shows its name only."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__
