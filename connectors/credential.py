"""How we prove who we are: nothing, a fixed header, or a token that is renewed."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr


class Credential(Protocol):
    """What is shown to an agency with each call."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers to show. Raises `connectors.errors.AgencyTrouble`."""
        ...

    def renews(self, refused: Mapping[str, str]) -> bool:
        """Drop the headers an agency has just refused; tell whether others may be asked for."""
        ...


class NoCredential:
    """For the one address where credentials are exchanged for a token."""

    def headers(self) -> Mapping[str, str]:
        """Show nothing."""
        return {}

    def renews(self, refused: Mapping[str, str]) -> bool:
        """Nothing to renew."""
        return False


class FixedCredential:
    """One header, the same until somebody changes it."""

    def __init__(self, header: str, value: SecretStr, scheme: str = "") -> None:
        self._header = header
        self._value = value
        self._scheme = f"{scheme} " if scheme else ""

    def headers(self) -> Mapping[str, str]:
        """Show the header."""
        return {self._header: self._scheme + self._value.get_secret_value()}

    def renews(self, refused: Mapping[str, str]) -> bool:
        """A fixed credential that is refused stays refused."""
        return False
