"""A link carries everything, until it is cut or falls silent; and it heals."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.network import Network

_LINK = "link"
_SECONDS = 5.0


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says again what it hears, by its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    heard, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(heard,), daemon=True).start()

        def answer(heard: socket.socket) -> None:
            with heard:
                try:
                    while data := heard.recv(1024):
                        heard.sendall(data)
                except OSError:
                    return

        listening = threading.Thread(target=serve, daemon=True)
        listening.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        listening.join()


@pytest.fixture
def network(echo: int) -> Iterator[tuple[Network, int]]:
    """A network of one link, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Network() as network:
        network.opens_port(_LINK, port, towards=echo)
        yield network, port


def _call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)


def _says_again(connection: socket.socket, word: bytes) -> bool:
    connection.sendall(word)
    return connection.recv(1024) == word


def _answers(connection: socket.socket) -> bool:
    """Whether somebody is still there at the other end."""
    try:
        return _says_again(connection, b"anybody?")
    except OSError:
        return False


def test_a_cut_link_resets_who_is_connected_and_lets_nobody_through_until_it_heals(
    network: tuple[Network, int],
) -> None:
    links, port = network
    with _call(port) as connected:
        assert _says_again(connected, b"before")

        links.cut(_LINK)

        assert not _answers(connected)
    with _call(port) as refused:
        assert not _answers(refused)

    links.heal(_LINK)

    with _call(port) as again:
        assert _says_again(again, b"after")


def test_a_silent_link_delivers_late_what_was_said_meanwhile(network: tuple[Network, int]) -> None:
    links, port = network
    with _call(port) as connected:
        assert _says_again(connected, b"before")
        links.stall(_LINK)
        connected.sendall(b"meanwhile")
        connected.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connected.recv(1024)

        links.heal(_LINK)

        connected.settimeout(_SECONDS)
        assert connected.recv(1024) == b"meanwhile"


def test_a_link_over_a_unix_socket_leads_nowhere_while_nobody_listens_behind(
    tmp_path: Path,
) -> None:
    with Network() as network:
        network.opens_socket(_LINK, tmp_path / "near" / "s", towards=tmp_path / "far")
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(_SECONDS)
            caller.connect(str(tmp_path / "near" / "s"))
            assert not _answers(caller)
