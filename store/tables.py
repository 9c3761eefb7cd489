"""Every table of the case store, imported once so that the migrations know them all."""

from sqlmodel import SQLModel

from models import (
    account,
    act,
    agency_silence,
    breaker,
    consent,
    deadline,
    departure,
    facts,
    journal,
    letterbox,
    login,
    news,
    poll,
    protection,
    question,
    request,
    simulation,
    suspension,
    vault_entry,
)

__all__ = [
    "METADATA",
    "PASSING",
    "account",
    "act",
    "agency_silence",
    "breaker",
    "consent",
    "deadline",
    "departure",
    "facts",
    "journal",
    "letterbox",
    "login",
    "news",
    "poll",
    "protection",
    "question",
    "request",
    "simulation",
    "suspension",
    "vault_entry",
]

METADATA = SQLModel.metadata

PASSING = ("login_session", "login_throttle", "provider_visit")
"""What is worth nothing tomorrow: no backup holds it."""
