"""Every table of the case store, imported once so that the migrations know them all."""

from sqlmodel import SQLModel

from models import (
    account,
    act,
    agency_silence,
    audit,
    breaker,
    consent,
    data_key,
    deadline,
    departure,
    facts,
    journal,
    letterbox,
    login,
    news,
    pace,
    poll,
    protection,
    question,
    request,
    sending,
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
    "audit",
    "breaker",
    "consent",
    "data_key",
    "deadline",
    "departure",
    "facts",
    "journal",
    "letterbox",
    "login",
    "news",
    "pace",
    "poll",
    "protection",
    "question",
    "request",
    "sending",
    "simulation",
    "suspension",
    "vault_entry",
]

METADATA = SQLModel.metadata

PASSING = ("login_session", "login_throttle", "provider_visit")
"""What is worth nothing tomorrow: no backup holds it."""
