"""The one HTTP module: when it insists, when it gives up, and what it never does."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from structlog.testing import capture_logs

from connectors.credential import FixedCredential
from connectors.errors import (
    AgencyTrouble,
    AgencyUnavailable,
    NotAllowed,
    ReplyNotUnderstood,
    RequestInvalid,
)
from connectors.http import AgencyHttp, Answer, Call, Patience, segment
from core.clock import SystemClock
from core.logs import SAFE_FIELDS
from tests.connectors.doorstep import Scene, Server, playing
from tests.connectors.people import SECRETS_OF_A_LIFE
from tests.connectors.privacy import everything_shown

KEY = "21-7KQF2M:auu:caf-21:1"
KEYED = Call("send", "POST", "/ici", KEY, idempotency_key=KEY, document={"nom": "Inventée"})
UNKEYED = Call("send", "POST", "/ici", KEY, document={"nom": "Inventée"})


def ask(server: Server, call: Call, patience: Patience | None = None) -> Answer:
    return ask_at(server.url, call, patience or Patience(sleep=lambda _: None))


def ask_at(url: str, call: Call, patience: Patience) -> Answer:
    credential = FixedCredential("Authorization", SecretStr("cle"), "Bearer")
    http = AgencyHttp("caf-21", url, credential, patience)
    try:
        return http.call(call)
    finally:
        http.close()


def test_a_call_carries_its_key_its_correlation_and_its_credential() -> None:
    with Server(playing(Scene())) as server:
        ask(server, KEYED)

    headers = server.received[0].headers
    assert headers["idempotency-key"] == KEY
    assert headers["x-correlation-id"] == KEY
    assert headers["authorization"] == "Bearer cle"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_three_times(status: int) -> None:
    with Server(playing(Scene(status))) as server, pytest.raises(AgencyUnavailable) as trouble:
        ask(server, KEYED)

    assert len(server.received) == 3
    assert trouble.value.detail == f"HTTP {status}"


def test_a_trouble_that_passes_is_not_seen() -> None:
    with Server(playing(Scene(503), Scene(502), Scene(200, b'{"a": 1}'))) as server:
        assert ask(server, KEYED).status == 200
    assert len({letter.headers["idempotency-key"] for letter in server.received}) == 1


def test_a_call_that_acts_without_a_key_is_made_once() -> None:
    with Server(playing(Scene(503))) as server, pytest.raises(AgencyUnavailable):
        ask(server, UNKEYED)

    assert len(server.received) == 1


def test_a_safe_call_is_made_again_without_a_key() -> None:
    with Server(playing(Scene(503))) as server, pytest.raises(AgencyUnavailable):
        ask(server, Call("check", "GET", "/etat"))

    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RequestInvalid),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, RequestInvalid),
        (422, RequestInvalid),
        (501, AgencyUnavailable),
    ],
)
def test_a_lasting_trouble_is_told_at_once(status: int, error: type[AgencyTrouble]) -> None:
    with Server(playing(Scene(status))) as server, pytest.raises(error) as trouble:
        ask(server, KEYED)

    assert type(trouble.value) is error
    assert len(server.received) == 1


def test_a_duplicate_is_a_success() -> None:
    with Server(playing(Scene(409, b'{"a": 1}'))) as server:
        assert ask(server, KEYED).status == 409


def test_a_conflict_about_a_call_without_a_key_is_no_duplicate() -> None:
    with Server(playing(Scene(409))) as server, pytest.raises(RequestInvalid):
        ask(server, UNKEYED)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"code": "autre_chose"}', RequestInvalid),
        (b"<html>404</html>", ReplyNotUnderstood),
    ],
    ids=["another-code", "no-code"],
)
def test_a_404_means_nothing_to_recall_only_when_the_agency_says_so(
    body: bytes, error: type[AgencyTrouble]
) -> None:
    recall = Call("recall", "POST", "/ici", KEY, "r", meanings={404: "demande_inconnue"})
    with Server(playing(Scene(404, b'{"code": "demande_inconnue"}'))) as server:
        assert ask(server, recall).status == 404
    with Server(playing(Scene(404, body))) as server, pytest.raises(error):
        ask(server, recall)


def test_retry_after_is_waited_for() -> None:
    waits: list[float] = []
    busy = Scene(429, headers={"Retry-After": "3"})
    with Server(playing(busy, Scene())) as server:
        ask(server, KEYED, Patience(sleep=waits.append))

    assert waits == [3.0]


def test_retry_after_may_be_a_date() -> None:
    waits: list[float] = []
    date = format_datetime(SystemClock().now() + timedelta(seconds=4), usegmt=True)
    with Server(playing(Scene(503, headers={"Retry-After": date}), Scene())) as server:
        ask(server, KEYED, Patience(sleep=waits.append))

    assert 1.0 < waits[0] <= 4.0


def test_an_agency_that_asks_for_minutes_is_left_in_peace() -> None:
    waits: list[float] = []
    busy = Scene(503, headers={"Retry-After": "120"})
    with Server(playing(busy)) as server, pytest.raises(AgencyUnavailable):
        ask(server, KEYED, Patience(sleep=waits.append))

    assert (len(server.received), waits) == (1, [])


def test_a_retry_after_that_means_nothing_is_ignored() -> None:
    waits: list[float] = []
    with Server(playing(Scene(503, headers={"Retry-After": "bientôt"}), Scene())) as server:
        ask(server, KEYED, Patience(sleep=waits.append))

    assert 0 < waits[0] < 5


def test_waits_grow_and_are_never_quite_the_same() -> None:
    firsts, seconds = [], []
    for _ in range(4):
        waits: list[float] = []
        with Server(playing(Scene(503))) as server, pytest.raises(AgencyUnavailable):
            ask(server, KEYED, Patience(sleep=waits.append))
        firsts.append(waits[0])
        seconds.append(waits[1])

    assert len(set(firsts)) > 1
    assert sum(seconds) > sum(firsts)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_so_the_credential_stays_home(status: int) -> None:
    with Server(playing(Scene())) as thief:
        away = Scene(status, headers={"Location": f"{thief.url}/ailleurs"})
        with Server(playing(away)) as server, pytest.raises(ReplyNotUnderstood):
            ask(server, KEYED)

    assert thief.received == []
    assert len(server.received) == 1


def test_an_endless_answer_is_cut_short() -> None:
    with Server(playing(Scene(200, b" " * 2_000_000))) as server:
        with pytest.raises(ReplyNotUnderstood):
            ask(server, KEYED)


def test_an_answer_given_drop_by_drop_does_not_hold_us() -> None:
    patience = Patience(read_seconds=1.0, try_seconds=0.2, tries=1, sleep=lambda _: None)
    started = time.monotonic()
    with Server(playing(Scene(200, b" " * 60, drip_seconds=0.05))) as server:
        with pytest.raises(AgencyUnavailable):
            ask(server, KEYED, patience)

    assert time.monotonic() - started < 2.5


def test_an_agency_that_hangs_up_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(3):
                listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(AgencyUnavailable) as trouble:
            ask_at(url, KEYED, Patience(sleep=lambda _: None))
        thread.join(5)

    everything_shown(trouble.value).is_silent()


def test_an_agency_whose_certificate_is_not_trusted_receives_nothing(tmp_path: Path) -> None:
    received: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            raw, _ = listener.accept()
            with raw:
                try:
                    with context.wrap_socket(raw, server_side=True) as secured:
                        received.append(secured.recv(65536))
                except (ssl.SSLError, OSError):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(AgencyUnavailable):
            ask_at(url, KEYED, Patience(tries=1, sleep=lambda _: None))
        thread.join(5)

    assert b"".join(received) == b""


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=20_000))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize("status", [302, 401, 404, 409, 422, 500])
def test_an_agency_that_repeats_the_person_is_not_repeated(status: int) -> None:
    echo = ('{"detail": "' + " ".join(SECRETS_OF_A_LIFE) + '"}').encode()
    with capture_logs() as logged, Server(playing(Scene(status, echo))) as server:
        with pytest.raises(AgencyTrouble) as trouble:
            ask(server, UNKEYED)

    everything_shown(trouble.value).is_silent()
    assert [line["event"] for line in logged] == ["agency_called"]
    assert set(logged[0]) <= SAFE_FIELDS | {"log_level"}
    assert not [value for value in SECRETS_OF_A_LIFE if value in str(logged)]


def test_an_agencys_own_number_cannot_lead_elsewhere() -> None:
    assert segment("../../demandes?x=1#y") == "..%2F..%2Fdemandes%3Fx%3D1%23y"
