"""How an agency calls back: a seal first, then the words of its contract and no others."""

from collections.abc import Callable, Mapping

from connectors.configuration import CallingSettings
from connectors.errors import ReplyNotUnderstood
from connectors.signature import NUMBER, Seal, refuse_other_agency
from connectors.words import Words, understand_callback
from models.reply import AgencyReply

_ACTION = "read_callback"

Read = Callable[[Mapping[str, str], bytes], AgencyReply]


def callbacks(
    agency: str,
    settings: CallingSettings,
    words: type[Words],
    translate: Callable[[Words], AgencyReply],
) -> Read:
    """Return what verifies and translates the callbacks of one agency.

    It raises `CallbackRefused` (signature, age, somebody else's request) or `ReplyNotUnderstood`.
    """
    seal = Seal(agency, settings)

    def read(headers: Mapping[str, str], body: bytes) -> AgencyReply:
        seal.verify(headers, body)
        said = understand_callback(words, body, agency=agency)
        reply = translate(said)
        refuse_other_agency(agency, reply.request_key)
        # Rule: one event, one number. Two numbers would let one signed message be told as two.
        if headers[NUMBER] != reply.event:
            raise ReplyNotUnderstood(agency, _ACTION, "", f"{NUMBER} et numéro de l'événement")
        return reply

    return read
