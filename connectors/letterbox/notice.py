"""The neutral texts. Danger: no name, no programme, no measure, no agency, no departure, ever."""

from dataclasses import dataclass
from enum import StrEnum


class Occasion(StrEnum):
    """Why a message leaves; it changes one neutral sentence and nothing else."""

    NEW = "new"
    AGAIN = "again"
    CHANGED = "changed"


_SENTENCES = {
    Occasion.NEW: "Un message vous attend.",
    Occasion.AGAIN: "Un message attend encore votre réponse.",
    Occasion.CHANGED: "Un message que vous avez reçu a changé.",
}


@dataclass(frozen=True)
class LetterboxNotice:
    """One message: an agency's address, a subject, a text."""

    address: str
    subject: str
    text: str


def notice(address: str, link: str, occasion: Occasion) -> LetterboxNotice:
    """Word a message: one sentence, and the link to the door."""
    sentence = _SENTENCES[occasion]
    text = (
        f"Bonjour,\n\n{sentence} Pour le lire et y répondre :\n\n{link}\n\n"
        "Ce lien vous est réservé : ne le transférez pas.\n"
    )
    return LetterboxNotice(address, sentence.removesuffix("."), text)
