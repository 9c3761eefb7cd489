"""A real Chromium, a fresh profile for each test, and every host that its pages asked."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, sync_playwright

from cli.browser import find_chromium
from cli.world import World
from models.identity import Identity, Role
from tests.browser.flow_run_page import FlowRunPage
from tests.guard.standing import SHOWS_WHO, guard_of, somebody
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
    """A referent's browser, in front of the guard."""

    context: BrowserContext
    guard: str
    hosts: set[str | None] = field(default_factory=set)
    """Every host that a page asked for anything."""
    wrong: list[str] = field(default_factory=list)
    """What a page was refused, might not load, or could not do."""

    def opens(self, departure: LivingDeparture) -> FlowRunPage:
        """Open the page of a departure's run in a new tab, as its referent."""
        self.context.set_extra_http_headers({SHOWS_WHO: departure.case.departure.referent})
        tab = self.context.new_page()
        tab.on("request", self._notes)
        tab.on("console", self._hears)
        tab.on("websocket", lambda socket: self.wrong.append(socket.url))
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        tab.goto(f"{self.guard}/runs/flow-run/{departure.flow_run['id']}")
        return FlowRunPage(tab)

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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield browser
        browser.close()


def _a_referent(account: str) -> Identity:
    return somebody(account, (Role.REFERENT, "21"))


@pytest.fixture(scope="module")
def guard(living_world: World) -> Iterator[str]:
    """The guard, in front of the Prefect of the living world."""
    shown = living_world.env["PREFECT_API_AUTH_STRING"]
    with guard_of(living_world.urls["prefect"], _a_referent, shown) as url:
        yield url


@pytest.fixture
def screen(chromium: Browser, guard: str) -> Iterator[Screen]:
    """A referent's browser, in France; nothing of what it does may leave the machine."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    with context:
        screen = Screen(context, guard)
        yield screen
        assert screen.hosts == {"127.0.0.1"}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the screen go: `make pictures` names docs/images."""
    folder = Path(os.environ.get("PND_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
