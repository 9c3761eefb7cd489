"""Letterbox links and notices: how an agency without an API is reached, without a word about
anybody.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.letterbox import LetterboxLink, LetterboxNotice
from models.request import AgencyRequest
from store.clock import clock_in, journey_clock
from store.engine import session
from store.vault import link_keys


def link_token_for(request_key: str) -> str:
    """Return the token of a request's link: the same at each try, so that a notice is sent once."""
    with session() as opened:
        request = _request_of(opened, request_key)
        sent = select(LetterboxLink.digest).where(LetterboxLink.request_id == request.number)
        known, drawn = set(opened.exec(sent).all()), link_tokens(opened, request)
        token = next((one for one in drawn if _digest(one) in known), drawn[0])
        opened.merge(
            LetterboxLink(
                digest=_digest(token),
                request_id=request.number,
                made_at=clock_in(opened).now(),
            )
        )
    return token


def link_tokens(opened: Session, request: AgencyRequest) -> list[str]:
    """Return every token that a request's link may have, the one of a new link first."""
    keys = link_keys(opened, request.reference)
    digests = [hmac.digest(key, request.key.encode(), "sha256") for key in keys]
    return [urlsafe_b64encode(digest).decode().rstrip("=") for digest in digests]


def request_for(token: str) -> tuple[AgencyRequest, str] | None:
    """Return the request that a link opens and its departure's reference, or None."""
    with session() as opened:
        link = opened.get(LetterboxLink, _digest(token))
        if link is None:
            return None
        request = opened.get_one(AgencyRequest, link.request_id)
        return request, request.reference


def deliver(address: str, subject: str, text: str) -> None:
    """Put a notice in the outbox; the same words to the same address are one notice."""
    notice = LetterboxNotice(
        digest=_digest(f"{address}\n{subject}\n{text}"),
        address=address,
        subject=subject,
        text=text,
        made_at=journey_clock().now(),
    )
    with session() as opened:
        values = notice.model_dump(exclude={"id"})
        opened.execute(insert(LetterboxNotice).values(**values).on_conflict_do_nothing())


def notices(after: int = 0) -> list[LetterboxNotice]:
    """Return the notices of the outbox, oldest first, from the one after a number."""
    with session() as opened:
        query = select(LetterboxNotice).where(col(LetterboxNotice.id) > after)
        return list(opened.exec(query.order_by(col(LetterboxNotice.id))).all())


def _request_of(opened: Session, key: str) -> AgencyRequest:
    reference = key.partition(":")[0]
    mine = select(AgencyRequest).where(AgencyRequest.reference == reference)
    return next(request for request in opened.exec(mine).all() if request.key == key)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
