"""Whatever is thrown at the door, it answers in words, and what it refuses leaves no trace.

`make fuzz` throws more than ten thousand requests; `make test` the same, for a few seconds.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import schemathesis
from hypothesis import given
from hypothesis import strategies as some
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.settings import ROOT
from gateway.contract import door_contract
from tests.fuzz.doorstep import (
    AGENCIES,
    PLANTED,
    Doorstep,
    as_bytes,
    callbacks_of,
    knocks,
    said,
    sealed,
)

_CONFORMANCE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_REFERRAL = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_bytes())
_EVENTS = some.one_of(some.sampled_from(["evt-1", "evt-2"]), some.uuids().map(str))
_CALLBACKS = "/agencies/{agency}/callbacks"


def _of_the_contract() -> some.SearchStrategy[Case[Any]]:
    published = schemathesis.openapi.from_dict(door_contract())
    operations = [found.ok() for found in published.get_all_operations() if isinstance(found, Ok)]
    return some.one_of(
        *(
            operation.as_strategy(generation_mode=mode)
            for operation in operations
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
            if operation.method == "post" or mode is GenerationMode.POSITIVE
        )
    )


@knocks(0.15)
@given(
    case=_of_the_contract(),
    agency=some.sampled_from(AGENCIES),
    about=some.sampled_from([*AGENCIES, ""]),
    event=some.one_of(_EVENTS, some.just("")),
    is_let_in=some.sampled_from([True, True, True, False]),
)
def test_the_door_keeps_its_published_contract(
    doorstep: Doorstep, case: Case[Any], agency: str, about: str, event: str, is_let_in: bool
) -> None:
    sent = case.as_transport_kwargs(base_url="http://porte")
    path, headers = urlsplit(sent["url"]).path, dict(case.headers or {})
    body = _carried(sent)
    if is_let_in and case.path == "/referrals":
        headers["Authorization"] = f"Bearer {doorstep.token}"
    if is_let_in and case.path == _CALLBACKS:
        body = _about(body, doorstep.keys.get(about, ""), event)
        path, headers = callbacks_of(agency), sealed(agency, body, event or _number(body))

    answer = doorstep.knock(case.method, path, headers, body)

    case.validate_response(answer, checks=_CONFORMANCE)


def _carried(sent: dict[str, Any]) -> bytes:
    if "json" in sent:
        return as_bytes(sent["json"])
    body = sent.get("data", b"")
    return body if isinstance(body, bytes) else str(body).encode()


def _about(body: bytes, key: str, event: str) -> bytes:
    """Make a callback speak, now, of a request that exists; its number has served, perhaps."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if isinstance(document, dict):
        if key and "reference_partenaire" in document:
            document["reference_partenaire"] = key
        now = datetime.now(UTC).isoformat()
        for name in ("evenement", "id", "avis", "nouvelle"):
            if event and name in document:
                document[name] = event
        for name in ("date_evenement", "survenu_le", "le", "date"):
            if event and name in document:
                document[name] = now
    return as_bytes(document)


