"""Ask one agency what it holds, and turn every difference into news. Codes in, codes out."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from connectors.contract import AgencyConnector, RequestSlip
from connectors.errors import (
    AgencyTrouble,
    AgencyUnavailable,
    NotAllowed,
    NotConfigured,
    NotSupported,
    ReplyNotUnderstood,
    RequestInvalid,
)
from core.logs import log
from models.agency import Channel
from models.reconciliation import Difference, Findings
from models.territory import Agency
from store import reconciliation
from store.news import receive_reply, receive_standing
from store.reconciliation import Asked
from tasks.agencies import connector

# What is true of every other request as well: the agency is left in peace.
_FOR_ALL = (AgencyUnavailable, NotAllowed)
_IN_FRENCH: dict[type[AgencyTrouble], str] = {
    AgencyUnavailable: "ne répond pas",
    NotAllowed: "accès refusé",
    ReplyNotUnderstood: "répond hors de son contrat",
    RequestInvalid: "n'accepte pas la question",
    NotSupported: "ne sait pas répondre",
}


def compare(agency: Agency, requests: list[Asked]) -> Findings:
    """Compare an agency's requests with what it says of them. An agency in trouble is told of, and
    keeps no other from being asked.
    """
    found = Findings(agency.code)
    if agency.channel is not Channel.API:
        found.by_voice = [asked.key for asked in requests if asked.is_open]
        return found
    found.by_voice = [asked.key for asked in requests if asked.is_open and not asked.was_sent]
    try:
        speaks = connector(agency.code)
        _ask_about_each(speaks, [asked for asked in requests if asked.was_sent], found)
        _look_for_unknown(speaks, found)
    except NotConfigured as trouble:
        found.troubles.append(trouble.detail)
    except AgencyTrouble as trouble:
        found.troubles.append(_IN_FRENCH.get(type(trouble), trouble.detail))
    except Exception as defect:
        # Danger: the text of an unforeseen error could hold a personal value; only its type is
        # kept.
        log().error("reconciliation_defect", agency=agency.code, fault=type(defect).__name__)
        found.troubles.append(f"défaut de la plateforme ({type(defect).__name__})")
    return found


compare_with_agency = task(
    name="Rapprocher un organisme", cache_policy=NO_CACHE, persist_result=False, retries=0
)(compare)


def _ask_about_each(speaks: AgencyConnector, requests: list[Asked], found: Findings) -> None:
    for asked in requests:
        try:
            _ask_about(speaks, asked, found)
        except _FOR_ALL:
            raise
        except AgencyTrouble as trouble:
            log().warning("reconciliation_refused", key=asked.key, fault=type(trouble).__name__)
            said = _IN_FRENCH.get(type(trouble), trouble.detail)
            found.troubles.append(f"{said} ({asked.key})")


def _ask_about(speaks: AgencyConnector, asked: Asked, found: Findings) -> None:
    said = speaks.said_of(_slip(asked))
    found.asked += 1
    for reply in said.replies:
        received = receive_reply(asked.agency, reply)
        if received.is_new:
            found.differences.append(Difference(asked.key, reply.kind))
        if received.contradicts:
            log().error("reply_contradicted", agency=asked.agency, key=asked.key)
            found.troubles.append(f"redit autre chose sous un numéro déjà connu ({asked.key})")
    if receive_standing(asked.agency, asked.key, said.standing).is_new:
        found.differences.append(Difference(asked.key, said.standing))


def _look_for_unknown(speaks: AgencyConnector, found: Findings) -> None:
    held = speaks.holdings(reconciliation.listed_since())
    living = [one.request_key for one in held if not one.recalled]
    found.unknown_here = reconciliation.unknown_among(found.agency, living)
    for key in found.unknown_here:
        # Danger: never recalled from here. Somebody may be sheltered by what we forgot.
        log().error("request_unknown_here", agency=found.agency, key=key)


def _slip(asked: Asked) -> RequestSlip:
    return RequestSlip(
        key=asked.key,
        reference=asked.reference,
        measure=asked.measure,
        agency=asked.agency,
        agency_reference=asked.agency_reference,
        danger=asked.danger,
    )
