"""One token for all the threads, asked for once, renewed once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from connectors.credential import NoCredential
from connectors.errors import NotAllowed
from connectors.http import AgencyHttp, Call, Patience
from connectors.oauth import ClientCredentials
from tests.connectors.doorstep import Letter, Scene, Server

PATIENCE = Patience(sleep=lambda _: None)
READ = Call("replies", "GET", "/v1/evenements")


class TokenServer(Server):
    """Gives tokens 1, 2, 3…; only the latest is good."""

    def __init__(self, *, lasts: int = 1500) -> None:
        super().__init__(self._answer)
        self.given = 0
        self.lasts = lasts
        self.refuses_all = False

    def _answer(self, letter: Letter) -> Scene:
        if letter.path == "/token":
            self.given += 1
            body = f'{{"access_token": "t{self.given}", "expires_in": {self.lasts}}}'
            return Scene(200, body.encode())
        good = letter.headers.get("authorization") == f"Bearer t{self.given}"
        return Scene(200 if good and not self.refuses_all else 401)

    @property
    def calls(self) -> int:
        return len([letter for letter in self.received if letter.path != "/token"])


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


def connected(server: Server) -> tuple[AgencyHttp, AgencyHttp]:
    anonymous = AgencyHttp("france-travail-21", server.url, NoCredential(), PATIENCE)
    credential = ClientCredentials(anonymous, "/token", "us", SecretStr("secret"), "scope")
    return AgencyHttp("france-travail-21", server.url, credential, PATIENCE), anonymous


def close(*clients: AgencyHttp) -> None:
    for client in clients:
        client.close()


def test_a_token_serves_many_calls(tokens: TokenServer) -> None:
    http, anonymous = connected(tokens)
    for _ in range(5):
        http.call(READ)
    close(http, anonymous)

    assert (tokens.given, tokens.calls) == (1, 5)


def test_many_threads_ask_for_one_token(tokens: TokenServer) -> None:
    http, anonymous = connected(tokens)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: http.call(READ), range(16)))
    close(http, anonymous)

    assert tokens.given == 1


def test_a_token_the_agency_forgot_is_renewed_once(tokens: TokenServer) -> None:
    http, anonymous = connected(tokens)
    http.call(READ)
    tokens.given += 1  # the agency has given another, so ours is no longer good

    http.call(READ)
    close(http, anonymous)

    assert tokens.given == 3
    assert tokens.calls == 3


def test_a_refusal_that_a_new_token_does_not_cure_is_told(tokens: TokenServer) -> None:
    http, anonymous = connected(tokens)
    tokens.refuses_all = True
    with pytest.raises(NotAllowed):
        http.call(READ)
    close(http, anonymous)

    assert (tokens.given, tokens.calls) == (2, 2)


def test_a_token_about_to_end_is_not_used() -> None:
    with TokenServer(lasts=20) as server:
        http, anonymous = connected(server)
        http.call(READ)
        http.call(READ)
        close(http, anonymous)

    assert server.given == 2


@pytest.mark.parametrize("status", [400, 401])
def test_a_client_that_is_not_known_is_not_allowed(status: int) -> None:
    with Server(lambda _: Scene(status)) as server:
        http, anonymous = connected(server)
        with pytest.raises(NotAllowed) as trouble:
            http.call(READ)
        close(http, anonymous)

    assert trouble.value.__context__ is None


def test_a_thread_that_learns_late_of_a_refusal_keeps_the_new_token(tokens: TokenServer) -> None:
    anonymous = AgencyHttp("france-travail-21", tokens.url, NoCredential(), PATIENCE)
    credential = ClientCredentials(anonymous, "/token", "us", SecretStr("secret"), "scope")
    old = credential.headers()
    credential.renews(old)
    new = credential.headers()
    credential.renews(old)
    kept = credential.headers()
    anonymous.close()

    assert new != old
    assert kept is new
    assert tokens.given == 2
