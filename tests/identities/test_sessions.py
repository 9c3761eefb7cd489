"""Sessions and brakes by the clock, moved by hand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import event
from sqlmodel import select

from core.clock import HandClock
from core.settings import ROOT, settings
from models.identity import Grant, Role
from models.login import IDLE, LONGEST, LONGEST_WAIT, LoginSession, LoginThrottle
from models.territories import known_territory
from store.accounts import add_account
from store.engine import engine_for, session
from store.login import LoginRefused, LoginSlowedDown, PasswordRefused, change_password, log_in
from store.sessions import identity_of, open_sessions, visit_of
from store.throttle import admit
from tests.identities.browser import PASSWORD

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOME, AWAY = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MONDAY)


def later(clock: HandClock, **delay: float) -> HandClock:
    clock.instant += timedelta(**delay)
    return clock


def entered(code: str, clock: HandClock) -> str:
    return log_in(code, PASSWORD, HOME, replaces=None, clock=clock)


# --- Sessions


def test_a_screen_left_alone_is_closed_after_half_an_hour(referent: str, clock: HandClock) -> None:
    token = entered(referent, clock)

    assert identity_of(token, clock=later(clock, minutes=29))
    assert identity_of(token, clock=later(clock, minutes=29))
    assert identity_of(token, clock=later(clock, minutes=31)) is None
    assert open_sessions(referent, clock=clock) == []


def test_a_session_in_use_ends_with_the_day(referent: str, clock: HandClock) -> None:
    token = entered(referent, clock)
    ends_at = clock.instant + LONGEST

    while clock.instant + IDLE / 2 < ends_at:
        assert identity_of(token, clock=later(clock, seconds=IDLE.seconds / 2))
    assert identity_of(token, clock=later(clock, minutes=15)) is None


def test_a_clock_that_went_back_closes_sessions(referent: str, clock: HandClock) -> None:
    token = entered(referent, clock)

    assert identity_of(token, clock=later(clock, hours=-1)) is None


def test_a_first_password_gives_a_quarter_of_an_hour(
    store: str, quick_digests: None, clock: HandClock
) -> None:
    first = add_account("ref-21-b", [], clock=clock)
    assert first

    token = log_in("ref-21-b", first, HOME, replaces=None, clock=clock)

    assert visit_of(token, clock=later(clock, minutes=14))
    assert visit_of(token, clock=later(clock, minutes=1)) is None
    with pytest.raises(LoginRefused):
        log_in("ref-21-b", first, HOME, replaces=None, clock=later(clock, days=3))


def test_a_session_in_use_is_read_by_one_query_and_written_once_a_minute(
    referent: str, clock: HandClock, store: str
) -> None:
    token = entered(referent, clock)
    said: list[str] = []
    engine = engine_for(store)

    def hear(*arguments: object) -> None:
        said.append(str(arguments[2]).split()[0])

    event.listen(engine, "before_cursor_execute", hear)
    for _ in range(3):
        identity_of(token, clock=later(clock, seconds=19))
    quiet, said[:] = list(said), []
    identity_of(token, clock=later(clock, seconds=19))
    event.remove(engine, "before_cursor_execute", hear)

    assert quiet == ["SELECT"] * 3
    assert said == ["SELECT", "UPDATE"]


def test_what_is_over_is_swept_at_the_next_login(referent: str, clock: HandClock) -> None:
    entered(referent, clock)

    entered(referent, later(clock, hours=1))

    with session() as opened:
        assert len(opened.exec(select(LoginSession)).all()) == 1


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Files of territories of this test's own."""
    folder = tmp_path / "territories"
    copytree(ROOT / "territories", folder)
    monkeypatch.setenv("PND_TERRITORIES", str(folder))
    settings.cache_clear()
    yield folder
    known_territory.cache_clear()


