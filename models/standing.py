"""Standing — ce que l'organisme tient d'une demande : how an agency that is asked holds a request,
and where that contradicts what we hold of it.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from models.act import Act, ActState, Verb
from models.request import ENDED, AgencyRequest, RequestState

_CODE = "standing"


class Standing(StrEnum):
    """What an agency says, asked about one request."""

    UNKNOWN = "unknown"
    """It has no trace of it."""
    RECALLED = "recalled"
    """It heard that we take it back."""
    HELD = "held"
    """It has it, and heard of no recall; decided or not."""

    def as_codes(self) -> dict[str, Any]:
        """Return the standing as the news table keeps it."""
        return {_CODE: self.value}


def standing_in(codes: dict[str, Any]) -> Standing | None:
    """Return the standing that a piece of news carries, or None when it is an ordinary reply."""
    return Standing(codes[_CODE]) if _CODE in codes else None


def contradiction(request: AgencyRequest, acts: Iterable[Act], said: Standing) -> str | None:
    """Return the occasion on which an agency contradicts us, or None when it agrees.

    The same contradiction has the same occasion until something was done about it: asked every
    night, it is one piece of news.
    """
    mine = [act for act in acts if act.request_id == request.id]
    if is_still_to_be_said(mine):
        return None
    tries = {verb: sum(act.tries for act in mine if act.verb is verb) for verb in Verb}
    if said is Standing.UNKNOWN and request.state not in ENDED and was_sent(mine):
        return f"unknown:{request.key}:{tries[Verb.SEND]}"
    if said is Standing.RECALLED and request.state not in ENDED:
        return f"recalled:{request.key}"
    if said is Standing.HELD and request.state is RequestState.WITHDRAWN:
        return f"held:{request.key}:{tries[Verb.RECALL]}"
    return None


def is_still_to_be_said(acts: Iterable[Act]) -> bool:
    """Whether a sending or a recall is on its way: what the agency says now says nothing of it."""
    on_its_way = (Verb.SEND, Verb.RECALL)
    return any(act.verb in on_its_way and act.state is ActState.INTENDED for act in acts)


def was_sent(acts: Iterable[Act]) -> bool:
    """Whether the agency took the request from us, and not from a voice on the phone."""
    return any(act.verb is Verb.SEND and act.state is ActState.DONE for act in acts)
