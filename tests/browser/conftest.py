"""A real Chromium, a fresh profile for each test, and every host that its pages asked."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, sync_playwright

from cli.browser import find_chromium
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
    """A referent's browser."""

    context: BrowserContext
    hosts: set[str | None] = field(default_factory=set)
    """Every host that a page asked for anything."""

    def opens(self, departure: LivingDeparture) -> FlowRunPage:
        """Open the page of a departure's run in a new tab."""
        tab = self.context.new_page()
        tab.on("request", self.notes)
        ui = departure.life.world.urls["prefect"]
        tab.goto(f"{ui}/runs/flow-run/{departure.flow_run['id']}")
        return FlowRunPage(tab)

    def notes(self, request: Request) -> None:
        """Note the host that a page asks."""
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


@pytest.fixture
def screen(chromium: Browser) -> Iterator[Screen]:
    """A referent's browser, in France; nothing of what it does may leave the machine."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    with context:
        screen = Screen(context)
        yield screen
        assert screen.hosts == {"127.0.0.1"}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the screen go: `make pictures` names docs/images."""
    folder = Path(os.environ.get("PND_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
