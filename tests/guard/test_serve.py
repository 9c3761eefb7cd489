"""The guard as a process: what it must know before it starts, and what it tells to anybody."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.settings import ROOT, settings
from gateway.prefect_guard.serve import faults
from tests.guard.standing import as_, guard_of

_COMPLETE = {
    "PND_ENV": "production",
    "PND_DATABASE_URL": "postgresql+psycopg:///cases",
    "PND_DOOR_URL": "https://porte.exemple",
    "PND_GUARD_URL": "https://porte.exemple:8443",
    "PND_VAULT_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "PREFECT_API_URL": "http://127.0.0.1:4200/api",
    "PREFECT_API_AUTH_STRING": "pnd:invented",
}


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The variables of a guard that may start; nothing else of ours."""
    for name in [name for name in os.environ if name.startswith("PND_")]:
        monkeypatch.delenv(name)
    for name, value in _COMPLETE.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


def _faults_with(variables: pytest.MonkeyPatch, **changed: str) -> str:
    for name, value in changed.items():
        variables.setenv(name, value)
    settings.cache_clear()
    return "\n".join(faults())


def test_a_guard_that_knows_all_it_must_may_start(complete: pytest.MonkeyPatch) -> None:
    assert not faults()


@pytest.mark.parametrize("missing", sorted(_COMPLETE.keys() - {"PND_ENV"}))
def test_what_is_missing_is_named(complete: pytest.MonkeyPatch, missing: str) -> None:
    assert missing in _faults_with(complete, **{missing: ""})


@pytest.mark.parametrize(
    ("guard", "why"),
    [
        ("https://ecran.exemple", "nom d'hôte"),
        ("http://porte.exemple:8443", "protocole"),
        ("https://porte.exemple", "la même adresse"),
        ("https://porte.exemple:8443/ecran", "un chemin"),
    ],
)
def test_an_address_where_no_session_of_the_door_would_do_is_refused(
    complete: pytest.MonkeyPatch, guard: str, why: str
) -> None:
    assert why in _faults_with(complete, PND_GUARD_URL=guard)


def test_in_production_a_session_travels_by_https_only(complete: pytest.MonkeyPatch) -> None:
    local = {"PND_DOOR_URL": "http://127.0.0.1:8021", "PND_GUARD_URL": "http://127.0.0.1:8031"}

    assert "en http" in _faults_with(complete, **local)
    assert not _faults_with(complete, **local, PND_ENV="development")


def test_a_half_configured_guard_does_not_start_and_tells_all_at_once(
    complete: pytest.MonkeyPatch,
) -> None:
    missing = {"PND_GUARD_URL": "", "PREFECT_API_AUTH_STRING": "a-secret-without-a-name"}
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.prefect_guard.serve"],
        cwd=ROOT,
        env=os.environ | missing,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert all(name in ended.stderr for name in missing)
    assert "a-secret-without-a-name" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_anybody_learns_that_it_answers_and_nothing_else() -> None:
    with guard_of("http://127.0.0.1:1", lambda _: None) as url, as_(url, "nobody") as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"state": "up"})
