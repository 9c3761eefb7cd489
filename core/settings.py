"""Every setting of the platform, from the environment. Secrets are never beside the data."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read from variables prefixed ``PND_``; `pnd check` tells what is missing."""

    model_config = SettingsConfigDict(env_prefix="PND_", extra="ignore")

    env: Literal["production", "development"] = "production"
    database_url: str = ""
    """The case store, ``postgresql+psycopg://…``."""
    vault_key: SecretStr = SecretStr("")
    """32 random bytes in urlsafe base64: the current master key, which wraps the key of each
    departure (AES-256-GCM).
    """
    vault_key_file: Path | None = None
    """Instead of `vault_key`, a file for its owner alone: a key a line, the current one first."""
    vault_keys_other: SecretStr = SecretStr("")
    """Other master keys that open, separated by spaces: the one before, or the one to come."""
    door_token: SecretStr = SecretStr("")
    """What a prescriber's software shows the door to file a referral."""
    door_url: str = "http://127.0.0.1:8021"
    """The door's address, as agencies and prescribers know it."""
    door_port: int = 8021
    """The loopback port on which the door listens, behind whatever carries its address."""
    guard_url: str = ""
    """The address of the guard in front of Prefect, as referents know it: the door's host name,
    another port. Empty: no screen is served.
    """
    guard_port: int = 8031
    """The loopback port on which the guard listens, behind whatever carries its address."""
    callbacks_per_minute: int = Field(default=600, ge=1)
    """How many callbacks one agency may have stored in a minute, all doors together."""
    oidc_issuer: str = ""
    """The identity provider, as it names itself; empty: local accounts only."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    territories: Path = ROOT / "territories"
    lease_seconds: float = 120.0
    """How long a pass may stay silent before another may take its place (real time)."""
    watch_seconds: float = 2.0
    """How often `watch` sweeps (real time)."""


@lru_cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
