"""Reads what was sent, up to a limit."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

LARGEST_BODY = 256 * 1024
"""Bytes. A referral with fifteen children weighs about 10 KiB."""

_TOO_LARGE = HTTPException(413, "Le contenu envoyé dépasse 256 Kio.")


async def read_body(request: Request) -> bytes:
    """Return the body. Raises a 413 without reading more than the limit."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise _TOO_LARGE
    body = bytearray()
    # Danger: a body sent in chunks announces nothing.
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _TOO_LARGE
    return bytes(body)


Body = Annotated[bytes, Depends(read_body)]
