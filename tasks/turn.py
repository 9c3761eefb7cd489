"""One pass over a departure: take it, read its news, apply its chapters, give it back."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid4

from prefect.exceptions import Abort

from core.logs import log
from models.case import Case
from models.journey.chapters import Chapter
from store import leases, passes, runs
from store.away import StoreAway
from store.leases import StalePass, Turn
from store.patience import waits_for_store
from tasks.putting_off import put_off

P = ParamSpec("P")
R = TypeVar("R")


def stops_when_stale(function: Callable[P, R]) -> Callable[P, R]:
    """Make a pass that lost the departure, or waited in vain for the store, stop at once: Prefect's
    `Abort` touches no state.
    """

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except StalePass as stale:
            log().warning("pass_stopped")
            raise Abort(str(stale)) from None
        except StoreAway as away:
            put_off()
            raise Abort(str(away)) from None

    return guarded


@stops_when_stale
def begin(reference: str, flow_run: UUID) -> Turn:
    """Take the departure; stop when another pass is at work, or another run carries it."""
    return waits_for_store(leases.take)(reference, flow_run, uuid4())


@stops_when_stale
@waits_for_store
def digest_news(turn: Turn) -> None:
    """Read every piece of news, in order, each in its own transaction."""
    while passes.read_next_news(turn):
        continue


@stops_when_stale
@waits_for_store
def advance(turn: Turn, *chapters: Chapter) -> None:
    """Apply what each chapter of the journey finds due, one after the other."""
    passes.apply_chapters(turn, *chapters)


@stops_when_stale
@waits_for_store
def look(turn: Turn) -> Case:
    """Return the case as it stands."""
    return passes.look(turn)


@stops_when_stale
@waits_for_store
def number_form(turn: Turn, flow_run: UUID) -> int:
    """Number the form that is about to be shown. One whose number was lost was shown to nobody."""
    return runs.open_suspension(turn, flow_run)


@stops_when_stale
@waits_for_store
def end(turn: Turn) -> None:
    """Give the departure back."""
    leases.release(turn)
