"""Asking an agency what it holds: one request, or all of them page by page, in its own words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from connectors.contract import Holding, RequestSlip, Statement
from connectors.errors import ReplyNotUnderstood
from connectors.http import AgencyHttp, Answer, Call, segment
from models.reply import AgencyReply
from models.standing import Standing

_NOT_FOUND = 404
_MOST_PAGES = 200


class Page(Protocol):
    """One page of a list: `suite` is where the next one starts, None on the last."""

    @property
    def suite(self) -> str | None:
        """See the class."""
        ...


P = TypeVar("P", bound=Page)


def every_page(
    http: AgencyHttp, action: str, path: str, since: datetime, read: Callable[[Answer], P]
) -> Iterator[P]:
    """Read a list since an aware instant, page by page. Raises `ReplyNotUnderstood` when it has no
    end.
    """
    params: dict[str, Any] = {"depuis": since.astimezone(UTC).isoformat()}
    for _ in range(_MOST_PAGES):
        page = read(http.call(Call(action, "GET", path, params=params)))
        yield page
        if page.suite is None:
            return
        params = params | {"apres": page.suite}
    raise ReplyNotUnderstood(http.agency, action, "", "pages sans fin")


@dataclass(frozen=True)
class Register(Generic[P]):
    """All that an agency holds of ours, under one path and in its own words."""

    http: AgencyHttp
    path: str
    unknown: str
    """Its word for a request that it does not have."""
    one: Callable[[Answer], tuple[Holding, Iterable[AgencyReply]]]
    page: Callable[[Answer], P]
    listed: Callable[[P], Iterable[Holding]]

    def said_of(self, slip: RequestSlip) -> Statement:
        """Ask about one request, by our key. Raises `AgencyTrouble`."""
        path = f"{self.path}/{segment(slip.key)}"
        call = Call("said_of", "GET", path, slip.key, meanings={_NOT_FOUND: self.unknown})
        answer = self.http.call(call)
        if answer.status == _NOT_FOUND:
            return Statement(Standing.UNKNOWN)
        held, replies = self.one(answer)
        said = tuple(replies)
        # Danger: a mix-up there would move the request of somebody else here.
        if {held.request_key, *(reply.request_key for reply in said)} != {slip.key}:
            raise ReplyNotUnderstood(self.http.agency, "said_of", slip.key, "autre référence")
        return Statement(Standing.RECALLED if held.recalled else Standing.HELD, said)

    def holdings(self, since: datetime) -> list[Holding]:
        """Ask for the list since an aware instant. Raises `AgencyTrouble`, also when it names the
        request of another agency.
        """
        agency = self.http.agency
        pages = every_page(self.http, "holdings", self.path, since, self.page)
        held = [one for page in pages for one in self.listed(page)]
        if any(one.request_key.split(":")[2:3] != [agency] for one in held):
            raise ReplyNotUnderstood(agency, "holdings", "", "demande d'un autre organisme")
        return held
