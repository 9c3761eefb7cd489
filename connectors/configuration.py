"""Reads one agency's settings from the environment; names all that is missing at once."""

import base64
import binascii
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.errors import NotConfigured
from models.territory import Agency

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SHORTEST_SECRET_BYTES = 24  # Standard Webhooks, « Signature scheme »


def _signing(secret: SecretStr) -> SecretStr:
    prefix, _, encoded = secret.get_secret_value().partition("whsec_")
    try:
        size = len(base64.b64decode(encoded + "==", validate=False))
    except binascii.Error:
        size = 0
    if prefix or size < _SHORTEST_SECRET_BYTES:
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
        extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    url: Annotated[str, AfterValidator(_safe)]


_Settings = TypeVar("_Settings", bound=AgencySettings)


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
