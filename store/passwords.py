"""Passwords are kept as Argon2id digests (RFC 9106), made and compared a few at a time."""

import secrets
from functools import lru_cache
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Danger: each digest takes 64 MiB; a crowd at the login page would take the whole machine.
_AT_ONCE = BoundedSemaphore(4)
# Crockford's alphabet in lower case, without vowels: read over the phone, typed without doubt.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_GROUPS, _GROUP = 4, 5


def new_password() -> str:
    """Return a first password such as ``7kqf2-…``: 27^20, 95 bits."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def digest_of(password: str) -> str:
    """Return what is kept of a password. Takes some 50 ms of a processor, on purpose."""
    with _AT_ONCE:
        return _HASHER.hash(_typed(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept. Takes the same time when none is."""
    decoy = _decoy()
    with _AT_ONCE:
        try:
            same = _HASHER.verify(kept or decoy, _typed(password))
        except (Argon2Error, InvalidHashError):
            return False
    return same and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a digest was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _typed(password: str) -> str:
    # Rule: « é » is one sign or two, as the keyboard has it; it is the same password.
    return normalize("NFKC", password)


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
