"""Agency — organisme : who is asked, through which channel, in which manner, and what it emits."""

from enum import StrEnum


class AgencyKind(StrEnum):
    """Which connector speaks an agency's language when its channel is ``api``."""

    CAF = "caf"
    SIAO = "siao"
    CHILDCARE = "petite_enfance"
    FRANCE_TRAVAIL = "france_travail"
    FRANCE_VICTIMES = "france_victimes"
    JUSTICE = "bav"
    OTHER = "autre"
    """No connector of its own: letterbox or call only."""


class Channel(StrEnum):
    """How a request travels. Chosen per territory and agency, changed on the fly when one fails."""

    API = "api"
    LETTERBOX = "letterbox"
    """A message without personal data, with a link to the door where the agent reads and answers.
    """
    CALL = "call"
    """The referent phones and writes the result in the form."""


class Condition(StrEnum):
    """When an agency may be asked."""

    EMPLOYMENT_REGISTERED = "employment_registered"
    """Crèche AVIP: for parents who look for work and are followed (CASF L214-7)."""
    UNDER_26 = "under_26"
    """Mission locale: 16 to 25 years, instead of France Travail."""


class Emission(StrEnum):
    """What an agency sends or shows by itself after a request; it can betray a departure."""

    LETTER = "letter"
    """To the address it knows."""
    HOUSEHOLD_FILE = "household_file"
    """In the file and online account of the household, which the other holder reads."""
    ONLINE_ACCOUNT = "online_account"
    """In the person's own account, whose password somebody else may know."""
    EMAIL = "email"
    SMS = "sms"
    PHONE_CALL = "phone_call"
    BANK_LABEL = "bank_label"
    """A line on a bank statement."""
    SCHOOL_CERTIFICATE = "school_certificate"
    """The old school's certificate names the new one."""
    NOTIFIED_TO_OTHER = "notified_to_other"
    """Notified to the alleged perpetrator as well."""


class Held(StrEnum):
    """Whether an agency can keep from emitting."""

    ALWAYS = "always"
    """It cannot be held back."""
    ON_REQUEST = "on_request"
    """Held back by what our request says: separate file, no letter, no link."""
