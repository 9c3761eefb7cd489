"""A callback is believed only when the agency signed it, lately, about a request of its own."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from connectors.configuration import CallingSettings, variable
from connectors.contract import AgencyConnector
from connectors.errors import CallbackRefused, ReplyNotUnderstood
from connectors.signature import Seal
from connectors.words import Said, understand
from core.clock import SystemClock
from tests.connectors.agencies import LINES, Line, environment
from tests.connectors.doorstep import Letter, Scene, playing
from tests.connectors.people import CAMILLE, slip
from tests.connectors.privacy import everything_shown
from tests.connectors.stage import Stage

CALLING = [line for line in LINES if not line.polled]
POLLED = [line for line in LINES if line.polled]
every_caller = pytest.mark.parametrize("line", CALLING, ids=str)


def a_letter(stage: Stage, line: Line) -> tuple[AgencyConnector, Letter]:
    connector = stage.connector(line.agency)
    connector.send(slip(line.agency, line.measure), CAMILLE)
    stage.lives(hours=4)
    return connector, stage.door.waits_for(1, line.agency)[0]


def signed(line: Line, body: bytes, at: datetime | None = None) -> Mapping[str, str]:
    secret = next(value for value in environment(line.agency).values() if "whsec_" in value)
    return signed_with(secret, body, at)


def signed_with(secret: str, body: bytes, at: datetime | None = None) -> Mapping[str, str]:
    at = at or SystemClock().now()
    return {
        "webhook-id": "event-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("event-1", at, body.decode()),
    }


@every_caller
def test_a_callback_signed_by_the_agency_is_read(stage: Stage, line: Line) -> None:
    connector, letter = a_letter(stage, line)

    reply = connector.read_callback(letter.headers, letter.body)

    assert reply.request_key == slip(line.agency, line.measure).key
    assert reply.event == letter.headers["webhook-id"]
    assert reply.said_at.tzinfo is UTC


@every_caller
def test_a_callback_that_was_changed_on_the_way_is_refused(stage: Stage, line: Line) -> None:
    connector, letter = a_letter(stage, line)

    with pytest.raises(CallbackRefused):
        connector.read_callback(letter.headers, letter.body + b" ")


@every_caller
def test_a_callback_signed_by_somebody_else_is_refused(stage: Stage, line: Line) -> None:
    connector, letter = a_letter(stage, line)
    other = CALLING[(CALLING.index(line) + 1) % len(CALLING)]

    with pytest.raises(CallbackRefused):
        connector.read_callback(signed(other, letter.body), letter.body)


@every_caller
@pytest.mark.parametrize("minutes", [-6, 6], ids=["old", "early"])
def test_a_callback_out_of_its_time_is_refused(stage: Stage, line: Line, minutes: int) -> None:
    connector, letter = a_letter(stage, line)
    at = SystemClock().now() + timedelta(minutes=minutes)

    with pytest.raises(CallbackRefused):
        connector.read_callback(signed(line, letter.body, at), letter.body)


@every_caller
@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"webhook-signature": "nothing"},
        {"webhook-signature": "v1,é"},
        {"webhook-timestamp": "yesterday"},
    ],
    ids=["none", "no-comma", "not-base64", "not-a-number"],
)
def test_a_callback_with_odd_headers_is_refused(
    stage: Stage, line: Line, odd: dict[str, str]
) -> None:
    connector, letter = a_letter(stage, line)
    headers = dict(letter.headers) | odd if odd else {}

    with pytest.raises(CallbackRefused):
        connector.read_callback(headers, letter.body)


@every_caller
def test_an_agency_may_not_speak_of_the_request_of_another(stage: Stage, line: Line) -> None:
    connector, letter = a_letter(stage, line)
    body = letter.body.replace(f":{line.agency}:".encode(), b":autre-21:")
    assert body != letter.body

    with pytest.raises(CallbackRefused):
        connector.read_callback(signed(line, body), body)


@every_caller
@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"not json",
        lambda body: b"[]",
        lambda body: b"\xff\xfe",
        lambda body: json.dumps(dict(json.loads(body), **dict.fromkeys(json.loads(body), 7))),
        lambda body: json.dumps(dict(list(json.loads(body).items())[1:])),
        lambda body: body.replace(b"+00:00", b""),
    ],
    ids=["text", "list", "bytes", "odd-types", "field-missing", "naive-instant"],
)
def test_a_signed_callback_outside_the_contract_is_not_understood(
    stage: Stage, line: Line, change: object
) -> None:
    connector, letter = a_letter(stage, line)
    assert callable(change)
    changed = change(letter.body)
    body = changed if isinstance(changed, bytes) else str(changed).encode()

    with pytest.raises((ReplyNotUnderstood, CallbackRefused)) as trouble:
        connector.read_callback(signed_bytes(line, body), body)

    # What is not text cannot be signed; all the rest is the agency's own mistake.
    expected = CallbackRefused if body.startswith(b"\xff") else ReplyNotUnderstood
    assert type(trouble.value) is expected
    everything_shown(trouble.value).is_silent()


def signed_bytes(line: Line, body: bytes) -> Mapping[str, str]:
    text = body if not body.startswith(b"\xff") else b""
    return signed(line, text)


@every_caller
def test_a_word_said_without_what_it_needs_is_not_understood(stage: Stage, line: Line) -> None:
    word = {
        "caf-21": {"etat": "ACCORDEE"},
        "msa-21": {"etat": "PAYEE"},
        "siao-21": {"type": "PROPOSITION"},
        "petite-enfance-21": {"decision": "DEFAVORABLE"},
        "france-victimes-21": {"type": "RENDEZ_VOUS"},
    }[line.agency]
    connector, letter = a_letter(stage, line)
    body = json.dumps(json.loads(letter.body) | word).encode()

    with pytest.raises(ReplyNotUnderstood):
        connector.read_callback(signed(line, body), body)


@every_caller
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda said: said | {"champ_nouveau": "demain"},
        lambda said: said | {event_field(said): "evt\u0000"},
        lambda said: said | {event_field(said): "evt\u202e"},
        lambda said: said | {event_field(said): 10**400},
        lambda said: said | {event_field(said): []},
        lambda said: said | {instant_field(said): "0001-01-01T00:00:00+14:00"},
        lambda said: said | {instant_field(said): "9999-12-31T23:59:59-12:00"},
    ],
    ids=["field-unknown", "nul", "turned-round", "huge", "list", "first-year", "last-year"],
)
def test_the_door_takes_the_words_of_the_contract_and_no_others(
    stage: Stage, line: Line, spoilt: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    connector, letter = a_letter(stage, line)
    body = json.dumps(spoilt(json.loads(letter.body))).encode()

    with pytest.raises(ReplyNotUnderstood) as trouble:
        connector.read_callback(signed(line, body), body)

    everything_shown(trouble.value).is_silent()


@every_caller
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: text.replace("{", '{"motif": null, "motif": null, ', 1),
        lambda text: text.replace("{", '{"motif": NaN, ', 1),
        lambda text: text.replace("{", '{"motif": 1e999, ', 1),
        lambda text: text.replace("{", '{"motif": "\\ud800", ', 1),
        lambda text: text.replace("{", '{"motif": ' + "[" * 100_000, 1),
        lambda text: "\ufeff" + text,
    ],
    ids=["twice", "nan", "infinite", "half-a-sign", "deep", "mark-first"],
)
def test_json_that_can_be_read_in_two_ways_is_not_read(
    stage: Stage, line: Line, spoilt: Callable[[str], str]
) -> None:
    connector, letter = a_letter(stage, line)
    body = spoilt(letter.body.decode()).encode()

    with pytest.raises(ReplyNotUnderstood):
        connector.read_callback(signed(line, body), body)


@every_caller
def test_a_message_and_its_event_have_one_number(stage: Stage, line: Line) -> None:
    connector, letter = a_letter(stage, line)

    with pytest.raises(ReplyNotUnderstood, match="webhook-id"):
        connector.read_callback(signed(line, letter.body), letter.body)


def event_field(said: dict[str, object]) -> str:
    return next(name for name in ("evenement", "id", "avis", "nouvelle") if name in said)


def instant_field(said: dict[str, object]) -> str:
    return next(name for name in ("date_evenement", "survenu_le", "le", "date") if name in said)


def test_what_we_ask_an_agency_may_say_more_than_we_know() -> None:
    """A reply that is fetched is not lost for a field it has gained since."""
    told = {"reference_partenaire": "21-7KQF2M:auu:caf-21:1", "champ_nouveau": "demain"}

    class Told(Said):
        reference_partenaire: str

    read = understand(Told, json.dumps(told).encode(), agency="caf-21", action="said_of")

    assert read.reference_partenaire == told["reference_partenaire"]


# --- A secret that changes

OLD = "whsec_" + base64.b64encode(b"a-secret-of-before-long-enough").decode()


def while_it_changes(line: Line, until: date) -> CallingSettings:
    return CallingSettings(
        url="https://ailleurs.example",
        secret=SecretStr(environment(line.agency)[variable(line.agency, "secret")]),
        secret_previous=SecretStr(OLD),
        secret_previous_until=until,
    )


def test_both_secrets_are_believed_until_the_last_day_of_the_previous_one() -> None:
    line, today, body = CALLING[0], SystemClock().now().date(), b"{}"
    both = Seal(line.agency, while_it_changes(line, today))
    over = Seal(line.agency, while_it_changes(line, today - timedelta(days=1)))

    for headers in (signed(line, body), signed_with(OLD, body)):
        both.verify(headers, body)
    over.verify(signed(line, body), body)
    with pytest.raises(CallbackRefused):
        over.verify(signed_with(OLD, body), body)
    with pytest.raises(CallbackRefused):
        both.verify(signed_with(OLD, body), body + b" ")


@pytest.mark.parametrize("minutes", [-6, 6], ids=["old", "early"])
def test_the_previous_secret_does_not_bring_back_what_was_said_before(minutes: int) -> None:
    line, now, body = CALLING[0], SystemClock().now(), b"{}"
    both = Seal(line.agency, while_it_changes(line, now.date()))

    with pytest.raises(CallbackRefused):
        both.verify(signed_with(OLD, body, now + timedelta(minutes=minutes)), body)


@pytest.mark.parametrize("line", POLLED, ids=str)
def test_an_agency_that_is_polled_never_calls_back(stage: Stage, line: Line) -> None:
    with pytest.raises(CallbackRefused):
        stage.connector(line.agency).read_callback(signed(line, b"{}"), b"{}")


def test_what_is_said_of_one_request_arrives_in_order(stage: Stage) -> None:
    line = CALLING[0]
    connector = stage.connector(line.agency)
    connector.send(slip(line.agency, line.measure), CAMILLE)
    stage.lives(days=60)

    replies = stage.replies(line, connector, 3)

    assert [reply.said_at for reply in replies] == sorted(reply.said_at for reply in replies)


def test_a_callback_is_sent_again_until_the_door_takes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = CALLING[0]
    monkeypatch.setattr(stage.door, "answer", playing(Scene(503), Scene(503), Scene(202)))
    stage.connector(line.agency).send(slip(line.agency, line.measure), CAMILLE)

    letters = stage.door.waits_for(3, line.agency)

    assert len({letter.headers["webhook-id"] for letter in letters}) == 1
    stage.settles()
    time.sleep(0.5)
    assert len(stage.door.waits_for(3, line.agency)) == 3
