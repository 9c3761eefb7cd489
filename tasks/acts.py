"""Acts on agencies: intent in the store, the call, the outcome in the store. The same key for
ever.
"""

from unicodedata import normalize

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait

from connectors.contract import AgencyConnector, Message, RequestSlip
from connectors.errors import AgencyTrouble, AgencyUnavailable, NotSupported
from core.logs import log
from models.act import Result, Verb
from models.agency import Channel
from models.breaker import always_tried
from models.labels import label
from models.person import Person
from models.wording import agency_name
from store import acts
from store.acts import Intent
from store.away import StoreAway
from store.leases import StalePass, Turn
from store.patience import waits_for_store
from tasks.agencies import connector, territory_of
from tasks.reach import reach
from tasks.turn import stops_when_stale

_MESSAGES = {
    Verb.REMIND: Message.REMINDER,
    Verb.ACCEPT_OFFER: Message.ACCEPT_OFFER,
    Verb.DECLINE_OFFER: Message.DECLINE_OFFER,
    Verb.HOLD_OFFER: Message.HOLD_OFFER,
    Verb.SUPPLY_DOCUMENT: Message.DOCUMENT_SUPPLIED,
}


@stops_when_stale
def carry_out_acts(turn: Turn) -> None:
    """Do every act that is due, at the same time: a slow agency delays nobody."""
    intents = waits_for_store(acts.due_acts)(turn)
    futures = [
        act_on_agency.with_options(task_run_name=_name(intent)).submit(turn, intent)
        for intent in intents
    ]
    wait(futures)
    for future in futures:
        future.result()


@task(name="Acte auprès d'un organisme", cache_policy=NO_CACHE, persist_result=False, retries=0)
def act_on_agency(turn: Turn, intent: Intent) -> str:
    """Do one act once. Whatever goes wrong at the agency is recorded for a human, never raised."""
    conclude = waits_for_store(acts.conclude)
    person = waits_for_store(acts.begin_try)(turn, intent)
    if person is None:
        conclude(turn, intent, Result.NO_CONSENT, None)
        return Result.NO_CONSENT.value
    result, agency_reference = _call(intent, person)
    conclude(turn, intent, result, agency_reference)
    log().info("act_concluded", key=intent.key, outcome=result.value)
    return result.value


@waits_for_store
def _call(intent: Intent, person: Person) -> tuple[Result, str | None]:
    if intent.channel is Channel.CALL:
        # Danger: the referent phones for a reason; nothing goes by the agency's usual channel.
        return Result.NOT_SUPPORTED, None
    try:
        spoken = reach(
            intent.agency,
            lambda: _speak(connector(intent.agency), intent, person),
            always=always_tried(intent.measure, intent.verb, intent.danger),
        )
        return Result.DONE, spoken
    except AgencyUnavailable:
        return Result.AWAY, None
    except NotSupported:
        return Result.NOT_SUPPORTED, None
    except AgencyTrouble as trouble:
        log().warning("act_refused", key=intent.key, fault=type(trouble).__name__)
        return Result.REFUSED_FORM, None
    except (StalePass, StoreAway):
        # A letterbox is in the store: what was cut is said again, under the same key.
        raise
    except Exception as defect:
        # Danger: the text of an unforeseen error could hold a personal value; only its type is
        # kept.
        log().error("connector_defect", key=intent.key, fault=type(defect).__name__)
        return Result.REFUSED_FORM, None


def _speak(agency: AgencyConnector, intent: Intent, person: Person) -> str | None:
    slip = RequestSlip(
        key=intent.request_key,
        reference=intent.reference,
        measure=intent.measure,
        agency=intent.agency,
        agency_reference=intent.agency_reference,
        danger=intent.danger,
        told_to_departement=intent.told_to_departement,
    )
    if intent.verb is Verb.SEND:
        return agency.send(slip, person).agency_reference
    if intent.verb is Verb.RECALL:
        agency.recall(slip, intent.key)
    else:
        agency.tell(slip, _MESSAGES[intent.verb], intent.key, intent.offer)
    return None


def _name(intent: Intent) -> str:
    agency = agency_name(intent.agency, territory_of(intent.agency))
    # The font of Prefect's graph knows ASCII only and leaves out the rest: decomposed, « é » is an
    # e and an accent, so the graph shows "Hebergement" where it would show "Hbergement".
    return normalize("NFD", f"{label(intent.verb)} : {label(intent.measure)}, {agency}")
