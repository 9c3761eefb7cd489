"""The seal of a callback: Standard Webhooks (HMAC-SHA256, five real minutes of tolerance)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from connectors.configuration import CallingSettings
from connectors.errors import CallbackRefused
from core.clock import SystemClock
from core.logs import log

_ACTION = "read_callback"
NUMBER, _SAID_AT, _SEAL = "webhook-id", "webhook-timestamp", "webhook-signature"
_TOLERANCE = timedelta(minutes=5)  # that of `standardwebhooks`
LONGEST_NUMBER = 100
LONGEST_SEAL = 1000
"""Characters. One signature has 47; during a change of secret an agency may send two."""


def may_be_sealed(headers: Mapping[str, str], now: datetime) -> bool:
    """Whether a callback is worth reading: the three headers are there, and of this time.

    It proves nothing. It spares the reading and the computing that any passer-by could cause.
    """
    number, said_at, seal = (headers.get(name, "") for name in (NUMBER, _SAID_AT, _SEAL))
    if not 0 < len(number) <= LONGEST_NUMBER or not 0 < len(seal) <= LONGEST_SEAL:
        return False
    if "v1," not in seal or not (said_at.isascii() and said_at.isdecimal() and len(said_at) <= 12):
        return False
    return abs(now.timestamp() - int(said_at)) <= _TOLERANCE.total_seconds()


class Seal:
    """The secrets one agency signs its callbacks with: one, or two while it changes."""

    def __init__(self, agency: str, settings: CallingSettings) -> None:
        self._agency = agency
        self._settings = settings
        self._webhook = _webhook(settings.secret)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `CallbackRefused` unless this agency signed these bytes within five minutes."""
        now = SystemClock().now()
        if may_be_sealed(headers, now):
            if _is_signed(self._webhook, headers, body):
                return
            previous = self._settings.previous_on(now.date())
            if previous is not None and _is_signed(_webhook(previous), headers, body):
                # For the admin who waits until the agency has changed: silent once it has.
                log().info("callback_signed_with_previous", agency=self._agency)
                return
        raise CallbackRefused(self._agency, _ACTION, "", "signature, âge ou émetteur")


def refuse_other_agency(agency: str, request_key: str) -> None:
    """Raise `CallbackRefused` when an agency speaks of a request that was sent to another."""
    if request_key.split(":")[2:3] != [agency]:
        raise CallbackRefused(agency, _ACTION, "", "demande d'un autre organisme")


def _webhook(secret: SecretStr) -> Webhook:
    return Webhook(secret.get_secret_value())


def _is_signed(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True
