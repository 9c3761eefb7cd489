"""Coming in by a provider that speaks as ProConnect does, over real HTTP, honest or lying."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlmodel import select, update
from structlog.testing import capture_logs

from core.settings import ROOT, settings
from gateway import oidc, refusals
from gateway.claims import ProviderNotTrusted
from gateway.oidc import ProviderAway, check_provider, misconfiguration
from gateway.refusals import Pace
from models.account import Account
from models.account_rules import AccountRefused
from models.identity import Grant, Identity, Role
from models.login import LoginSession, ProviderVisit
from models.territories import TerritoryInvalid, known_territory, load_territory
from store.accounts import OidcLink, add_account, disable_account, reset_password
from store.engine import session
from store.sessions import identity_of
from tests.identities.browser import Browser
from tests.identities.conftest import told_of_the_house
from tests.identities.provider import (
    CLIENT,
    SECRET,
    Claims,
    Client,
    Forgery,
    Provider,
    by_hand,
    new_agent,
    provider_app,
    signed_by,
)
from tests.ports import free_ports
from tests.serving import served

NewBrowser = Callable[[], Browser]
AUDITOR = Grant(Role.AUDITOR, "21")
START, RETURN = "/connexion/proconnect", "/connexion/proconnect/retour"


@pytest.fixture(scope="session")
def provider_at(people_door: str) -> Iterator[Provider]:
    """The provider, on a port of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        port = free_ports("provider")["provider"]
        provider = Provider(f"http://127.0.0.1:{port}", Client(people_door + RETURN))
        with served(provider_app(provider), port):
            yield provider


