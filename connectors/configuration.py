"""Reads one agency's settings from the environment; names all that is missing at once."""

import base64
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.errors import NotConfigured
from core.clock import SystemClock
from models.territory import Agency

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SECRET_BYTES = range(24, 65)  # Standard Webhooks, « Signature scheme »
_FEWEST_DIFFERENT_BYTES = 10
"""24 bytes drawn at random never have fewer; a word written again and again does."""
_LONGEST_OVERLAP = timedelta(days=31)


def signing_bytes(secret: SecretStr) -> bytes:
    """Return the bytes of a signing secret; none when it is not one, or could be guessed."""
    prefix, named, encoded = secret.get_secret_value().partition("whsec_")
    if prefix or not named:
        return b""
    digits = encoded.rstrip("=")
    try:
        # Danger: read loosely, signs that are not base64 would silently shorten the secret.
        key = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        return b""
    is_strong = len(key) in _SECRET_BYTES and len(set(key)) >= _FEWEST_DIFFERENT_BYTES
    return key if is_strong else b""


def _signing(secret: SecretStr) -> SecretStr:
    if not signing_bytes(secret):
        raise ValueError("signing_secret")
    return secret


def _safe(url: str) -> str:
    parts = urlsplit(url)
    # Danger: a person's data never travels in clear; only the machine itself may be spoken to so.
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (encrypted and parts.hostname) or parts.username or parts.query or parts.fragment:
        raise ValueError("address")
    return url.rstrip("/")


SigningSecret = Annotated[SecretStr, AfterValidator(_signing)]
"""A Standard Webhooks secret, ``whsec_…``."""


class AgencySettings(BaseSettings):
    """What every agency with an API has. An empty variable counts as missing."""

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    url: Annotated[str, AfterValidator(_safe)]


class CallingSettings(AgencySettings):
    """What an agency that calls back has too: a secret to believe it by, and while this changes,
    the previous one with the last day (UTC) on which it is still believed.
    """

    secret: SigningSecret
    secret_previous: SigningSecret | None = None
    secret_previous_until: date | None = None

    def previous_on(self, day: date) -> SecretStr | None:
        """Return the previous secret, if it is still believed on a day."""
        until = self.secret_previous_until
        return self.secret_previous if until is not None and day <= until else None

    @field_validator("secret_previous")
    @classmethod
    def _differs(cls, previous: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        current = info.data.get("secret")
        if previous and current and signing_bytes(previous) == signing_bytes(current):
            raise ValueError("same_secret")
        return previous

    @field_validator("secret_previous_until")
    @classmethod
    def _ends(cls, until: date | None, info: ValidationInfo) -> date | None:
        # Rule: an overlap has an end from its first day, and a near one.
        if "secret_previous" in info.data and (until is None) is not (
            info.data["secret_previous"] is None
        ):
            raise ValueError("both_or_none")
        if until is not None and until > SystemClock().now().date() + _LONGEST_OVERLAP:
            raise ValueError("too_far")
        return until


_Settings = TypeVar("_Settings", bound=AgencySettings)


class _Secrets(BaseSettings):
    """The signing secrets of one agency as they are written, right or wrong."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    secret: SecretStr | None = None
    secret_previous: SecretStr | None = None
    secret_previous_until: str = ""


def faults_of_secrets(agencies: Iterable[Agency]) -> dict[str, list[str]]:
    """Return what is wrong with the secrets that agencies sign with, in French, by agency code:
    one that could be guessed, one that two agencies share, a change without a near end. An absent
    secret is no fault.
    """
    faults: dict[str, list[str]] = {}
    holders: dict[bytes, str] = {}
    for agency in agencies:
        written = _Secrets(_env_prefix=variable(agency.code, ""))
        found = [_WRONG[name].format(variable(agency.code, name)) for name in _wrong(agency)]
        for name in ("secret", "secret_previous"):
            secret: SecretStr | None = getattr(written, name)
            key = signing_bytes(secret) if secret else b""
            # Danger: with one secret for two, each could speak in the name of the other.
            if key and holders.setdefault(key, agency.code) != agency.code:
                named = variable(agency.code, name)
                found.append(f"{named} : déjà celui de {holders[key]} ; tirez-en un autre")
        if found:
            faults[agency.code] = found
    return faults


_WRONG = {
    "secret": "{} : trop faible ; « whsec_ » puis 24 à 64 octets au hasard en base64",
    "secret_previous": "{} : trop faible, ou le même que le nouveau",
    "secret_previous_until": "{} : un jour AAAA-MM-JJ avec l'ancien secret, à 31 jours au plus",
}


def _wrong(agency: Agency) -> list[str]:
    """Return which of the settings of an agency's secrets could not be used as they are."""
    prefix = variable(agency.code, "")
    if not any(value for _, value in _Secrets(_env_prefix=prefix)):
        return []
    try:
        CallingSettings(_env_prefix=prefix, url="https://organisme.invalid")
    except ValidationError as trouble:
        return sorted({str(fault["loc"][0]) for fault in trouble.errors(include_input=False)})
    return []


def overlap(agency: Agency, today: date) -> str:
    """Say in French that a change of secret is under way, or over and to be tidied; else nothing.

    `today` is the date in UTC.
    """
    written = _Secrets(_env_prefix=variable(agency.code, ""))
    if written.secret_previous is None:
        return ""
    if written.secret_previous_until >= today.isoformat():
        return f"ancien secret accepté jusqu'au {written.secret_previous_until}"
    names = (variable(agency.code, f"secret_previous{end}") for end in ("", "_until"))
    return f"ancien secret périmé : retirez {' et '.join(names)}"


def variable(agency: str, name: str) -> str:
    """Return the environment variable of a setting, such as ``PND_AGENCY_CAF_21_URL``."""
    return f"PND_AGENCY_{agency.upper().replace('-', '_')}_{name.upper()}"


class _Address(BaseSettings):
    """The address alone: the environment's, else the territory file's."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    url: str = ""


def load(settings: type[_Settings], agency: Agency) -> _Settings:
    """Read an agency's settings. Raises `NotConfigured` with every missing or wrong variable."""
    prefix = variable(agency.code, "")
    url = _Address(_env_prefix=prefix).url or agency.address
    try:
        return settings(_env_prefix=prefix, url=url)
    except ValidationError as trouble:
        faults = trouble.errors(include_input=False)
    wrong = sorted({variable(agency.code, str(fault["loc"][0])) for fault in faults})
    raise NotConfigured(agency.code, "configure", "", "à renseigner : " + ", ".join(wrong))
