"""The programme's own safe-contact sheet, worded alike for every agency so none misreads it."""

from enum import StrEnum

from connectors.words import Sent
from models.person import ChannelKind, SafeContact


class TypeCanal(StrEnum):
    """A way to reach the person."""

    TELEPHONE = "TELEPHONE"
    SMS = "SMS"
    COURRIEL = "COURRIEL"
    TIERS = "TIERS"


class Canal(Sent):
    """One channel."""

    type: TypeCanal
    valeur: str


class Creneau(Sent):
    """When to call: ``jour`` 1 = lundi … 7 = dimanche, local hours ``HH:MM``."""

    jour: int
    debut: str
    fin: str


class ContactSur(Sent):
    """Contact sûr. Nothing else may be used to reach the person."""

    canaux: list[Canal]
    creneaux: list[Creneau]
    message_vocal_autorise: bool
    numero_masque: bool
    aucun_lien: bool
    """True unless the person's device is known to be sound: an agency then sends no link."""


_CHANNELS = {
    ChannelKind.PHONE: TypeCanal.TELEPHONE,
    ChannelKind.SMS: TypeCanal.SMS,
    ChannelKind.EMAIL: TypeCanal.COURRIEL,
    ChannelKind.THIRD_PARTY: TypeCanal.TIERS,
}


def contact_sur(contact: SafeContact) -> ContactSur:
    """Word the sheet. The code word and the cover story stay with the referent."""
    return ContactSur(
        canaux=[Canal(type=_CHANNELS[one.kind], valeur=one.value) for one in contact.channels],
        creneaux=[
            Creneau(jour=one.weekday + 1, debut=f"{one.opens:%H:%M}", fin=f"{one.closes:%H:%M}")
            for one in contact.windows
        ],
        message_vocal_autorise=contact.may_leave_voicemail,
        numero_masque=contact.caller_id_hidden,
        aucun_lien=contact.device_compromised is not False,
    )