def _number(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return "?"
    values = document.values() if isinstance(document, dict) else ()
    return next((v for v in values if isinstance(v, str) and v.isascii() and v.isprintable()), "?")


def test_what_is_stored_is_seen_by_the_witness(doorstep: Doorstep) -> None:
    body = as_bytes(said("caf-21", doorstep.keys["caf-21"]))

    assert doorstep.written() == 0
    assert doorstep.calls_back("caf-21", body).status_code == 202
    assert doorstep.written() == 2, "the reply, and the agency's pace"


# --- What no contract would say

_TEXT = some.one_of(
    some.text(max_size=12),
    some.sampled_from(
        [PLANTED, "\x00", "\ud800", "\u202e", "9" * 30, "RECUE", "0001-01-01T00:00:00+14:00"]
    ),
)
_SAYABLE = some.one_of(some.text(max_size=20), some.sampled_from(["\x00", "..", "é", "²"])).map(
    lambda text: text.encode("utf-8", "replace").decode()
)
_NUMBERS = some.one_of(
    some.integers(), some.floats(), some.sampled_from([10**400, -1, 2**63, 0, True])
)
_ANYTHING: some.SearchStrategy[Any] = some.recursive(
    some.one_of(some.none(), _NUMBERS, _TEXT),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)
_TORN: some.SearchStrategy[Callable[[bytes], bytes]] = some.sampled_from(
    [
        # As often whole as torn.
        *[bytes] * 12,
        lambda text: text[:-1],
        lambda text: text + b"\x00",
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode().encode("utf-16"),
        lambda text: text.replace(b"{", b'{"type": 1, "type": 2, "etat": 1, "etat": 1,', 1),
        lambda text: text.replace(b":", b":" + b"[" * 5000, 1),
        lambda text: text.replace(b'"D-1"', b"1e999", 1),
        lambda text: text.replace(b'"D-1"', b"NaN", 1),
        lambda text: text + b" " * (256 * 1024),
        lambda _: b"",
        lambda _: b"\xff\xfe\xfd",
    ]
)


@knocks(0.5)
@given(
    agency=some.sampled_from(AGENCIES),
    about=some.sampled_from([None, None, *AGENCIES]),
    event=_EVENTS,
    change=some.integers(0, 11),
    value=_ANYTHING,
    tear=_TORN,
)
def test_an_agency_that_signs_anything_is_answered(
    doorstep: Doorstep,
    agency: str,
    about: str | None,
    event: str,
    change: int,
    value: Any,
    tear: Callable[[bytes], bytes],
) -> None:
    document = said(agency, doorstep.keys[about or agency], event)
    names = [*document, "champ_inconnu"]
    if change < len(names):
        document[names[change]] = value

    answer = doorstep.calls_back(agency, tear(as_bytes(document)), event)

    if answer.status_code == 202:
        assert about in (None, agency), "an agency spoke of the request of another"
    else:
        assert answer.json()["problems"][0]["message"]


@knocks(0.25)
@given(place=some.integers(0, 200), value=_ANYTHING, tear=_TORN)
def test_a_prescriber_that_sends_anything_is_answered(
    doorstep: Doorstep, place: int, value: Any, tear: Callable[[bytes], bytes]
) -> None:
    document = json.loads(json.dumps(_REFERRAL))
    holder, name = _places(document)[place % len(_places(document))]
    holder[name] = value

    answer = doorstep.knock(
        "POST",
        "/referrals",
        {"Authorization": f"Bearer {doorstep.token}"},
        tear(as_bytes(document)),
    )

    assert answer.status_code in (200, 201) or answer.json()["problems"][0]["message"]


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Return every place of a document where something is written."""
    steps = document.items() if isinstance(document, dict) else enumerate(document)
    found = []
    for name, value in steps:
        found.append((document, name))
        if isinstance(value, dict | list):
            found += _places(value)
    return found


@knocks(0.1)
@given(
    method=some.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=some.one_of(
        some.sampled_from(
            ["box", "/referrals", "/static/page.css", "/static/../app.py", "/boite/"]
        ),
        some.builds(callbacks_of, some.one_of(_SAYABLE, some.sampled_from(AGENCIES))),
        _SAYABLE.map(lambda text: f"/boite/{quote(text, safe='')}"),
    ),
    fields=some.dictionaries(
        some.sampled_from(["acte", "reponse", "motif", "piece", "envoi"]),
        some.one_of(_TEXT, some.sampled_from(["repondre", "lire", "refusee", "acceptee"])),
    ),
    headers=some.dictionaries(
        some.sampled_from(
            ["authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "cookie"]
        ),
        _TEXT,
    ),
)
def test_whoever_knocks_anywhere_with_anything_is_answered(
    doorstep: Doorstep, method: str, path: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    where = doorstep.box if path == "box" else path
    body = "&".join(f"{name}={value}" for name, value in fields.items())

    doorstep.knock(method, where, headers, body.encode("utf-8", "surrogatepass"))
