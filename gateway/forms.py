"""Forms of people who carry a cookie: each proves that it comes from a page of ours."""

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import HTTPException
from starlette.requests import HTTPConnection

_SAME = {"same-origin", "none"}
_BYTES = 32


def new_secret() -> str:
    """Return a secret for a browser that has none."""
    return secrets.token_urlsafe(_BYTES)


def form_token(secret: str) -> str:
    """Return what a form carries: drawn from a cookie that no page of another site can read."""
    return hmac.digest(secret.encode(), b"form", "sha256").hex()


def read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form, the first of a repeated one. Raises a 400."""
    try:
        fields = parse_qs(
            body.decode("ascii"), max_num_fields=20, errors="strict", keep_blank_values=True
        )
    except ValueError:
        raise HTTPException(400, "Ce formulaire n'est pas lisible. Rouvrez la page.") from None
    return {name: values[0] for name, values in fields.items()}


def is_ours(request: HTTPConnection, fields: Mapping[str, str], secret: str | None) -> bool:
    """Whether a form was sent by a page of ours that this very browser read."""
    # Browsers say it of themselves; those that do not have the token still.
    if request.headers.get("sec-fetch-site", "none") not in _SAME:
        return False
    shown = fields.get("jeton", "")
    return bool(secret) and hmac.compare_digest(form_token(secret or "").encode(), shown.encode())


def require_ours(request: HTTPConnection, fields: Mapping[str, str], secret: str) -> None:
    """Raise a 403 when a form comes from elsewhere, or from another session."""
    if not is_ours(request, fields, secret):
        raise HTTPException(403, "Cette page a été ouverte dans une autre session. Rouvrez-la.")
