"""Every table of the case store, imported once so that the migrations know them all."""

from sqlmodel import SQLModel

from models import (
    act,
    agency_silence,
    breaker,
    consent,
    deadline,
    departure,
    facts,
    journal,
    letterbox,
    news,
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
    "act",
    "agency_silence",
    "breaker",
    "consent",
    "deadline",
    "departure",
    "facts",
    "journal",
    "letterbox",
    "news",
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
