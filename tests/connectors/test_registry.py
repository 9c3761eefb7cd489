"""From a territory's agency to its connector: all that is missing is told, nothing is half made."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.caf.client import CafConnector
from connectors.configuration import faults_of_secrets
from connectors.contract import Health, Message
from connectors.errors import (
    AgencyUnavailable,
    CallbackRefused,
    NotConfigured,
    NotSupported,
)
from connectors.letterbox.client import LetterboxConnector
from connectors.registry import check_all, connector_for, forget_connectors
from core.clock import SystemClock
from models.agency import AgencyKind, Channel
from models.measure import Measure
from models.territory import Agency
from tests.connectors.agencies import AGENCIES, agency, environment
from tests.connectors.people import CAMILLE, SECRETS_OF_A_LIFE, slip
from tests.connectors.privacy import everything_shown
from tests.connectors.stage import DAWN, Stage

LINK = "https://porte.example/boite/jeton-opaque"
CAF = AGENCIES["caf-21"]


def by(channel: Channel, address: str, kind: AgencyKind = AgencyKind.OTHER) -> Agency:
    return Agency(
        code="hotel-21",
        kind=kind,
        name="Organisme exemple",
        channel=channel,
        address=address,
        phone="03 53 01 00 00",
        emits={},
    )


@pytest.fixture(autouse=True)
def fresh_connectors() -> Iterator[None]:
    forget_connectors()
    yield
    forget_connectors()


class Post:
    """Keeps what is delivered; down when told so."""

    def __init__(self) -> None:
        self.delivered: list[tuple[str, str, str]] = []
        self.down = False

    def deliver(self, address: str, subject: str, text: str) -> None:
        if self.down:
            raise ConnectionRefusedError(f"no mail for {address}")
        self.delivered.append((address, subject, text))


def connect(one: Agency, post: Post | None = None) -> object:
    return connector_for(one, deliver=(post or Post()).deliver, link_for=lambda _: LINK)


def letterbox(post: Post) -> LetterboxConnector:
    made = connect(by(Channel.LETTERBOX, "contact@organisme.example"), post)
    assert isinstance(made, LetterboxConnector)
    return made


def test_a_connector_is_made_once_per_process(secrets: None) -> None:
    assert isinstance(connect(CAF), CafConnector)
    assert connect(CAF) is connect(CAF)


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("caf-21", ["SECRET", "TOKEN"]),
        ("siao-21", ["SECRET", "TOKEN"]),
        ("petite-enfance-21", ["SECRET", "TOKEN"]),
        ("france-travail-21", ["CLIENT_ID", "CLIENT_SECRET"]),
        ("france-victimes-21", ["SECRET", "TOKEN"]),
        ("bav-21", ["TOKEN"]),
    ],
)
def test_everything_that_is_missing_is_named_at_once(
    code: str, missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"PND_AGENCY_{code.upper().replace('-', '_')}_"
    for name in ("URL", "SECRET", "TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(prefix + name, raising=False)

    with pytest.raises(NotConfigured) as trouble:
        connect(AGENCIES[code])

    assert trouble.value.detail == "à renseigner : " + ", ".join(prefix + name for name in missing)


@pytest.mark.parametrize("name", ["TOKEN", "SECRET"])
def test_an_empty_variable_is_a_missing_one(
    secrets: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"PND_AGENCY_CAF_21_{name}", "")

    with pytest.raises(NotConfigured, match=f"PND_AGENCY_CAF_21_{name}"):
        connect(CAF)


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "whsec_",
        "whsec_AAAA",
        "whsec_!!!!",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
        "whsec_" + "ÿ" * 40,
        "whsec_" + b64encode(b"x" * 32).decode(),
        "whsec_" + b64encode(b"changeme" * 4).decode(),
        "whsec_" + b64encode(bytes(range(65))).decode(),
        "whsec_" + b64encode(bytes(range(32))).decode().replace("A", "é"),
    ],
)
def test_a_signing_secret_too_weak_to_protect_is_refused(
    secrets: None, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("PND_AGENCY_CAF_21_SECRET", secret)

    with pytest.raises(NotConfigured) as trouble:
        connect(CAF)
    assert secret not in str(trouble.value).removeprefix("NotConfigured: caf-21")


def change_of_secret(monkeypatch: pytest.MonkeyPatch, previous: bytes, until: str) -> None:
    monkeypatch.setenv("PND_AGENCY_CAF_21_SECRET_PREVIOUS", f"whsec_{b64encode(previous).decode()}")
    monkeypatch.setenv("PND_AGENCY_CAF_21_SECRET_PREVIOUS_UNTIL", until)


def in_days(days: int) -> str:
    return (SystemClock().now().date() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("previous", "until"),
    [
        (bytes(range(32)), ""),
        (bytes(range(32)), in_days(40)),
        (bytes(range(32)), "bientôt"),
        (b"short", in_days(2)),
        (b"secret-of-caf-21-and-some-more", in_days(2)),
    ],
    ids=["without-an-end", "too-long", "no-date", "weak", "the-same"],
)
def test_a_change_of_secret_that_would_weaken_or_last_is_refused(
    secrets: None, monkeypatch: pytest.MonkeyPatch, previous: bytes, until: str
) -> None:
    change_of_secret(monkeypatch, previous, until)

    assert "PND_AGENCY_CAF_21_SECRET_PREVIOUS" in faults_of_secrets([CAF])["caf-21"][0]
    with pytest.raises(NotConfigured, match="PND_AGENCY_CAF_21_SECRET_PREVIOUS"):
        connect(CAF)


def test_a_change_of_secret_is_told_and_then_said_to_be_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> Health:
        forget_connectors()
        return check_all([CAF], deliver=Post().deliver, link_for=lambda _: LINK)["caf-21"]

    change_of_secret(monkeypatch, bytes(range(32)), in_days(2))
    under_way = said()
    change_of_secret(monkeypatch, bytes(range(32)), in_days(-1))
    over = said()

    assert under_way.allowed
    assert over.allowed
    assert in_days(2) in under_way.problem
    assert "retirez PND_AGENCY_CAF_21_SECRET_PREVIOUS et" in over.problem


def test_one_secret_for_two_agencies_is_refused_to_both_doors(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_caf = environment("caf-21")["PND_AGENCY_CAF_21_SECRET"]
    monkeypatch.setenv("PND_AGENCY_SIAO_21_SECRET", of_caf)

    faults = faults_of_secrets(AGENCIES.values())
    checked = check_all(AGENCIES.values(), deliver=Post().deliver, link_for=lambda _: LINK)

    assert list(faults) == ["siao-21"]
    assert "celui de caf-21" in faults["siao-21"][0]
    assert not checked["siao-21"].configured
    assert of_caf not in str(faults)


@pytest.mark.parametrize(
    "url",
    [
        "http://caf-21.example",
        "ftp://caf-21.example",
        "https://moi:motdepasse@caf-21.example",
        "https://caf-21.example/?a=1",
        "caf-21.example",
    ],
)
def test_an_address_that_would_expose_the_person_is_refused(
    secrets: None, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PND_AGENCY_CAF_21_URL", url)

    with pytest.raises(NotConfigured, match="PND_AGENCY_CAF_21_URL"):
        connect(CAF)


def test_the_territorys_address_serves_when_the_environment_has_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PND_AGENCY_CAF_21_URL")
    here = agency("caf-21", AgencyKind.CAF, f"{stage.url}/caf-21")

    made = connect(here)

    assert isinstance(made, CafConnector)
    assert made.check().allowed


def test_an_api_nobody_speaks_is_not_configured() -> None:
    with pytest.raises(NotConfigured, match="letterbox"):
        connect(by(Channel.API, "https://hotel.example"))


def test_the_call_channel_is_the_referents() -> None:
    with pytest.raises(NotSupported):
        connect(by(Channel.CALL, "03 53 01 00 00"))


def test_all_agencies_are_checked_and_each_problem_says_what_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PND_AGENCY_SIAO_21_TOKEN")
    monkeypatch.setenv("PND_AGENCY_BAV_21_TOKEN", "wrong")
    asked = [*AGENCIES.values(), by(Channel.CALL, "03 53 01 00 00")]

    found = check_all(asked, deliver=Post().deliver, link_for=lambda _: LINK)

    assert list(found) == list(AGENCIES)
    assert found["caf-21"].allowed
    assert not found["siao-21"].configured
    assert "PND_AGENCY_SIAO_21_TOKEN" in found["siao-21"].problem
    assert (found["bav-21"].reachable, found["bav-21"].allowed) == (True, False)
    assert found["bav-21"].problem


def test_a_letterbox_message_holds_a_link_and_nothing_of_anybody() -> None:
    post = Post()
    about = slip("hotel-21", Measure.HOUSING)
    box = letterbox(post)
    box.send(about, CAMILLE)
    box.tell(about, Message.REMINDER, "k1")
    box.tell(about, Message.DOCUMENT_SUPPLIED, "k2")
    box.recall(about, "k3")

    assert [address for address, _, _ in post.delivered] == ["contact@organisme.example"] * 4
    written = "\n".join(subject + text for _, subject, text in post.delivered)
    assert written.count(LINK) == 4
    betrays = (*SECRETS_OF_A_LIFE, "21-7KQF2M", "heberg", "hotel-21", "violence", "départ", "PND")
    assert not [word for word in betrays if word.lower() in written.lower().replace(LINK, "")]


def test_a_reminder_does_not_read_like_a_first_message() -> None:
    post = Post()
    about = slip("hotel-21", Measure.HOUSING)
    letterbox(post).send(about, CAMILLE)
    letterbox(post).tell(about, Message.REMINDER, "k1")
    letterbox(post).recall(about, "k2")

    assert len({subject for _, subject, _ in post.delivered}) == 3


def test_a_letterbox_cannot_have_a_place_kept_so_the_referent_calls() -> None:
    post = Post()

    with pytest.raises(NotSupported):
        letterbox(post).tell(slip("hotel-21", Measure.HOUSING), Message.HOLD_OFFER, "k1", "P1")
    assert not post.delivered


def test_mail_that_cannot_leave_is_an_agency_unavailable() -> None:
    post = Post()
    post.down = True

    with pytest.raises(AgencyUnavailable) as trouble:
        letterbox(post).send(slip("hotel-21", Measure.HOUSING), CAMILLE)

    assert trouble.value.detail == "ConnectionRefusedError"
    everything_shown(trouble.value).is_silent()


def test_a_letterbox_has_nothing_to_read_and_believes_no_callback() -> None:
    box = letterbox(Post())

    assert box.check().configured
    assert box.replies(DAWN) == []
    with pytest.raises(CallbackRefused):
        box.read_callback({}, b"{}")


def test_a_letterbox_without_an_e_mail_address_is_not_configured() -> None:
    with pytest.raises(NotConfigured):
        connect(by(Channel.LETTERBOX, "03 53 01 00 00"))
