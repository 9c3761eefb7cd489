"""Whether an agency can be reached now, and what each call taught all processes about it."""

from collections.abc import Callable
from typing import TypeVar

from connectors.errors import AgencyTrouble, AgencyUnavailable, NotConfigured, NotSupported
from connectors.http import without_insisting
from core.logs import log
from models.agency import Channel
from store import breakers
from store.patience import waits_for_store
from tasks.agencies import agency_of

R = TypeVar("R")


def reach(agency: str, call: Callable[[], R], *, always: bool = False) -> R:
    """Make a call, unless its agency is known to be away: then `AgencyUnavailable` at once, and the
    next steps go on by phone. With `always`, or when its trial has come, it is made without
    insisting.

    Raises `AgencyTrouble` and what the store raises.
    """
    if agency_of(agency).channel is not Channel.API:
        return call()
    if not waits_for_store(breakers.is_away)(agency):
        return _learns(agency, call)
    is_trial = waits_for_store(breakers.may_call)(agency)
    if not (is_trial or always):
        log().info("agency_spared", agency=agency)
        raise AgencyUnavailable(agency, "call", "", "absent : laissé en paix")
    with without_insisting():
        return _learns(agency, call)


def _learns(agency: str, call: Callable[[], R]) -> R:
    try:
        answer = call()
    except AgencyUnavailable:
        _missed(agency)
        raise
    except (NotConfigured, NotSupported):
        # Nothing was said to anybody.
        raise
    except AgencyTrouble:
        _heard(agency)
        raise
    _heard(agency)
    return answer


@waits_for_store
def _missed(agency: str) -> None:
    if breakers.gave_no_answer(agency) is not None:
        log().error("agency_away", agency=agency)


@waits_for_store
def _heard(agency: str) -> None:
    away = breakers.answered(agency)
    if away is not None:
        log().warning("agency_returned", agency=agency, seconds=round(away.total_seconds()))
