"""Ports of the loopback: the usual one, or the next that is free."""

import socket
from collections.abc import Collection

_LAST_PORT = 65_535


class NoFreePort(Exception):
    """Every port from the usual one upwards is taken."""

    def __init__(self, preferred: int) -> None:
        super().__init__(preferred)
        self.preferred = preferred

    def __str__(self) -> str:
        return f"Aucun port libre à partir de {self.preferred} : fermez un programme, recommencez."


def free_port(preferred: int, besides: Collection[int] = ()) -> int:
    """Return `preferred`, or the next port nobody listens on. Raises `NoFreePort`."""
    for port in range(preferred, _LAST_PORT + 1):
        if port not in besides and _is_free(port):
            return port
    raise NoFreePort(preferred)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: a connection that has just closed does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
