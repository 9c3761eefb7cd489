"""Ports for the servers that tests start, and kill, and start again."""

from secrets import randbelow

from cli.ports import free_port

# Danger: above 32768 the system lends ports to whoever calls out. One lent while its server is
# away would keep it from coming back.
_LOWEST, _HIGHEST = 12_000, 30_000


def free_ports(*names: str) -> dict[str, int]:
    """Return a free port of the loopback for each name."""
    ports: dict[str, int] = {}
    for name in names:
        ports[name] = free_port(_LOWEST + randbelow(_HIGHEST - _LOWEST), besides=ports.values())
    return ports
