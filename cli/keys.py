"""The secrets of the embedded world: drawn once, kept in one file that only its owner reads."""

import base64
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from connectors.configuration import variable
from store.passwords import new_password

_KEY_BYTES = 32


def _random() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


def _vault_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _signing() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _credential() -> str:
    return f"pnd:{_random()}"


_OURS: dict[str, Callable[[], str]] = {
    "PND_VAULT_KEY": _vault_key,
    "PND_DOOR_TOKEN": _random,
    "PREFECT_API_AUTH_STRING": _credential,
}
_OF_AN_AGENCY: dict[str, Callable[[], str]] = {
    "secret": _signing,
    "token": _random,
    "client_id": _random,
    "client_secret": _random,
}


def password_variable(account: str) -> str:
    """Return the name under which the password of a local account is kept."""
    return f"PND_ACCOUNT_{account.upper().replace('-', '_')}_PASSWORD"


def keys(file: Path, agencies: Iterable[str], accounts: Iterable[str] = ()) -> dict[str, str]:
    """Return every secret by its variable, drawing and writing those the file does not have.

    A key already in the file never changes: the vault could no longer be opened.
    """
    known = kept_keys(file)
    wanted = dict(_OURS)
    for agency in agencies:
        wanted |= {variable(agency, name): draw for name, draw in _OF_AN_AGENCY.items()}
    wanted |= {password_variable(account): new_password for account in accounts}
    drawn = {name: draw() for name, draw in wanted.items() if name not in known}
    if drawn:
        _write(file, known | drawn)
    return known | drawn


def kept_keys(file: Path) -> dict[str, str]:
    """Return the secrets that were drawn already, by their variable."""
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value for name, equals, value in pairs if equals}


def _write(file: Path, values: dict[str, str]) -> None:
    title = "# Secrets du monde embarqué, tirés au sort. Sans eux, le coffre ne s'ouvre plus."
    text = "\n".join([title, *(f"{name}={value}" for name, value in values.items()), ""])
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    # Danger: a file made first and closed to others afterwards can be read in between.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(text)
    draft.replace(file)
