"""The seal of a callback: Standard Webhooks (HMAC-SHA256, five real minutes of tolerance)."""

from collections.abc import Mapping

from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from connectors.errors import CallbackRefused

_ACTION = "read_callback"


class Seal:
    """The secret one agency signs its callbacks with."""

    def __init__(self, agency: str, secret: SecretStr) -> None:
        self._agency = agency
        self._webhook = Webhook(secret.get_secret_value())

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `CallbackRefused` unless this agency signed these bytes within five minutes."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            genuine = False
        else:
            genuine = True
        if not genuine:
            raise CallbackRefused(self._agency, _ACTION, "", "signature, âge ou émetteur")


def refuse_other_agency(agency: str, request_key: str) -> None:
    """Raise `CallbackRefused` when an agency speaks of a request that was sent to another."""
    if request_key.split(":")[2:3] != [agency]:
        raise CallbackRefused(agency, _ACTION, "", "demande d'un autre organisme")
