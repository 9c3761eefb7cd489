"""Agency — organisme : who is asked, through which channel, in which manner."""

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