@pytest.fixture
def provider(
    provider_at: Provider, at_door: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    """The provider, honest, with an invented agent in front of it; the door knows it."""
    honest = dict(vars(provider_at))
    provider_at.agent = new_agent()
    monkeypatch.setenv("PND_OIDC_ISSUER", provider_at.issuer)
    monkeypatch.setenv("PND_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("PND_OIDC_CLIENT_SECRET", SECRET)
    settings.cache_clear()
    # A machine that is busy is no provider that is away.
    monkeypatch.setattr(oidc, "_TIMEOUT", 60.0)
    monkeypatch.setattr(oidc, "_LONGEST_SECONDS", 60.0)
    yield provider_at
    vars(provider_at).update(honest)


@pytest.fixture
def linked(provider: Provider) -> str:
    """An account that an admin linked to the agent, by its code."""
    siret = str(provider.agent["siret"])
    add_account("audit-21", [AUDITOR], OidcLink(provider.issuer, provider.agent["uid"], siret))
    return "audit-21"


def to_provider(browser: Browser, suite: str = "") -> str:
    """Click on the button. Return where the provider sends the browser back."""
    leaving = browser.get(START, suite=suite)
    assert leaving.status_code == 303, leaving.text
    back = browser.http.get(leaving.headers["location"])
    assert back.status_code == 302, back.text
    return str(back.headers["location"])


def by_provider(browser: Browser, suite: str = "") -> httpx.Response:
    """Go to the provider, and come back."""
    return browser.http.get(to_provider(browser, suite))


def kept(table: type) -> int:
    with session() as opened:
        return len(opened.exec(select(table)).all())


def refused(browser: Browser, answer: httpx.Response, status: int) -> bool:
    """Whether somebody was refused in a page, and nothing is open."""
    assert answer.status_code == status, answer.text
    assert "<h1>" in answer.text
    return browser.session is None and kept(LoginSession) == 0


# --- In and out


def test_a_linked_agent_comes_in_with_the_roles_of_the_account(
    browser: Browser, provider: Provider, linked: str
) -> None:
    assert "S&#39;identifier avec ProConnect" in browser.get("/connexion").text.replace(
        "'", "&#39;"
    )

    answer = by_provider(browser, "/passages/21-7KQF2M")

    assert (answer.status_code, answer.headers["location"]) == (303, "/passages/21-7KQF2M")
    assert browser.session
    assert identity_of(browser.session) == Identity(linked, frozenset({AUDITOR}))
    assert "ProConnect</td>" in browser.get("/compte").text
    assert kept(ProviderVisit) == 0


def test_neither_name_nor_address_is_asked_for_kept_or_written(
    browser: Browser, provider: Provider, linked: str
) -> None:
    with capture_logs() as told:
        by_provider(browser)

    assert provider.scopes[-1].split() == ["openid", "uid", "siret"]
    with session() as opened:
        account = opened.get_one(Account, linked).model_dump_json()
        held = opened.exec(select(LoginSession)).one()
    assert held.id_token
    everything = f"{told}{account}{held.id_token!r}{browser.get('/compte').text}"
    for planted in ("Camille", "Inventée", "exemple.example", "eyJ"):
        assert planted not in everything
    for planted in ("agent-invente", "00000021000013", provider.agent["sub"]):
        assert planted not in str(told)


def test_the_request_carries_state_nonce_and_pkce(browser: Browser, provider: Provider) -> None:
    first = parse_qs(urlsplit(browser.get(START).headers["location"]).query)
    second = parse_qs(urlsplit(browser.get(START).headers["location"]).query)

    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    for drawn in ("state", "nonce", "code_challenge"):
        assert len(first[drawn][0]) >= 43
        assert first[drawn] != second[drawn]
    with session() as opened:
        visits = opened.exec(select(ProviderVisit)).all()
    assert first["state"][0] not in {visit.state for visit in visits}


def test_each_login_draws_a_new_token(browser: Browser, provider: Provider, linked: str) -> None:
    by_provider(browser)
    before = browser.session
    assert before

    by_provider(browser)

    assert browser.session not in (None, before)
    assert identity_of(before) is None


@pytest.mark.parametrize(
    ("page", "action"),
    [("/compte", "/deconnexion"), ("/compte", "/compte/deconnexion-partout")],
)
def test_going_out_leads_to_the_provider_s_own_way_out(
    browser: Browser, provider: Provider, linked: str, at_door: str, page: str, action: str
) -> None:
    by_provider(browser)

    answer = browser.send(page, action)

    assert f'content="0; url={provider.issuer}/session/end?id_token_hint=eyJ' in answer.text
    assert f"post_logout_redirect_uri={httpx.QueryParams({'a': at_door})}".replace("a=", "") in (
        answer.text
    )
    assert kept(LoginSession) == 0


def test_going_out_does_not_wait_for_a_provider_that_is_away(
    browser: Browser, provider: Provider, linked: str
) -> None:
    by_provider(browser)
    provider.is_away = True

    answer = browser.send("/compte", "/deconnexion")

    assert answer.status_code == 200
    assert "peut-être encore ouverte" in answer.text
    assert kept(LoginSession) == 0


# --- Who is not let in


def test_an_unknown_agent_is_told_whom_to_ask_and_nothing_is_made(
    browser: Browser, provider: Provider
) -> None:
    answer = by_provider(browser)

    assert refused(browser, answer, 403)
    assert "Rien n'a été créé" in answer.text
    assert "administrateur" in answer.text
    assert "agent-invente-0042" in answer.text
    assert kept(Account) == 0


@pytest.mark.parametrize("claim", ["uid", "siret"])
def test_another_agent_or_another_organisation_is_another_identity(
    browser: Browser, provider: Provider, linked: str, claim: str
) -> None:
    provider.agent[claim] = {"uid": "agent-invente-0043", "siret": "00000021000021"}[claim]

    assert refused(browser, by_provider(browser), 403)


def test_one_e_mail_is_nobody(browser: Browser, provider: Provider, linked: str) -> None:
    # Who takes somebody's e-mail at another provider is not that somebody.
    provider.agent = new_agent() | {"uid": "un-autre"}

    assert refused(browser, by_provider(browser), 403)


def test_the_same_uid_under_another_name_of_the_provider_is_refused_until_an_admin_says_so(
    browser: Browser, provider: Provider, linked: str
) -> None:
    by_provider(browser)
    browser.send("/compte", "/deconnexion")
    provider.agent = new_agent()

    assert refused(browser, by_provider(browser), 403)
    assert reset_password(linked) is None
    assert by_provider(browser).status_code == 303


def test_a_disabled_account_is_refused_and_loses_its_session(
    browser: Browser, provider: Provider, linked: str
) -> None:
    by_provider(browser)
    token = browser.session
    assert token

    disable_account(linked)

    assert identity_of(token) is None
    assert by_provider(browser).status_code == 403


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Files of territories of this test's own."""
    folder = tmp_path / "territories"
    copytree(ROOT / "territories", folder)
    monkeypatch.setenv("PND_TERRITORIES", str(folder))
    settings.cache_clear()
    yield folder
    known_territory.cache_clear()


def test_an_organisation_that_the_territory_names_no_more_sends_nobody(
    browser: Browser, provider: Provider, linked: str, files: Path
) -> None:
    by_provider(browser)
    token = browser.session
    assert token
    file = files / "21-cote-d-or.toml"
    file.write_text(file.read_text("utf-8").replace('"00000021000013", ', ""), "utf-8")
    known_territory.cache_clear()

    identity = identity_of(token)

    assert identity
    assert identity.grants == frozenset()
    assert by_provider(browser).status_code == 403


def test_an_account_is_not_linked_to_an_organisation_that_its_territory_does_not_name(
    provider: Provider,
) -> None:
    with pytest.raises(AccountRefused) as told:
        add_account(
            "audit-21",
            [AUDITOR, Grant(Role.AUDITOR, "47")],
            OidcLink(provider.issuer, "agent", "00000047000013"),
        )

    assert len(told.value.problems) == 1
    assert "auditor:21" in str(told.value)
    assert kept(Account) == 0


def test_one_agent_has_one_account(provider: Provider, linked: str) -> None:
    with pytest.raises(AccountRefused):
        add_account(
            "audit-bis", [], OidcLink(provider.issuer, "agent-invente-0042", "00000021000013")
        )

    assert kept(Account) == 1


def test_a_siret_has_fourteen_digits(files: Path) -> None:
    file = files / "21-cote-d-or.toml"
    file.write_text(file.read_text("utf-8").replace("00000021000013", "123"), "utf-8")

    with pytest.raises(TerritoryInvalid) as told:
        load_territory(files, "21")

    assert [problem.key for problem in told.value.problems] == ["sirets[n° 1]"]


# --- What is not believed


def without(*names: str) -> Callable[[Claims], Claims]:
    return lambda claims: {name: said for name, said in claims.items() if name not in names}


def saying(**claims: object) -> Callable[[Claims], Claims]:
    return lambda honest: honest | claims


PAST = int((datetime.now(UTC) - timedelta(minutes=10)).timestamp())
LIES: dict[str, Callable[[Claims], Claims]] = {
    "another issuer": saying(iss="https://ailleurs.example"),
    "another audience": saying(aud="une-autre-porte"),
    "several audiences": saying(aud=[CLIENT, "une-autre-porte"]),
    "another nonce": saying(nonce="celui-d-une-autre-connexion"),
    "no nonce": without("nonce"),
    "expired": saying(iat=PAST - 300, exp=PAST),
    "no end": without("exp"),
    "no subject": without("sub"),
    "a subject that is no text": saying(sub=["a"]),
    "another access token": saying(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_wrong_identity_token_opens_nothing(
    browser: Browser, provider: Provider, linked: str, lie: Callable[[Claims], Claims]
) -> None:
    provider.lie = lie

    with capture_logs() as told:
        assert refused(browser, by_provider(browser), 403)
    (fault,) = [each["fault"] for each in told]
    assert fault in {
        "id_token_InvalidClaimError",
        "id_token_MissingClaimError",
        "id_token_ExpiredTokenError",
    }


LIES_OF_USERINFO = {
    "another subject": saying(sub="quelqu-un-d-autre"),
    "another issuer": saying(iss="https://ailleurs.example"),
    "another audience": saying(aud="une-autre-porte"),
    "expired": saying(iat=PAST - 300, exp=PAST),
    "no uid": without("uid"),
    "a uid that is no text": saying(uid=["agent-invente-0042"]),
    "no siret": without("siret"),
    "a siret that is none": saying(siret="00000021000013 ou 1=1"),
}


@pytest.mark.parametrize("lie", LIES_OF_USERINFO.values(), ids=LIES_OF_USERINFO.keys())
def test_a_wrong_userinfo_opens_nothing(
    browser: Browser, provider: Provider, linked: str, lie: Callable[[Claims], Claims]
) -> None:
    provider.lie_of_userinfo = lie

    with capture_logs() as told:
        assert refused(browser, by_provider(browser), 403)
    (fault,) = [each["fault"] for each in told]
    assert fault in {
        "userinfo_InvalidClaimError",
        "userinfo_ExpiredTokenError",
        "uid",
        "siret",
    }


def forgeries(provider: Provider) -> dict[str, Forgery]:
    """Tokens that say what is so, and that the provider did not sign."""
    return {
        "not signed": by_hand("none"),
        "not signed, said otherwise": by_hand("RS256"),
        "signed by another key": signed_by(RSAKey.generate_key(2048, {"kid": "k1"})),
        "signed by the public key": by_hand("HS256", provider.public_key),
        "signed by our own secret": by_hand("HS256", SECRET.encode()),
    }


@pytest.mark.parametrize("place", ["forge", "forge_of_userinfo"])
def test_what_the_provider_did_not_sign_is_not_believed(
    browser: Browser, provider: Provider, linked: str, place: str
) -> None:
    for name, forgery in forgeries(provider).items():
        setattr(provider, place, forgery)
        with capture_logs() as told:
            assert refused(browser, by_provider(browser), 403), name
        kind = "id_token" if place == "forge" else "userinfo"
        (fault,) = [each["fault"] for each in told]
        assert fault.startswith(kind), (name, fault)
        assert "Claim" not in fault, (name, fault)


LIES_OF_ITSELF = {
    "another issuer": saying(issuer="https://ailleurs.example"),
    "secrets sent elsewhere": saying(token_endpoint="https://ailleurs.example/token"),
    "agents sent elsewhere": saying(authorization_endpoint="https://ailleurs.example/a"),
    "keys of elsewhere": saying(jwks_uri="https://ailleurs.example/keys"),
    "no way to ask": without("token_endpoint"),
}


@pytest.mark.parametrize("lie", LIES_OF_ITSELF.values(), ids=LIES_OF_ITSELF.keys())
def test_a_provider_that_sends_us_elsewhere_is_not_followed(
    browser: Browser, provider: Provider, lie: Callable[[Claims], Claims]
) -> None:
    provider.lie_of_itself = lie

    assert refused(browser, browser.get(START), 502)
    assert kept(ProviderVisit) == 0


def test_a_provider_that_is_away_is_told_so(
    browser: Browser, provider: Provider, linked: str
) -> None:
    back = to_provider(browser)
    provider.is_away = True

    assert refused(browser, browser.get(START), 503)
    assert refused(browser, browser.http.get(back), 503)


def test_a_crowd_that_waits_for_the_provider_leaves_threads_for_the_others(
    browser: Browser, provider: Provider
) -> None:
    with ExitStack() as crowd:
        for _ in range(8):
            crowd.enter_context(oidc._http())
        assert refused(browser, browser.get(START), 503)

    assert browser.get(START).status_code == 303


# --- What a browser brings back


def test_a_return_is_good_once(browser: Browser, provider: Provider, linked: str) -> None:
    back = to_provider(browser)
    browser.http.get(back)
    browser.send("/compte", "/deconnexion")

    assert refused(browser, browser.http.get(back), 400)


def test_a_code_that_was_used_opens_nothing_under_another_state(
    browser: Browser, provider: Provider, linked: str
) -> None:
    used = parse_qs(urlsplit(to_provider(browser)).query)["code"][0]
    browser.get(RETURN, code=used, state="inventé")
    given = to_provider(browser)
    fresh = parse_qs(urlsplit(given).query)
    browser.http.get(given)
    browser.send("/compte", "/deconnexion")
    state = parse_qs(urlsplit(to_provider(browser)).query)["state"][0]

    # Used already: the provider refuses it. Never used, but of another login: PKCE does.
    assert refused(browser, browser.get(RETURN, code=fresh["code"][0], state=state), 403)
    state = parse_qs(urlsplit(to_provider(browser)).query)["state"][0]
    assert refused(browser, browser.get(RETURN, code=used, state=state), 403)


def test_a_return_belongs_to_the_browser_that_left(
    new_browser: NewBrowser, provider: Provider, linked: str
) -> None:
    mine, theirs = new_browser(), new_browser()
    theirs.get("/connexion")
    back = to_provider(mine)

    assert refused(theirs, theirs.http.get(back), 400)
    assert mine.http.get(back).status_code == 303


@pytest.mark.parametrize(
    "brought",
    [
        {},
        {"code": "inventé"},
        {"code": "inventé", "state": "inventé"},
        {"state": ""},
        {"error": "access_denied", "state": "inventé"},
    ],
)
def test_a_return_that_nobody_left_for_opens_nothing(
    browser: Browser, provider: Provider, brought: dict[str, str]
) -> None:
    browser.get("/connexion")

    assert refused(browser, browser.get(RETURN, **brought), 400)


def test_who_gives_up_at_the_provider_is_sent_back_to_begin_anew(
    browser: Browser, provider: Provider, linked: str
) -> None:
    state = parse_qs(urlsplit(to_provider(browser)).query)["state"][0]

    answer = browser.get(RETURN, error="access_denied", state=state)

    assert refused(browser, answer, 400)
    assert "Reprenez" in answer.text


def test_an_answer_of_another_issuer_is_refused(
    browser: Browser, provider: Provider, linked: str
) -> None:
    back = to_provider(browser)

    assert refused(browser, browser.http.get(f"{back}&iss=https://ailleurs.example"), 400)


def test_who_stays_too_long_at_the_provider_begins_anew(
    browser: Browser, provider: Provider, linked: str
) -> None:
    back = to_provider(browser)
    with session() as opened:
        opened.execute(
            update(ProviderVisit).values(left_at=datetime.now(UTC) - timedelta(minutes=11))
        )

    assert refused(browser, browser.http.get(back), 400)


# --- Settings


def test_pnd_check_says_whether_the_provider_answers(provider: Provider) -> None:
    assert check_provider() == "joignable, 1 clé de signature"
    provider.is_away = True
    with pytest.raises(ProviderAway):
        check_provider()
    provider.is_away = False
    provider.lie_of_itself = saying(issuer="https://ailleurs.example")
    with pytest.raises(ProviderNotTrusted):
        check_provider()


def test_without_a_provider_there_is_no_button_and_no_way(browser: Browser) -> None:
    assert "ProConnect" not in browser.get("/connexion").text
    assert browser.get(START).status_code == 404
    assert "comptes locaux seulement" in check_provider()


@pytest.mark.parametrize(
    ("issuer", "secret", "env", "told"),
    [
        ("https://fournisseur.example", "s", "production", None),
        ("", "", "production", None),
        ("https://fournisseur.example", "", "production", "vont ensemble"),
        ("http://fournisseur.example", "s", "development", "https"),
        ("http://127.0.0.1:9", "s", "production", "https"),
        ("http://127.0.0.1:9", "s", "development", None),
    ],
)
def test_a_provider_is_whole_and_by_https(
    monkeypatch: pytest.MonkeyPatch, issuer: str, secret: str, env: str, told: str | None
) -> None:
    monkeypatch.setenv("PND_OIDC_ISSUER", issuer)
    monkeypatch.setenv("PND_OIDC_CLIENT_ID", CLIENT if issuer else "")
    monkeypatch.setenv("PND_OIDC_CLIENT_SECRET", secret)
    monkeypatch.setenv("PND_ENV", env)
    settings.cache_clear()

    problem = misconfiguration()

    assert (problem is None) if told is None else (problem is not None and told in problem)
    monkeypatch.undo()
    settings.cache_clear()


def test_an_agent_who_is_not_let_in_is_told_by_their_account_or_by_none(
    browser: Browser, provider: Provider, linked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_PACE", Pace())
    before = len(told_of_the_house())
    disable_account(linked)
    by_provider(browser)
    provider.agent["uid"] = "agent-invente-0043"
    by_provider(browser)

    assert told_of_the_house()[before:] == [(linked, "login"), ("door:login", "login")]
