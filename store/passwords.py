"""Passwords are kept as Argon2id digests (RFC 9106), made and compared a few at a time."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Danger: each digest takes 64 MiB; a crowd at the login page would take the whole machine, or the
# threads in which agencies are answered.
_AT_ONCE = BoundedSemaphore(4)
_PATIENCE_SECONDS = 1.0
# Crockford's alphabet in lower case, without vowels: read over the phone, typed without doubt.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_GROUPS, _GROUP = 4, 5


class PasswordsBusy(Exception):
    """Too many passwords are compared at once: nothing was looked at. To be tried again soon."""


def new_password() -> str:
    """Return a first password such as ``7kqf2-…``: 27^20, 95 bits."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def digest_of(password: str) -> str:
    """Return what is kept of a password. Takes some 50 ms of a processor, on purpose. Raises
    `PasswordsBusy`.
    """
    with _a_place():
        return _HASHER.hash(_typed(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept. Takes the same time when none is. Raises
    `PasswordsBusy`.
    """
    decoy = _decoy()
    with _a_place():
        try:
            same = _HASHER.verify(kept or decoy, _typed(password))
        except (Argon2Error, InvalidHashError):
            return False
    return same and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a digest was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@contextmanager
def _a_place() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
        raise PasswordsBusy
    try:
        yield
    finally:
        _AT_ONCE.release()


def _typed(password: str) -> str:
    # Rule: « é » is one sign or two, as the keyboard has it; it is the same password.
    return normalize("NFKC", password)


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
