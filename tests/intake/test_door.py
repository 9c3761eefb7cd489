"""The door over HTTP, on a real case store: what it takes, refuses, and never shows."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from sqlmodel import SQLModel, col, select
from standardwebhooks import Webhook

from core.settings import ROOT, settings
from gateway.app import create_app
from models.agency import Channel
from models.consent import Consent
from models.departure import Departure
from models.measure import Measure
from models.news import News
from models.pace import Pace
from models.request import RequestState
from models.step import Exclude, MoveRequest, OpenRequest, WithdrawConsent
from models.vault_entry import VaultEntry
from store.cases import find_case, read_case
from store.engine import session
from store.letterbox import link_token_for
from store.steps import apply_steps
from tests.intake.invented import Document, read_person_of
from tests.ports import free_ports
from tests.serving import served

pytestmark = pytest.mark.usefixtures("store")

_FARM = ROOT / "examples" / "regime-agricole.json"


@pytest.fixture
def door() -> Iterator[httpx.Client]:
    """The door on a free port, with this process's settings."""
    with served(create_app()) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def token() -> dict[str, str]:
    return {"Authorization": f"Bearer {settings().door_token.get_secret_value()}"}


def stored(table: type[SQLModel]) -> int:
    with session() as opened:
        return len(opened.exec(select(table)).all())


def requested(reference: str, measure: Measure, agency: str, channel: Channel) -> str:
    """Open a request as the journey does, and return its key."""
    with session() as opened:
        case = find_case(opened, reference)
        assert case
        apply_steps(opened, case, [OpenRequest(measure, agency, 1, channel)])
        request = case.requests[-1]
        apply_steps(opened, case, [MoveRequest(request, RequestState.REQUESTED)])
        return request.key


# --- Prescribers


def test_a_referral_opens_one_departure_however_often_it_is_sent(
    door: httpx.Client, token: dict[str, str], document: Document
) -> None:
    first = door.post("/referrals", json=document, headers=token)
    again = door.post("/referrals", json=dict(reversed(document.items())), headers=token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert stored(Departure) == stored(VaultEntry) == 1
    reference = first.json()["reference"]
    assert re.fullmatch(r"21-[2-9B-Z]{6}", reference)
    assert read_person_of(reference).given_name == "Camille"


@pytest.mark.usefixtures("clockwork")
def test_a_new_departure_gets_its_flow_run_at_once(
    door: httpx.Client, token: dict[str, str], document: Document
) -> None:
    reference = door.post("/referrals", json=document, headers=token).json()["reference"]

    def has_its_run() -> bool:
        case = read_case(reference)
        return case is not None and case.departure.flow_run is not None

    assert eventually(has_its_run)


def test_the_same_number_with_another_content_is_a_conflict(
    door: httpx.Client, token: dict[str, str], document: Document
) -> None:
    door.post("/referrals", json=document, headers=token)
    document["departure_planned_on"] = "2026-12-24"

    refused = door.post("/referrals", json=document, headers=token)

    assert refused.status_code == 409
    assert refused.json()["problems"][0]["path"] == "referral_id"
    assert stored(Departure) == 1


def test_a_referral_with_problems_stores_nothing_and_hears_them_all(
    door: httpx.Client, token: dict[str, str], document: Document
) -> None:
    document["person"]["children"][1]["born_on"] = "Enfantinventé"
    document["consents"][0]["agency"] = "caf-95"

    refused = door.post("/referrals", json=document, headers=token)

    assert refused.status_code == 422
    assert {problem["path"] for problem in refused.json()["problems"]} == {
        "person.children[1].born_on",
        "consents[0].agency",
    }
    assert "Enfantinventé" not in refused.text
    assert stored(Departure) == stored(VaultEntry) == stored(Consent) == 0


def test_what_is_not_json_is_one_problem(door: httpx.Client, token: dict[str, str]) -> None:
    refused = door.post("/referrals", content=b"{", headers=token)

    assert refused.status_code == 422
    assert len(refused.json()["problems"]) == 1
    protected(refused)


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer faux", "Basic dG90bzp0b3Rv", "Bearer é"])
def test_without_the_token_nothing_is_read(
    door: httpx.Client, document: Document, shown: str
) -> None:
    refused = door.post(
        "/referrals", json=document, headers=[(b"Authorization", shown.encode())] if shown else []
    )

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert stored(Departure) == 0


def test_a_door_without_a_token_lets_nobody_in(
    door: httpx.Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_DOOR_TOKEN", "")
    settings.cache_clear()

    refused = door.post("/referrals", json=document, headers={"Authorization": "Bearer"})

    assert refused.status_code == 401


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_beyond_the_limit_is_refused(
    door: httpx.Client, token: dict[str, str], in_chunks: bool
) -> None:
    large = b" " * (256 * 1024 + 1)

    refused = door.post("/referrals", content=iter([large]) if in_chunks else large, headers=token)

    assert refused.status_code == 413
    protected(refused)


# --- Agencies that call back


def callback(key: str, event: str = "evt-1", etat: str = "RECUE", **more: str) -> bytes:
    return json.dumps(
        {
            "evenement": event,
            "reference_partenaire": key,
            "numero_dossier": "D-1",
            "date_evenement": datetime.now(UTC).isoformat(),
            "etat": etat,
        }
        | more
    ).encode()


def signed(body: bytes, agency: str = "CAF_21", event: str = "evt-1") -> dict[str, str]:
    at = datetime.now(UTC)
    webhook = Webhook(os.environ[f"PND_AGENCY_{agency}_SECRET"])
    return {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign(event, at, body.decode()),
    }


@pytest.fixture
def caf_request(door: httpx.Client, token: dict[str, str], document: Document) -> str:
    reference = door.post("/referrals", json=document, headers=token).json()["reference"]
    return requested(reference, Measure.AUU, "caf-21", Channel.API)


def test_a_signed_callback_is_stored_once(door: httpx.Client, caf_request: str) -> None:
    body = callback(caf_request)

    first = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
    again = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))

    assert (first.status_code, again.status_code) == (202, 202)
    assert stored(News) == 1


