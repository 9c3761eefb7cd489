"""An OAuth2 client-credentials token (RFC 6749, 4.4): one for all threads, renewed in time."""

import time
from collections.abc import Mapping
from threading import Lock

from pydantic import SecretStr

from connectors.errors import NotAllowed, RequestInvalid
from connectors.http import AgencyHttp, Call
from connectors.words import Said

_MARGIN_SECONDS = 30.0


class _Token(Said):
    access_token: str
    expires_in: int
    """Real seconds."""


class ClientCredentials:
    """Holds the token of one agency."""

    def __init__(
        self, http: AgencyHttp, path: str, client_id: str, client_secret: SecretStr, scope: str
    ) -> None:
        self._http = http
        self._path = path
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._lock = Lock()
        self._shown: Mapping[str, str] = {}
        self._good_until = 0.0

    def headers(self) -> Mapping[str, str]:
        """Return the token's header, asking for a token if none is good. Raises `AgencyTrouble`."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                token = self._ask()
                self._shown = {"Authorization": f"Bearer {token.access_token}"}
                self._good_until = time.monotonic() + token.expires_in - _MARGIN_SECONDS
            return self._shown

    def renews(self, refused: Mapping[str, str]) -> bool:
        """Forget the refused token, unless another thread has replaced it already."""
        with self._lock:
            if self._shown is refused:
                self._good_until = 0.0
        return True

    def _ask(self) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret.get_secret_value(),
            "scope": self._scope,
        }
        call = Call("token", "POST", self._path, form=form, repeatable=True)
        try:
            return self._http.call(call).read(_Token)
        except RequestInvalid as refused:
            detail = refused.detail
        # RFC 6749, 5.2: a client that is not known may be told so with a plain 400.
        raise NotAllowed(self._http.agency, "token", "", detail)
