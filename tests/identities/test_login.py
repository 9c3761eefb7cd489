"""Coming in by the pages: what opens a session, what closes it, and what nobody learns."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlmodel import select, update
from starlette.requests import HTTPConnection
from structlog.testing import capture_logs

from core.clock import SystemClock
from core.settings import settings
from gateway import refusals
from gateway.login import safe_path
from gateway.refusals import Pace
from gateway.sessions import cookies_are_safe, who
from models.account import Account
from models.identity import Grant, Identity, Role
from models.login import LoginSession, LoginThrottle
from store import passwords
from store.accounts import (
    OidcLink,
    add_account,
    add_grants,
    disable_account,
    enable_account,
    end_sessions,
    remove_grants,
    reset_password,
)
from store.engine import session
from store.passwords import is_outdated
from store.sessions import identity_of
from store.throttle import admit
from tests.identities.browser import PASSWORD, Browser
from tests.identities.conftest import ready_account, told_of_the_house

NewBrowser = Callable[[], Browser]
REFERENT = Grant(Role.REFERENT, "21")


def kept_sessions() -> list[LoginSession]:
    with session() as opened:
        return list(opened.exec(select(LoginSession)).all())


def token(browser: Browser) -> str:
    held = browser.session
    assert held
    return held


# --- In and out


def test_the_right_password_opens_a_session_that_is_kept_by_a_digest(
    browser: Browser, referent: str
) -> None:
    answer = browser.log_in(referent)

    assert (answer.status_code, answer.headers["location"]) == (303, "/compte")
    assert identity_of(token(browser)) == Identity(referent, frozenset({REFERENT}))
    (kept,) = kept_sessions()
    assert token(browser) not in kept.model_dump_json()
    page = browser.get("/compte")
    assert referent in page.text
    assert "Référent — territoire 21" in page.text


def test_the_account_page_leads_to_the_screen_whoever_has_a_use_for_it(
    new_browser: NewBrowser, referent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_GUARD_URL", "https://porte.exemple:8443")
    settings.cache_clear()
    link = 'href="https://porte.exemple:8443"'
    for account, shown in ((referent, True), (ready_account("presc-21", "prescriber:21"), False)):
        browser = new_browser()
        browser.log_in(account)
        assert (link in browser.get("/compte").text) is shown


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    browser: Browser, referent: str
) -> None:
    (cookie,) = browser.log_in(referent).headers.get_list("set-cookie")

    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" not in cookie.lower()
    assert "domain" not in cookie.lower()


def test_by_https_the_cookie_belongs_to_this_host_alone(
    browser: Browser, referent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_DOOR_URL", "https://porte.example")
    settings.cache_clear()
    page = browser.get("/connexion")
    shown = page.headers["set-cookie"].partition(";")[0]

    answer = httpx.post(
        str(browser.http.base_url.join("/connexion")),
        data={
            "jeton": re.findall(r'name="jeton" value="(\w+)"', page.text)[0],
            "compte": referent,
            "mot-de-passe": PASSWORD,
        },
        headers={"Cookie": shown},
    )

    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-nd-session=")
    assert "Secure" in cookie
    assert shown.startswith("__Host-")


@pytest.mark.parametrize(
    ("url", "env", "safe"),
    [
        ("https://porte.example", "production", True),
        ("http://127.0.0.1:8021", "development", True),
        ("http://127.0.0.1:8021", "production", False),
        ("http://porte.example", "development", False),
    ],
)
def test_a_session_never_travels_in_clear(
    url: str, env: str, safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PND_DOOR_URL", url)
    monkeypatch.setenv("PND_ENV", env)
    settings.cache_clear()

    assert cookies_are_safe() is safe
    monkeypatch.undo()
    settings.cache_clear()


def test_the_door_knows_who_is_there(browser: Browser, referent: str) -> None:
    def asked(cookie: str) -> HTTPConnection:
        return HTTPConnection({"type": "http", "headers": [(b"cookie", cookie.encode())]})

    browser.log_in(referent)

    assert who(asked(f"autre=1; nd-session={browser.session}")) == Identity(
        referent, frozenset({REFERENT})
    )
    assert who(asked("nd-session=inconnu")) is None
    assert who(asked("autre=1")) is None


def test_each_login_draws_a_new_token_and_closes_the_one_the_browser_came_with(
    new_browser: NewBrowser, browser: Browser, referent: str
) -> None:
    browser.log_in(referent)
    planted = token(browser)
    # A page left open in a browser where somebody else then puts a session of theirs.
    other = new_browser()
    form = other.token_of("/connexion")
    other.http.cookies.set("nd-session", planted)

    answer = other.http.post(
        "/connexion", data={"jeton": form, "compte": referent, "mot-de-passe": PASSWORD}
    )

    assert answer.cookies["nd-session"] != planted
    assert identity_of(planted) is None
    assert identity_of(answer.cookies["nd-session"])


def test_a_token_that_we_did_not_draw_opens_nothing(browser: Browser, referent: str) -> None:
    browser.http.cookies.set("nd-session", "choisi-par-un-autre")

    assert not browser.is_in
    assert identity_of("choisi-par-un-autre") is None
    assert identity_of("") is None
    assert identity_of("x" * 10_000) is None


def test_going_out_closes_the_session_itself(browser: Browser, referent: str) -> None:
    browser.log_in(referent)
    held = token(browser)

    answer = browser.send("/compte", "/deconnexion")

    assert answer.status_code == 200
    assert browser.session is None
    assert identity_of(held) is None
    assert kept_sessions() == []


def test_going_out_everywhere_closes_every_session(new_browser: NewBrowser, referent: str) -> None:
    here, there = new_browser(), new_browser()
    here.log_in(referent)
    there.log_in(referent)
    assert here.get("/compte").text.count("Mot de passe</td>") == 2

    here.send("/compte", "/compte/deconnexion-partout")

    assert not here.is_in
    assert not there.is_in


def test_who_is_not_in_is_sent_to_the_page_of_logins(browser: Browser) -> None:
    for path in ("/compte", "/compte/mot-de-passe"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")


def test_who_is_in_goes_on_to_what_was_asked_for(browser: Browser, referent: str) -> None:
    answer = browser.log_in(referent, suite="/passages/21-7KQF2M")

    assert answer.headers["location"] == "/passages/21-7KQF2M"
    assert browser.get("/connexion", suite="/ailleurs").headers["location"] == "/ailleurs"


@pytest.mark.parametrize(
    "path",
    ["//ailleurs.example", "/\\ailleurs.example", "https://ailleurs.example", "", "/a\nb", "/\t/b"],
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert safe_path(path) == "/compte"


# --- What is refused


def test_a_wrong_code_a_wrong_password_and_a_closed_account_are_told_alike(
    new_browser: NewBrowser, referent: str
) -> None:
    disable_account(referent)
    answers = [
        new_browser().log_in(referent),
        new_browser().log_in(referent, "un autre mot de passe"),
        new_browser().log_in("ref-21-zz", PASSWORD),
    ]

    assert {answer.status_code for answer in answers} == {401}
    told = {re.sub(r'name="jeton" value="\w+"', "", answer.text) for answer in answers}
    assert len(told) == 1
    assert kept_sessions() == []


def test_nothing_typed_is_written_in_a_log(browser: Browser, referent: str) -> None:
    with capture_logs() as told:
        browser.log_in("camille.inventee@exemple.example", "camille-a-tapé-ici")
        browser.log_in(referent, "un-secret-mal-tapé")
        browser.log_in(referent)

    written = str(told)
    assert [each["event"] for each in told] == ["login_refused"] * 2 + ["session_opened"]
    for planted in ("camille", "secret", PASSWORD, token(browser), "127.0.0.1"):
        assert planted not in written


def test_after_five_wrong_tries_even_the_right_password_waits(
    new_browser: NewBrowser, referent: str
) -> None:
    for _ in range(5):
        assert new_browser().log_in(referent, "un autre mot de passe").status_code == 401

    slowed = new_browser().log_in(referent)
    unknown = [new_browser().log_in("ref-21-zz", PASSWORD).status_code for _ in range(6)]

    assert slowed.status_code == 429
    assert "Attendez 1 minute" in slowed.text
    # An account that does not exist is slowed down alike: the wait says nothing.
    assert unknown == [401] * 5 + [429]
    enable_account(referent)
    assert new_browser().log_in(referent).status_code == 303


def test_people_behind_our_own_relay_are_told_apart(browser: Browser, referent: str) -> None:
    for number in range(25):
        admit(f"ref-21-{number}", "192.0.2.7", SystemClock().now())

    browser.http.headers["X-Forwarded-For"] = "192.0.2.7"
    assert browser.log_in(referent).status_code == 429
    # What a visitor writes there of themselves comes before what our relay adds.
    browser.http.headers["X-Forwarded-For"] = "192.0.2.9, 192.0.2.7"
    assert browser.log_in(referent).status_code == 429
    browser.http.headers["X-Forwarded-For"] = "192.0.2.8"
    assert browser.log_in(referent).status_code == 303


def test_an_address_of_the_network_is_not_kept(browser: Browser, referent: str) -> None:
    browser.log_in(referent, "un autre mot de passe")

    with session() as opened:
        kept = opened.exec(select(LoginThrottle)).all()
    assert len(kept) >= 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", each.key) for each in kept)


def test_a_form_from_elsewhere_does_nothing(new_browser: NewBrowser, referent: str) -> None:
    browser, other = new_browser(), new_browser()
    browser.log_in(referent)
    other.log_in(referent)
    stolen = other.token_of("/compte")

    for action in ("/deconnexion", "/compte/deconnexion-partout", "/compte/mot-de-passe"):
        for fields in ({}, {"jeton": ""}, {"jeton": "faux"}, {"jeton": "é"}, {"jeton": stolen}):
            assert browser.http.post(action, data=fields).status_code == 403, (action, fields)
        right = {"jeton": browser.token_of("/compte")}
        crossed = browser.http.post(action, data=right, headers={"Sec-Fetch-Site": "cross-site"})
        assert crossed.status_code == 403
    assert browser.is_in


def test_a_login_form_from_elsewhere_opens_no_session(
    new_browser: NewBrowser, referent: str
) -> None:
    browser, other = new_browser(), new_browser()
    stolen = other.token_of("/connexion")
    fields = {"compte": referent, "mot-de-passe": PASSWORD}

    without_cookie = browser.http.post("/connexion", data=fields | {"jeton": stolen})
    of_another = browser.http.post("/connexion", data=fields | {"jeton": stolen})

    assert (without_cookie.status_code, of_another.status_code) == (403, 403)
    assert "Recommencez" in of_another.text
    assert kept_sessions() == []


def test_whoever_is_refused_costs_one_comparison(
    new_browser: NewBrowser, referent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counting(PasswordHasher):
        count = 0

        def verify(self, *args: Any, **kwargs: Any) -> Any:
            Counting.count += 1
            return super().verify(*args, **kwargs)

    agent = OidcLink("https://fournisseur.example", "agent", "00000021000013")
    add_account("agent-21", [], agent)
    disable_account(ready_account("ref-21-b"))
    monkeypatch.setattr(passwords, "_HASHER", Counting(1, 8, 1))
    counts = {}
    for code in (referent, "ref-21-b", "agent-21", "ref-21-zz"):
        before = Counting.count
        assert new_browser().log_in(code, "un autre mot de passe").status_code == 401
        counts[code] = Counting.count - before

    assert set(counts.values()) == {1}


def test_a_crowd_at_the_page_of_logins_is_asked_to_wait(
    browser: Browser, referent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_PATIENCE_SECONDS", 0.01)
    with ExitStack() as crowd:
        for _ in range(4):
            crowd.enter_context(passwords._a_place())
        answer = browser.log_in(referent)

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "Réessayez dans un instant" in answer.text
    assert browser.log_in(referent).status_code == 303


def test_a_form_that_is_no_form_is_told_in_a_page(browser: Browser) -> None:
    answer = browser.http.post("/connexion", content="é".encode())

    assert answer.status_code == 400
    assert "Rouvrez la page" in answer.text


def test_the_pages_need_no_script_and_no_style_of_their_own(
    browser: Browser, referent: str
) -> None:
    pages = [browser.get("/connexion").text]
    browser.log_in(referent)
    pages += [browser.get("/compte").text, browser.get("/compte/mot-de-passe").text]

    for page in pages:
        assert not re.search(r"<script|<style|style=| on\w+=", page)
        fields = re.findall(r'<input id="([\w-]+)"', page)
        assert set(fields) <= set(re.findall(r'<label for="([\w-]+)"', page))


# --- The first password


def test_a_first_password_opens_nothing_but_the_choice_of_another(browser: Browser) -> None:
    first = add_account("ref-21-b", [REFERENT])
    assert first

    browser.log_in("ref-21-b", first)

    assert identity_of(token(browser)) is None
    assert browser.get("/compte").headers["location"] == "/compte/mot-de-passe"
    assert browser.get("/connexion").headers["location"] == "/compte/mot-de-passe"
    before = token(browser)
    assert browser.change_password(first, PASSWORD).headers["location"] == "/compte"
    assert token(browser) != before
    assert identity_of(before) is None
    assert identity_of(token(browser)) == Identity("ref-21-b", frozenset({REFERENT}))
    browser.send("/compte", "/deconnexion")
    assert browser.log_in("ref-21-b", first).status_code == 401


def test_a_first_password_is_good_for_three_days(browser: Browser) -> None:
    first = add_account("ref-21-b", [REFERENT])
    assert first
    with session() as opened:
        opened.execute(
            update(Account).values(first_password_until=datetime.now(UTC) - timedelta(seconds=1))
        )

    assert browser.log_in("ref-21-b", first).status_code == 401


def test_a_password_is_refused_with_all_its_problems(browser: Browser, referent: str) -> None:
    browser.log_in(referent)

    refused = browser.change_password("un autre mot de passe", "court", "différent")

    assert refused.status_code == 422
    for name, advice in {
        "actuel": "pas le mot de passe actuel",
        "nouveau": "15 signes au moins",
        "encore": "diffèrent",
    }.items():
        assert f'id="{name}-probleme"' in refused.text
        assert (
            f"{name}-probleme"
            in re.findall(r'aria-describedby="([^"]*)"', refused.text)[
                ["actuel", "nouveau", "encore"].index(name)
            ]
        )
        assert advice in refused.text
    assert "court" not in refused.text
    assert browser.is_in


def test_who_hesitates_over_a_new_password_is_not_slowed_down(
    browser: Browser, referent: str
) -> None:
    browser.log_in(referent)

    tries = [browser.change_password(PASSWORD, "court").status_code for _ in range(7)]
    guesses = [browser.change_password("deviné", "court").status_code for _ in range(6)]

    assert tries == [422] * 7
    assert guesses == [422] * 5 + [429]


def test_a_changed_password_closes_the_other_sessions(
    new_browser: NewBrowser, referent: str
) -> None:
    here, there = new_browser(), new_browser()
    here.log_in(referent)
    there.log_in(referent)

    here.change_password(PASSWORD, "huit chevaux boivent la mer")

    assert here.is_in
    assert not there.is_in


# --- What an admin changes holds at once


@pytest.mark.parametrize("change", [disable_account, end_sessions, reset_password])
def test_an_account_loses_its_sessions_at_once(
    browser: Browser, referent: str, change: Callable[[str], object]
) -> None:
    browser.log_in(referent)

    change(referent)

    assert identity_of(token(browser)) is None
    assert not browser.is_in
    assert kept_sessions() == []


def test_a_new_role_is_used_under_a_new_token(browser: Browser, referent: str) -> None:
    browser.log_in(referent)
    before = token(browser)

    add_grants(referent, [Grant(Role.AUDITOR, "21")])

    assert identity_of(before) is None
    browser.log_in(referent)
    identity = identity_of(token(browser))
    assert identity
    assert identity.may("21", Role.AUDITOR)
    remove_grants(referent, [Grant(Role.AUDITOR, "21")])
    browser.log_in(referent)
    assert identity_of(token(browser)) == Identity(referent, frozenset({REFERENT}))


def test_a_password_kept_with_old_parameters_is_kept_anew(browser: Browser, referent: str) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with session() as opened:
        opened.execute(update(Account).values(password=old))

    browser.log_in(referent)

    assert browser.is_in
    with session() as opened:
        kept = opened.get_one(Account, referent).password
    assert kept
    assert is_outdated(old)
    assert not is_outdated(kept)


# --- What the audit tells


def test_whoever_is_not_let_in_is_told_by_an_account_that_exists_or_by_none(
    new_browser: NewBrowser, referent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_PACE", Pace())
    before = len(told_of_the_house())
    new_browser().log_in("camille.secret@exemple.fr", PASSWORD)
    for _ in range(6):
        new_browser().log_in(referent, "un autre mot de passe")
    for _ in range(6):
        new_browser().log_in("ref-21-zz", PASSWORD)

    assert told_of_the_house()[before:] == [
        ("door:login", "login"),
        *[(referent, "login")] * 5,
        (referent, "login_slowed"),
        *[("door:login", "login")] * 5,
        ("door:login", "login_slowed"),
    ]