def test_a_callback_signed_by_somebody_else_stores_nothing(
    door: httpx.Client, caf_request: str
) -> None:
    body = callback(caf_request)

    unsigned = door.post("/agencies/caf-21/callbacks", content=body)
    other = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body, "CAF_95"))
    changed = door.post("/agencies/caf-21/callbacks", content=body + b" ", headers=signed(body))

    assert {unsigned.status_code, other.status_code, changed.status_code} == {401}
    assert stored(News) == 0


@pytest.mark.parametrize(
    ("agency", "key", "etat", "status"),
    [
        ("caf-21", "21-XXXXXX:auu:caf-21:1", "RECUE", 404),
        ("caf-21", "{key}", "INCONNU", 422),
        ("caf-75", "{key}", "RECUE", 404),
        ("hotel-21", "{key}", "RECUE", 404),
        ("msa-21", "{key}", "RECUE", 401),
    ],
    ids=["unknown_request", "unknown_word", "unknown_agency", "by_phone", "by_letterbox"],
)
def test_a_callback_that_cannot_be_taken_stores_nothing(
    door: httpx.Client, caf_request: str, agency: str, key: str, etat: str, status: int
) -> None:
    body = callback(key.format(key=caf_request), etat=etat)

    refused = door.post(f"/agencies/{agency}/callbacks", content=body, headers=signed(body))

    assert refused.status_code == status
    assert refused.json()["problems"][0]["message"]
    assert stored(News) == 0


def test_a_number_that_has_served_is_not_taken_for_another_content(
    door: httpx.Client, caf_request: str
) -> None:
    first, other = callback(caf_request), callback(caf_request, etat="REJETEE", motif="AUTRE")
    door.post("/agencies/caf-21/callbacks", content=first, headers=signed(first))

    refused = door.post("/agencies/caf-21/callbacks", content=other, headers=signed(other))

    assert refused.status_code == 409
    assert "prenez-en un nouveau" in refused.json()["problems"][0]["message"]
    with session() as opened:
        (news,) = opened.exec(select(News)).all()
    assert news.reply
    assert news.reply["kind"] == "received"


