"""OAuth2 client-credentials tokens (RFC 6749, 4.4), good for a while in real time."""

from urllib.parse import parse_qs
from uuid import NAMESPACE_URL, uuid5

from core.clock import SystemClock
from sandbox.credentials import AgencySecrets
from sandbox.desk import Heard, Reply, same
from sandbox.state import Transaction

_LASTS_SECONDS = 1500


def give(db: Transaction, agency: str, secrets: AgencySecrets, call: Heard) -> Reply:
    """Exchange a client's secret for a token."""
    form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    if form.get("grant_type") != "client_credentials":
        return Reply(400, {"code": "unsupported_grant_type"})
    known = same(form.get("client_id", ""), secrets.client_id)
    if not (same(form.get("client_secret", ""), secrets.client_secret) and known):
        return Reply(401, {"code": "invalid_client"})
    row = db.execute(
        "INSERT INTO token (agency, token, until) VALUES (?, '', ?)",
        (agency, _now() + _LASTS_SECONDS),
    ).lastrowid
    token = str(uuid5(NAMESPACE_URL, f"{agency}/{secrets.client_secret}/{row}"))
    db.execute("UPDATE token SET token = ? WHERE id = ?", (token, row))
    return Reply(200, {"access_token": token, "expires_in": _LASTS_SECONDS, "token_type": "Bearer"})


def good(db: Transaction, agency: str, call: Heard) -> bool:
    """Tell whether a call shows a token that is still good."""
    found = db.execute(
        "SELECT 1 FROM token WHERE agency = ? AND token = ? AND until > ?",
        (agency, call.bearer, _now()),
    ).fetchone()
    return found is not None


def _now() -> float:
    return SystemClock().now().timestamp()
