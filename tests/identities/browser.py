"""A browser of the tests: it keeps cookies, reads pages, and sends the forms it read."""

import re
from typing import Self

import httpx

# Read once: nothing here is encrypted.
_TLS = httpx.create_ssl_context()
PASSWORD = "sept chevaux boivent la mer"


class Browser:
    """Somebody in front of the door."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, verify=_TLS, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.http.get(path, params=params)

    def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Open a page, fill its form in and send it."""
        return self.http.post(action, data={"jeton": self.token_of(page)} | fields)

    def token_of(self, page: str) -> str:
        found = re.search(r'name="jeton" value="(\w+)"', self.get(page).text)
        assert found
        return found.group(1)

    def log_in(self, account: str, password: str = PASSWORD, suite: str = "") -> httpx.Response:
        fields = {"compte": account, "mot-de-passe": password, "suite": suite}
        return self.send("/connexion", "/connexion", **fields)

    def change_password(self, current: str, new: str, again: str | None = None) -> httpx.Response:
        path = "/compte/mot-de-passe"
        fields = {"actuel": current, "nouveau": new, "encore": new if again is None else again}
        return self.send(path, path, **fields)

    @property
    def session(self) -> str | None:
        """The token that the browser holds."""
        return self.http.cookies.get("nd-session")

    @property
    def is_in(self) -> bool:
        """Whether the door knows who this is."""
        return self.get("/compte").status_code == 200
