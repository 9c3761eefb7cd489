"""Opaque identifiers. A reference says the territory and nothing else about anybody."""

import secrets

# Crockford's alphabet without vowels: nothing to misread on the phone, no word can appear.
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_LENGTH = 6


def new_reference(territory: str) -> str:
    """Return a departure's reference such as ``21-7KQF2M``: 27^6, about 387 million per
    territory.
    """
    return f"{territory}-{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))}"
