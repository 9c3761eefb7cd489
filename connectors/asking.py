"""Asking an agency what it holds: one request, or all of them page by page, in its own words."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from connectors.contract import Holding, RequestSlip, Statement
from connectors.errors import ReplyNotUnderstood
from connectors.http import AgencyHttp, Answer, Call
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


def ask(
    http: AgencyHttp,
    path: str,
    slip: RequestSlip,
    unknown: str,
    read: Callable[[Answer], tuple[Holding, Iterable[AgencyReply]]],
) -> Statement:
    """Ask about one request. `unknown` is the agency's word for one that it does not have."""
    call = Call("said_of", "GET", path, slip.key, meanings={_NOT_FOUND: unknown})
    answer = http.call(call)
    if answer.status == _NOT_FOUND:
        return Statement(Standing.UNKNOWN)
    held, replies = read(answer)
    said = tuple(replies)
    # Danger: a mix-up there would move the request of somebody else here.
    if {held.request_key, *(reply.request_key for reply in said)} != {slip.key}:
        raise ReplyNotUnderstood(http.agency, "said_of", slip.key, "autre référence")
    return Statement(Standing.RECALLED if held.recalled else Standing.HELD, said)


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


def ours(agency: str, held: Iterable[Holding]) -> list[Holding]:
    """Return what an agency lists. Raises `ReplyNotUnderstood` when it names another's request."""
    listed = list(held)
    if any(one.request_key.split(":")[2:3] != [agency] for one in listed):
        raise ReplyNotUnderstood(agency, "holdings", "", "demande d'un autre organisme")
    return listed
