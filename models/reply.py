"""AgencyReply — réponse d'un organisme : what an agency says of one request, in codes only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from models.request import RefusalReason

LETTERBOX = "letterbox:"
"""How the number of an answer given on a letterbox page begins."""

# Rule: an agency may tell late what it forgot, and its clock may be ahead of ours by some hours;
# hearings are fixed a year or two ahead.
_TOLD_WITHIN = range(-2 * 366, 1)
_NAMED_WITHIN = range(-2 * 366, 5 * 366)
"""Days from now."""


class ReplyKind(StrEnum):
    """What an agency can say."""

    RECEIVED = "received"
    NEED_INFO = "need_info"
    OFFER = "offer"
    """A place proposed, with an hour after which it is gone. An offer is not an admission."""
    ACCEPTED = "accepted"
    APPOINTMENT = "appointment"
    WAITING = "waiting"
    """On a waiting list: neither a yes nor a no."""
    REFUSED = "refused"
    FULFILLED = "fulfilled"
    FAILED = "failed"
    """Accepted, then came to nothing: no-show, place lost, could not reach."""
    INFORMATION = "information"
    """A fact to track, such as a hearing date; it moves nothing."""


class Detail(StrEnum):
    """What a reply is about, in codes: never a free text, never an address."""

    GIFT = "gift"
    LOAN = "loan"
    DEDICATED_PLACE = "dedicated_place"
    EMERGENCY_PLACE = "emergency_place"
    HOTEL = "hotel"
    OTHER_DEPARTEMENT = "other_departement"
    REGULAR_CARE = "regular_care"
    OCCASIONAL_CARE = "occasional_care"
    EVIDENCE = "evidence"
    BANK_DETAILS = "bank_details"
    IDENTITY = "identity"
    OTHER_DOCUMENT = "other_document"
    HEARING_DATE = "hearing_date"
    PROTECTION_ORDER = "protection_order"
    PROTECTION_ORDER_REFUSED = "protection_order_refused"
    SESSION = "session"


@dataclass(frozen=True)
class AgencyReply:
    """One thing an agency said. `event` is the agency's own number for it: the same event twice is
    one reply.
    """

    event: str
    """Unique within the agency, at most 100 characters; a reply received twice carries it twice."""
    request_key: str
    """The idempotency key of the request it speaks of."""
    kind: ReplyKind
    said_at: datetime
    """Aware instant at which the agency says it happened."""
    reason: RefusalReason | None = None
    detail: Detail | None = None
    offer: str | None = None
    """The agency's number for the offer, needed to accept or decline it."""
    expires_at: datetime | None = None
    """For an offer: the aware instant after which it is gone."""
    on: datetime | None = None
    """For an appointment, a hearing, a session, an order: when (aware)."""
    cents: int | None = None
    """For an allowance: the amount in euro cents."""
    agency_reference: str | None = None
    """The agency's own number for the file."""

    def as_codes(self) -> dict[str, Any]:
        """Return the reply as the news table keeps it: JSON, codes only."""
        codes: dict[str, Any] = TypeAdapter(AgencyReply).dump_python(self, mode="json")
        return codes

    def differs_from(self, codes: dict[str, Any] | None) -> bool:
        """Whether what was kept under the number of this reply says something else."""
        # An older release did not write the fields that came since: absent and none are one.
        kept = {name: value for name, value in (codes or {}).items() if value is not None}
        said = {name: value for name, value in self.as_codes().items() if value is not None}
        if self.event.startswith(LETTERBOX):
            # Rule: a page is dated by its click. The same page sent twice is one answer.
            kept["said_at"] = said["said_at"]
        return kept != said

    def is_absurd(self, now: datetime) -> bool:
        """Whether an instant it carries is years away from `now` (aware, the journey's), or what
        it tells has not happened yet.
        """
        days = [(said - now).days for said in (self.expires_at, self.on) if said is not None]
        told = (self.said_at - now).days
        return told not in _TOLD_WITHIN or any(day not in _NAMED_WITHIN for day in days)

    @staticmethod
    def from_codes(codes: dict[str, Any]) -> "AgencyReply":
        """Read back what `as_codes` wrote."""
        return TypeAdapter(AgencyReply).validate_python(codes)
