"""Runs the guard in front of Prefect. Refuses to start half-configured."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import uvicorn
from pydantic import SecretStr

from core.logs import configure_logs
from core.settings import Settings, settings
from gateway.prefect_guard.app import create_guard
from gateway.sessions import cookies_are_safe, who
from store.master_keys import VaultKeyInvalid, check_keys


def main() -> None:
    """Serve on PND_GUARD_PORT, loopback only. Exits in French, with all that is missing."""
    configure_logs()
    if problems := faults():
        raise SystemExit("\n".join(problems))
    guard = create_guard(
        who,
        _of_prefect("PREFECT_API_URL").removesuffix("/api"),
        SecretStr(_of_prefect("PREFECT_API_AUTH_STRING")),
        f"{settings().door_url}/connexion",
    )
    # Danger: an access log would keep which departures each person looks at.
    uvicorn.run(
        guard,
        host="127.0.0.1",
        port=settings().guard_port,
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def faults() -> list[str]:
    """Return all that keeps the guard from starting, in French."""
    return [*_missing(settings()), *_of_the_address(settings())]


def _of_the_address(known: Settings) -> Iterator[str]:
    if not known.guard_url:
        yield "PND_GUARD_URL est absente : la porte ne pourrait envoyer personne à l'écran."
        return
    guard, door = urlsplit(known.guard_url), urlsplit(known.door_url)
    # Rule: a session is for one host name, whatever the port, and by HTTPS has HTTPS only.
    if (guard.scheme, guard.hostname) != (door.scheme, door.hostname):
        yield (
            "PND_GUARD_URL et PND_DOOR_URL n'ont pas le même protocole et le même nom d'hôte : "
            "une session ouverte à la porte n'y serait pas reconnue. Seul le port change."
        )
    if guard.netloc == door.netloc:
        yield "PND_GUARD_URL et PND_DOOR_URL sont la même adresse : donner au garde un autre port."
    if guard.path not in ("", "/"):
        yield "PND_GUARD_URL a un chemin : l'écran veut la racine."


def _of_prefect(name: str) -> str:
    # Prefect's own variables, as every process of ours has them; it is not imported for two words.
    return os.environ.get(name, "")


def _missing(known: Settings) -> Iterator[str]:
    if not known.database_url:
        yield "PND_DATABASE_URL est absente : le garde ne saurait pas qui est là."
    if not _of_prefect("PREFECT_API_URL").endswith("/api"):
        yield "PREFECT_API_URL est absente, ou ne finit pas par /api."
    # Danger: a Prefect that asks for nothing is open to whoever goes around the guard.
    if ":" not in _of_prefect("PREFECT_API_AUTH_STRING"):
        yield "PREFECT_API_AUTH_STRING est absente ou n'est pas NOM:MOT_DE_PASSE."
    try:
        check_keys()
    except VaultKeyInvalid as invalid:
        # Rule: who is refused is told in the audit, whose seal is drawn from the vault's key.
        yield str(invalid)
    if not cookies_are_safe():
        yield (
            "PND_DOOR_URL est en http : une session s'y lirait au passage. Il faut une adresse en "
            "https ; http n'est admis que sur cette machine, hors production."
        )


if __name__ == "__main__":
    main()
