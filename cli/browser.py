"""Finds the browser that the tests of the screens drive."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as browsers: print(browsers.chromium.executable_path)"
)


class NoBrowser(Exception):
    """No Chromium here, and none could be fetched."""

    def __str__(self) -> str:
        return (
            "Chromium est introuvable : installez-le (Debian : « apt-get install chromium ») ou "
            "donnez son chemin dans PND_CHROMIUM. / Chromium not found: install it "
            "(Debian: apt-get install chromium) or set PND_CHROMIUM to its path."
        )


def find_chromium() -> Path:
    """Return a Chromium that can be run. Raises `NoBrowser`, in French and in English."""
    named = os.environ.get("PND_CHROMIUM")
    if named:
        # Rule: a path that somebody chose is used or refused, never replaced.
        return _runnable(named) or _refuse()
    installed = (_runnable(path) for name in _NAMES if (path := shutil.which(name)))
    return next(filter(None, installed), None) or _of_playwright() or _refuse()


def fetch_chromium() -> Path:
    """Return a Chromium, fetching Playwright's own when there is none. Raises `NoBrowser`."""
    try:
        return find_chromium()
    except NoBrowser:
        if os.environ.get("PND_CHROMIUM"):
            raise
    fetch = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(fetch, check=True, timeout=300)  # noqa: S603 - our own interpreter
    except (subprocess.SubprocessError, OSError):
        raise NoBrowser from None
    return find_chromium()


def _of_playwright() -> Path | None:
    ask = [sys.executable, "-c", _ASK_PLAYWRIGHT]
    # In a process of its own: Playwright cannot be asked from a program that already runs a loop.
    told = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    return _runnable(told.stdout.strip()) if told.returncode == 0 else None


def _runnable(path: str) -> Path | None:
    return Path(path) if path and os.access(path, os.X_OK) and Path(path).is_file() else None


def _refuse() -> Path:
    raise NoBrowser


def main() -> None:
    """Make sure that there is a browser; end with one sentence when there is none."""
    try:
        fetch_chromium()
    except NoBrowser as absent:
        raise SystemExit(str(absent)) from None


if __name__ == "__main__":
    main()