def test_who_left_the_file_of_the_territory_is_a_referent_no_more(
    files: Path, referent: str, clock: HandClock
) -> None:
    token = entered(referent, clock)
    assert identity_of(token, clock=clock)
    file = files / "21-cote-d-or.toml"
    # As a new process reads it.
    file.write_text(file.read_text("utf-8").replace("ref-21-a", "ref-21-c"), "utf-8")
    known_territory.cache_clear()

    identity = identity_of(token, clock=clock)

    assert identity
    assert identity.grants == frozenset()


def test_a_file_that_cannot_be_read_takes_no_role_away_elsewhere(
    files: Path, referent: str, clock: HandClock
) -> None:
    token = entered(referent, clock)
    (files / "47-lot-et-garonne.toml").write_text("ceci n'est pas du TOML", "utf-8")

    identity = identity_of(token, clock=clock)

    assert identity
    assert identity.grants == {Grant(Role.REFERENT, "21")}


# --- Brakes


def missed(code: str, clock: HandClock, source: str = HOME) -> timedelta | None:
    try:
        log_in(code, "un autre mot de passe", source, replaces=None, clock=clock)
    except LoginRefused:
        return None
    except LoginSlowedDown as slowed:
        return slowed.wait
    raise AssertionError("let in")


def test_each_wrong_try_makes_the_next_wait_longer_up_to_a_quarter_of_an_hour(
    referent: str, clock: HandClock
) -> None:
    waits = []
    for _ in range(12):
        while (wait := missed(referent, clock)) is not None:
            waits.append(wait.total_seconds())
            later(clock, seconds=wait.total_seconds())

    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_the_brake_of_an_account_holds_wherever_the_tries_come_from(
    referent: str, clock: HandClock
) -> None:
    for number in range(5):
        assert missed(referent, clock, f"192.0.2.{number}") is None

    assert missed(referent, clock, AWAY)


def test_the_brake_of_a_source_holds_whatever_account_is_tried(
    referent: str, clock: HandClock
) -> None:
    for number in range(25):
        assert missed(f"ref-21-{number}", clock, "2001:db8::1") is None

    assert missed("ref-21-x", clock, "2001:db8::2")
    with pytest.raises(LoginSlowedDown):
        log_in(referent, PASSWORD, "2001:db8:0:0:9::1", replaces=None, clock=clock)
    assert log_in(referent, PASSWORD, "2001:db8:0:1::1", replaces=None, clock=clock)


def test_ones_own_account_does_not_pay_for_guesses_at_others(
    referent: str, clock: HandClock
) -> None:
    for number in range(25):
        missed(f"ref-21-{number}", clock)
        if number % 5 == 0:
            entered(referent, clock)

    assert missed("ref-21-x", clock)


def test_tries_that_wait_are_not_counted_and_a_day_forgets(referent: str, clock: HandClock) -> None:
    for _ in range(50):
        missed(referent, clock)

    assert missed(referent, clock) == timedelta(seconds=30)
    assert missed(referent, later(clock, hours=25)) is None
    with session() as opened:
        kept = opened.exec(select(LoginThrottle)).all()
    assert [each.misses for each in kept if each.last_at == clock.now()] == [1, 1]


def test_a_clock_that_went_back_keeps_nobody_out(referent: str, clock: HandClock) -> None:
    for _ in range(6):
        missed(referent, clock)

    assert entered(referent, later(clock, days=-2))
    assert LONGEST_WAIT < timedelta(days=2)


def test_tries_made_at_once_are_counted_one_by_one(store: str, clock: HandClock) -> None:
    with ThreadPoolExecutor(8) as crowd:
        admitted = list(crowd.map(lambda _: admit("ref-21-a", HOME, clock.now()), range(16)))

    assert admitted.count(None) == 5


def test_guessing_the_password_from_an_open_session_is_slowed_down_too(
    referent: str, clock: HandClock
) -> None:
    for _ in range(5):
        with pytest.raises(PasswordRefused):
            change_password(referent, "deviné", PASSWORD, PASSWORD, AWAY, clock=clock)
    with pytest.raises(LoginSlowedDown):
        change_password(referent, PASSWORD, "autre chose encore", "", AWAY, clock=clock)