def test_a_number_is_not_shared_by_two_requests(
    door: httpx.Client, caf_request: str, token: dict[str, str], document: Document
) -> None:
    document["referral_id"] = str(uuid4())
    other = door.post("/referrals", json=document, headers=token).json()["reference"]
    about = (caf_request, requested(other, Measure.AUU, "caf-21", Channel.API))

    statuses = []
    for key in about:
        body = callback(key)
        answer = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))
        statuses.append(answer.status_code)

    assert statuses == [202, 409]


def test_an_agency_that_says_too_much_says_it_later_and_nothing_is_lost(
    door: httpx.Client, caf_request: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_CALLBACKS_PER_MINUTE", "2")
    settings.cache_clear()

    bodies = {event: callback(caf_request, event) for event in ("e1", "e2", "e3")}

    def says(event: str) -> httpx.Response:
        headers = signed(bodies[event], event=event)
        return door.post("/agencies/caf-21/callbacks", content=bodies[event], headers=headers)

    assert [says(event).status_code for event in ("e1", "e2", "e2")] == [202, 202, 429]
    slowed = says("e3")
    assert int(slowed.headers["retry-after"]) > 0
    protected(slowed)
    assert stored(News) == 2
    with session() as opened:
        pace = opened.get_one(Pace, "caf-21")
        pace.ahead_until -= timedelta(minutes=1)
    assert says("e3").status_code == 202
    assert stored(News) == 3


def test_an_agency_is_not_slowed_down_by_another_or_by_an_hour_that_cannot_be(
    door: httpx.Client, caf_request: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_CALLBACKS_PER_MINUTE", "1")
    settings.cache_clear()
    now = datetime.now(UTC)
    with session() as opened:
        opened.add(Pace(agency="siao-21", ahead_until=now + timedelta(seconds=90)))
        opened.add(Pace(agency="caf-21", ahead_until=now + timedelta(days=9)))
    body = callback(caf_request)

    taken = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))

    assert taken.status_code == 202
    with session() as opened:
        assert opened.get_one(Pace, "caf-21").ahead_until < now + timedelta(minutes=5)


@pytest.mark.parametrize("years", [-3, 3])
def test_a_reply_of_another_time_is_not_taken(
    door: httpx.Client, caf_request: str, years: int
) -> None:
    at = datetime.now(UTC) + timedelta(days=365 * years)
    body = callback(caf_request, date_evenement=at.isoformat())

    refused = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))

    assert refused.status_code == 422
    assert stored(News) == 0


@pytest.mark.parametrize("attempt", ["0", "01", "9999999999", "¹", "1 ", "-1"])
def test_a_key_that_no_request_could_have_is_of_no_request(
    door: httpx.Client, caf_request: str, attempt: str
) -> None:
    body = callback(f"{caf_request.rpartition(':')[0]}:{attempt}")

    refused = door.post("/agencies/caf-21/callbacks", content=body, headers=signed(body))

    assert refused.status_code == 404
    assert stored(News) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": ""},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "inf"},
        {"webhook-id": "x" * 101},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1," + "A" * 1000},
    ],
    ids=["no_seal", "long_ago", "no_number", "long_number", "other_seal", "long_seal"],
)
def test_what_nobody_could_have_signed_is_refused_before_it_is_read(
    door: httpx.Client, caf_request: str, changed: dict[str, str]
) -> None:
    headers = signed(callback(caf_request))
    large = b" " * (256 * 1024 + 1)

    unread = door.post("/agencies/caf-21/callbacks", content=large, headers=headers | changed)
    read = door.post("/agencies/caf-21/callbacks", content=large, headers=headers)

    assert (unread.status_code, read.status_code) == (401, 413)


# --- Agencies that have a letterbox


@pytest.fixture
def farm(door: httpx.Client, token: dict[str, str]) -> str:
    """A departure of an agricultural household, by its reference."""
    sent = door.post("/referrals", content=_FARM.read_bytes(), headers=token)
    return str(sent.json()["reference"])


@pytest.fixture
def box(farm: str) -> str:
    """The path of the letterbox of the MSA's request."""
    return f"/boite/{link_token_for(requested(farm, Measure.AUU, 'msa-47', Channel.LETTERBOX))}"


