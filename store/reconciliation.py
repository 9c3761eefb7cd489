"""Which requests an agency is asked about when both sides are compared, and what is ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.act import Act, Verb
from models.danger import DangerBand
from models.departure import Departure
from models.measure import Measure
from models.request import ENDED, AgencyRequest
from models.standing import is_still_to_be_said
from store.clock import clock_in
from store.engine import session

# Rule: what an agency still does after we stopped waiting is heard for a while.
_ASKED_FOR = timedelta(days=30)
# Rule: a file that nobody knows here is told of every night, for as long as a departure may last.
_LISTED_FOR = timedelta(days=180)


@dataclass(frozen=True)
class Asked:
    """A request about which its agency is asked: codes only."""

    key: str
    reference: str
    measure: Measure
    agency: str
    agency_reference: str | None
    danger: DangerBand
    is_open: bool
    was_sent: bool
    """False for one that went by voice from the first."""


def requests_to_compare(territory: str) -> list[Asked]:
    """Return the requests of a territory that an agency may have more to say of, oldest first.

    One whose sending or recall is on its way is left out: it is about to be said, under its key.
    """
    with session() as opened:
        heard_since = clock_in(opened).now() - _ASKED_FOR
        found = opened.exec(
            select(AgencyRequest, Departure)
            .join(Departure)
            .where(
                Departure.territory == territory,
                col(AgencyRequest.state).not_in(ENDED)
                | (col(AgencyRequest.changed_at) > heard_since),
            )
            .order_by(col(AgencyRequest.id))
        ).all()
        acts = _acts_of(opened, [request.number for request, _ in found])
        return [
            Asked(
                key=request.key,
                reference=request.reference,
                measure=request.measure,
                agency=request.agency,
                agency_reference=request.agency_reference,
                danger=departure.danger,
                is_open=request.state not in ENDED,
                was_sent=any(act.verb is Verb.SEND for act in acts.get(request.number, [])),
            )
            for request, departure in found
            if not is_still_to_be_said(acts.get(request.number, []))
        ]


def unknown_among(agency: str, keys: Iterable[str]) -> list[str]:
    """Return the keys of an agency's list that no request of ours has, in their order."""
    with session() as opened:
        mine = opened.exec(select(AgencyRequest).where(AgencyRequest.agency == agency)).all()
        known = {request.key for request in mine}
    return [key for key in keys if key not in known]


def listed_since() -> datetime:
    """Return from when an agency lists what it received."""
    with session() as opened:
        return clock_in(opened).now() - _LISTED_FOR


def _acts_of(opened: Session, requests: list[int]) -> dict[int, list[Act]]:
    acts: dict[int, list[Act]] = {}
    for act in opened.exec(select(Act).where(col(Act.request_id).in_(requests))).all():
        acts.setdefault(act.request_id, []).append(act)
    return acts
