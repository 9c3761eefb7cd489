"""The master keys: from the environment or from one file, never beside the data, and never weak.

Several may be known at once, so that a rotation stops nothing: the current one wraps, all open.
"""

import base64
import binascii
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.settings import settings

KEY_BYTES = 32
_FEWEST_DISTINCT_BYTES = 16
"""32 random bytes hold about 30 distinct values; fewer than 16 is a typed password or a filler."""
_VARIABLE, _FILE, _OTHER = "PND_VAULT_KEY", "PND_VAULT_KEY_FILE", "PND_VAULT_KEYS_OTHER"
_DRAW = (
    "il faut 32 octets aléatoires en base64 urlsafe (python -c 'import base64, secrets; "
    "print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())')"
)
# What every database folder of PostgreSQL holds, and how every file of `pnd backup` begins.
_DATABASE, _BACKUP = "PG_VERSION", b"PGDMP"


class VaultKeyInvalid(Exception):
    """A master key is absent, malformed, weak, or in a bad place. Carries no part of the key."""

    def __init__(self, variable: str, problem: str, advice: str = _DRAW) -> None:
        super().__init__(variable, problem, advice)
        self.variable = variable
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.variable} {self.problem} : {self.advice}."


@dataclass(frozen=True, repr=False)
class MasterKey:
    """One master key, and the name that may be shown."""

    id: str
    secret: bytes


@dataclass(frozen=True, repr=False)
class MasterKeys:
    """The keys that this process knows."""

    current: MasterKey
    known: dict[str, MasterKey]
    """All of them, the current one first, by their names."""


def master_keys() -> MasterKeys:
    """Return the master keys of this process. Raises `VaultKeyInvalid`.

    A file is read at each call: keys that are replaced in it are known without a restart.
    """
    keys = [_key(variable, text) for variable, text in _texts()]
    return MasterKeys(keys[0], {key.id: key for key in keys})


def check_keys() -> None:
    """Raise `VaultKeyInvalid` when the vault cannot work with the keys of this process, or when
    their file lies beside data.
    """
    master_keys()
    file = settings().vault_key_file
    if file is not None:
        _refuse_beside_data(file.resolve())


def is_beside_the_keys(file: Path) -> bool:
    """Whether a file is in the folder of the master keys' own, or below it."""
    keys = settings().vault_key_file
    return keys is not None and file.resolve().is_relative_to(keys.resolve().parent)


def holds_a_backup(folder: Path) -> bool:
    """Whether a file of `pnd backup` is in a folder."""
    return any(_is_backup(one) for one in _within(folder))


def derived(secret: bytes, use: str) -> bytes:
    """Return 32 bytes for one use, drawn from a key."""
    # Rule: one key per use, so that a digest or a link never says anything about a seal.
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"vault {use}".encode())
    return hkdf.derive(secret)


def _texts() -> Iterator[tuple[str, str]]:
    """Each key as it is written, with the variable it comes from; the current one first."""
    alone, file = settings().vault_key.get_secret_value(), settings().vault_key_file
    if file is None:
        yield _VARIABLE, alone
    elif alone:
        raise VaultKeyInvalid(_VARIABLE, f"et {_FILE} sont données toutes deux", "en garder une")
    else:
        written = [line.strip() for line in _read(file).splitlines()]
        keys = [line for line in written if line and not line.startswith("#")]
        yield from ((_FILE, key) for key in keys or [""])
    yield from ((_OTHER, key) for key in settings().vault_keys_other.get_secret_value().split())


def _key(variable: str, text: str) -> MasterKey:
    if not text:
        raise VaultKeyInvalid(variable, "est absente")
    try:
        key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise VaultKeyInvalid(variable, "n'est pas en base64 urlsafe") from None
    if len(key) != KEY_BYTES:
        raise VaultKeyInvalid(variable, "n'a pas 32 octets")
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise VaultKeyInvalid(variable, "n'est pas aléatoire")
    return MasterKey(derived(key, "key id")[:8].hex(), key)


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o077:
                raise VaultKeyInvalid(_FILE, "est ouverte à d'autres", "chmod 600 sur ce fichier")
            return opened.read()
    except (OSError, UnicodeError):
        advice = "un fichier que le compte de la plateforme lit, une clé par ligne"
        raise VaultKeyInvalid(_FILE, "ne se lit pas", advice) from None


def _refuse_beside_data(file: Path) -> None:
    # Danger: whoever copies the data with its folder would copy the key with it.
    advice = "la garder ailleurs que les données et que leurs sauvegardes"
    if any(os.path.exists(folder / _DATABASE) for folder in (*file.parents, *_within(file.parent))):
        raise VaultKeyInvalid(_FILE, "est à côté d'une base de PostgreSQL", advice)
    if holds_a_backup(file.parent):
        raise VaultKeyInvalid(_FILE, "est à côté d'une sauvegarde", advice)


def _within(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        # Reached, but not listed: nothing more can be said of this folder.
        return []


def _is_backup(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_BACKUP)) == _BACKUP
    except OSError:
        # A folder, or what this account may not read.
        return False