def post(door: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return door.post(
        path,
        content=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


def number_in(answer: httpx.Response) -> str:
    found = re.search(r'name="envoi" value="([^"]+)"', answer.text)
    assert found
    return found.group(1)


def test_following_the_link_shows_nothing_about_anybody(
    door: httpx.Client, box: str, farm: str
) -> None:
    cover = door.get(box)

    assert cover.status_code == 200
    for planted in ("Andréa", "Fictive", "05 36 49 00 47", "AUU", "msa", "nouveau départ", farm):
        assert planted not in cover.text


def test_opening_the_request_shows_the_fields_of_this_measure(door: httpx.Client, box: str) -> None:
    opened = post(door, box, acte="lire")

    assert opened.status_code == 200
    assert "Fictive" in opened.text
    assert "FR0012345000000000000000047" in opened.text
    assert "47001" not in opened.text
    assert "Noa" not in opened.text


def test_an_answer_is_stored_once_per_page(door: httpx.Client, box: str) -> None:
    number = number_in(post(door, box, acte="lire"))
    answer = {"acte": "repondre", "envoi": number, "reponse": "refusee", "motif": "duplicate"}

    first = post(door, box, **answer)
    again = post(door, box, **answer)

    assert "en est averti" in first.text
    assert "déjà enregistrée" in again.text
    with session() as opened:
        (news,) = opened.exec(select(News)).all()
    assert news.event == f"msa-47:letterbox:{number}"
    assert news.reply
    assert (news.reply["kind"], news.reply["reason"]) == ("refused", "duplicate")


def test_another_answer_from_the_same_page_is_not_lost_behind_the_first(
    door: httpx.Client, box: str
) -> None:
    number = number_in(post(door, box, acte="lire"))
    post(door, box, acte="repondre", envoi=number, reponse="acceptee")

    otherwise = post(door, box, acte="repondre", envoi=number, reponse="recue")
    again = post(door, box, acte="repondre", envoi=number_in(otherwise), reponse="recue")

    assert otherwise.status_code == 422
    assert "ne l&#39;est pas" in otherwise.text
    assert "en est averti" in again.text
    with session() as opened:
        replies = [news.reply for news in opened.exec(select(News).order_by(col(News.id))).all()]
    assert [reply["kind"] for reply in replies if reply] == ["accepted", "received"]


def test_answers_at_a_letterbox_have_a_pace_too(
    door: httpx.Client, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_CALLBACKS_PER_MINUTE", "1")
    settings.cache_clear()
    answers = [
        post(door, box, acte="repondre", envoi=str(uuid4()), reponse="recue") for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["content-type"].startswith("text/html")
    assert stored(News) == 1


def test_two_pages_give_two_answers(door: httpx.Client, box: str) -> None:
    for reply in ("recue", "acceptee"):
        number = number_in(post(door, box, acte="lire"))
        post(door, box, acte="repondre", envoi=number, reponse=reply)

    assert stored(News) == 2


def test_an_incomplete_answer_is_asked_again_and_not_stored(door: httpx.Client, box: str) -> None:
    number = number_in(post(door, box, acte="lire"))

    again = post(door, box, acte="repondre", envoi=number, reponse="refusee")

    assert again.status_code == 422
    assert "Choisissez le motif" in again.text
    assert stored(News) == 0


def test_a_withdrawn_request_shows_nothing_but_still_takes_an_answer(
    door: httpx.Client, box: str, farm: str
) -> None:
    with session() as opened:
        case = find_case(opened, farm)
        assert case
        apply_steps(opened, case, [MoveRequest(case.requests[-1], RequestState.WITHDRAWN)])

    page = post(door, box, acte="lire")
    answered = post(door, box, acte="repondre", envoi=number_in(page), reponse="acceptee")

    assert "est retirée" in page.text
    assert "Fictive" not in page.text
    assert answered.status_code == 200
    assert stored(News) == 1


def test_without_the_persons_yes_nothing_is_shown(door: httpx.Client, box: str, farm: str) -> None:
    with session() as opened:
        case = find_case(opened, farm)
        assert case
        apply_steps(opened, case, [WithdrawConsent(Measure.AUU)])

    assert "Fictive" not in post(door, box, acte="lire").text


@pytest.mark.parametrize("agent_only", [True, False])
def test_a_link_shows_nothing_once_somebody_there_is_too_near(
    door: httpx.Client, box: str, farm: str, agent_only: bool
) -> None:
    with session() as opened:
        case = find_case(opened, farm)
        assert case
        apply_steps(opened, case, [Exclude("msa-47", "ref-47-a", agent_only=agent_only)])

    assert "Fictive" not in post(door, box, acte="lire").text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_opens_nothing_is_a_neutral_page(door: httpx.Client, method: str) -> None:
    gone = door.request(method, "/boite/inconnu")

    assert gone.status_code == 404
    assert gone.headers["content-type"].startswith("text/html")
    assert "inconnu" not in gone.text


# --- Every answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/ready", 200),
        ("GET", "/static/page.css", 200),
        ("GET", "/static/absent.css", 404),
        ("POST", "/static/page.css", 405),
        ("GET", "/boite/inconnu", 404),
        ("GET", "/inconnu", 404),
        ("GET", "/health/", 404),
        ("GET", "/referrals", 405),
        ("POST", "/referrals", 401),
        ("POST", "/agencies/caf-21/callbacks", 401),
        ("POST", "/agencies/inconnu/callbacks", 404),
    ],
)
def test_every_answer_is_protected(door: httpx.Client, method: str, path: str, status: int) -> None:
    answer = door.request(method, path)

    assert answer.status_code == status
    protected(answer)


def protected(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("camera=()")


def test_nothing_about_the_door_is_published(door: httpx.Client) -> None:
    statuses = {door.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")}

    assert statuses == {404}


def test_a_failure_is_a_french_page_that_shows_nothing(
    door: httpx.Client, box: str, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_tables = re.sub(r"/cases_\w+\?", "/postgres?", store)
    monkeypatch.setenv("PND_DATABASE_URL", without_tables)
    settings.cache_clear()

    failed = door.get(box)

    assert failed.status_code == 500
    assert "Réessayez" in failed.text
    assert "absente" not in failed.text
    assert failed.headers["cache-control"] == "no-store"


# --- The process


def test_the_running_door_writes_neither_a_link_nor_a_person(
    token: dict[str, str], box: str, tmp_path: Path
) -> None:
    output = tmp_path / "output"

    with running_door(output) as url:
        read = httpx.post(url + box, content="acte=lire")
        httpx.get(f"{url}/boite/jetonsecret")
        sent = httpx.post(f"{url}/referrals", content=_FARM.read_bytes(), headers=token)

    text = output.read_text()
    assert (read.status_code, sent.status_code) == (200, 200)
    assert "server" not in read.headers
    assert "letterbox_read" in text
    for planted in ("Fictive", "Andréa", "05 36 49", box.removeprefix("/boite/"), "jetonsecret"):
        assert planted not in text


def test_a_departure_is_stored_and_answered_even_when_prefect_is_away(
    token: dict[str, str], tmp_path: Path
) -> None:
    output = tmp_path / "output"

    with running_door(output, PREFECT_API_URL="http://127.0.0.1:9/api") as url:
        sent = httpx.post(f"{url}/referrals", content=_FARM.read_bytes(), headers=token)
        assert eventually(lambda: "run_start_postponed" in output.read_text())

    assert sent.status_code == 201
    assert read_person_of(sent.json()["reference"]).given_name == "Andréa"
    assert "Andréa" not in output.read_text()


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("PND_DATABASE_URL", ""),
        ("PND_DOOR_TOKEN", ""),
        ("PND_VAULT_KEY", ""),
        ("PND_AGENCY_CAF_21_SECRET", "whsec_QUFBQQ=="),
    ],
)
def test_a_half_configured_door_does_not_start_and_says_why(missing: str, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.serve"],
        cwd=ROOT,
        env=os.environ | {missing: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert missing in ended.stderr
    assert not value or value not in ended.stderr
    assert "Traceback" not in ended.stderr


@contextmanager
def running_door(output: Path, **env: str) -> Iterator[str]:
    """Run the door as it is run, in a process of its own; yields its URL."""
    url = f"http://127.0.0.1:{free_ports('door')['door']}"
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.serve"],
            cwd=ROOT,
            env=os.environ | {"PND_DOOR_URL": url, "PND_DOOR_PORT": url.rpartition(":")[2]} | env,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"{url}/health")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str) -> None:
    def answers() -> bool:
        try:
            httpx.get(url)
        except httpx.TransportError:
            return False
        return True

    assert eventually(answers)


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()
