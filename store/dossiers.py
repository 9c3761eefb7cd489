"""All that the store keeps about one person, gathered to be handed to that person."""

from typing import Any

from sqlmodel import Session, SQLModel, col, select

from core.settings import settings
from models.act import Act
from models.audit import Purpose
from models.consent import Consent
from models.deadline import Deadline
from models.departure import Departure, MeasureWish
from models.dossier import in_french
from models.facts import Facts
from models.journal import Event, JournalEntry
from models.news import News
from models.protection import Protection
from models.question import Question
from models.request import AgencyRequest
from models.territories import known_territory
from models.timeline import sentence
from store.clock import clock_in
from store.engine import session
from store.erasure import same_person
from store.journal import write
from store.reading import Reader, referral_for
from store.vault import VaultEntryMissing

# Every table that speaks of a person, under the title they read. Keys, links and runs say nothing.
SECTIONS: dict[str, type[SQLModel]] = {
    "Départ": Departure,
    "Ce que les règles savent du foyer": Facts,
    "Protections": Protection,
    "Mesures": MeasureWish,
    "Accords": Consent,
    "Demandes": AgencyRequest,
    "Actes": Act,
    "Questions": Question,
    "Échéances": Deadline,
    "Nouvelles": News,
}


def dossier(reference: str, by: str) -> list[dict[str, Any]]:
    """Return what is kept, one document for each reference of the person, and note in the journal
    that it was handed out; nothing when there is no such departure.

    Raises `SealBroken` or `VaultKeyInvalid`.
    """
    with session() as opened:
        documents = [_document(opened, one, by) for one in same_person(opened, reference)]
        for one in same_person(opened, reference):
            write(opened, one, clock_in(opened).now(), Event.PERSON_EXPORTED, by=by)
        return documents


def _document(opened: Session, reference: str, by: str) -> dict[str, Any]:
    try:
        proposed = in_french(referral_for(opened, reference, Reader(by, Purpose.HANDED_OUT)))
    except VaultEntryMissing:
        proposed = "effacée"
    rows = {title: in_french(_rows(opened, kept, reference)) for title, kept in SECTIONS.items()}
    journal = _journal(opened, reference)
    return {"Référence": reference, "Proposition": proposed, **rows, "Journal": journal}


def _journal(opened: Session, reference: str) -> list[dict[str, Any]]:
    departure = opened.get_one(Departure, reference)
    territory = known_territory(settings().territories, departure.territory)
    lines = select(JournalEntry).where(JournalEntry.reference == reference)
    return [
        {"Le": line.at.isoformat(), "Ligne": sentence(line, territory), "Par": line.by}
        for line in opened.exec(lines.order_by(col(JournalEntry.id))).all()
    ]


def _rows(opened: Session, table: type[SQLModel], reference: str) -> list[SQLModel]:
    columns = table.__table__.columns  # type: ignore[attr-defined]
    key = columns.get("id", columns["reference"])
    mine = select(table).where(columns["reference"] == reference).order_by(col(key))
    return list(opened.exec(mine).all())
