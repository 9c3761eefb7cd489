"""A real Chromium, a fresh profile for each test, and every host that its pages asked."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from cli.browser import find_chromium
from cli.keys import password_variable
from cli.world import World
from tests.browser.flow_run_page import FlowRunPage
from tests.living import LivingDeparture

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Screen:
    """A browser in front of the door and the guard, of nobody until they log in."""

    context: BrowserContext
    world: World
    hosts: set[str | None] = field(default_factory=set)
    """Every host that a page asked for anything."""
    wrong: list[str] = field(default_factory=list)
    """What a page was refused, might not load, or could not do."""
    account: str = ""
    """Who logged in."""

    def opens(self, departure: LivingDeparture) -> FlowRunPage:
        """Open the page of a departure's run in a new tab, as its referent."""
        self.is_of(departure.case.departure.referent)
        return self.goes_to(str(departure.flow_run["id"]))

    def is_of(self, account: str) -> None:
        """Somebody logs in by the page of the door, once."""
        if self.account != account:
            tab = self.new_tab()
            tab.goto(f"{self.world.urls['door']}/connexion")
            self.logs_in(tab, account)
            tab.close()

    def logs_in(self, tab: Page, account: str) -> None:
        """Fill in the page of logins, which is open."""
        tab.get_by_label("Code du compte").fill(account)
        tab.get_by_label("Mot de passe").fill(self.world.env[password_variable(account)])
        tab.get_by_role("button", name="Se connecter").click()
        expect(tab.get_by_role("heading", name="Mon compte")).to_be_visible()
        self.account = account

    def goes_to(self, flow_run: str) -> FlowRunPage:
        """Open the page of a run in a new tab, whoever it is."""
        tab = self.new_tab()
        tab.goto(f"{self.world.urls['guard']}/runs/flow-run/{flow_run}")
        return FlowRunPage(tab)

    def new_tab(self) -> Page:
        """Open a tab that notes what its pages ask for and complain of."""
        tab = self.context.new_page()
        tab.on("request", self._notes)
        tab.on("console", self._hears)
        tab.on("websocket", lambda socket: self.wrong.append(socket.url))
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        return tab

    def _hears(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(message.text)

    def _notes(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.hostname)


# A module's, not the session's: Playwright runs a loop in this thread, and Prefect's synchronous
# clients, in other tests, would take it for theirs.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = str(find_chromium())
    # Milliseconds; on a busy machine, a page takes more than the usual five seconds.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def screen(chromium: Browser, living_world: World) -> Iterator[Screen]:
    """A browser, in France; nothing of what it does may leave the machine."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    with context:
        screen = Screen(context, living_world)
        yield screen
        assert screen.hosts == {"127.0.0.1"}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the screen go: `make pictures` names docs/images."""
    folder = Path(os.environ.get("PND_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
