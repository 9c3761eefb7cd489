"""A rotation of the master key stops nothing and loses nobody, wherever it is cut short."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from subprocess import Popen
from threading import Barrier, Event

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from typer.testing import CliRunner

from cli.health_keys import seals_line
from cli.main import app
from core.settings import ROOT
from models.data_key import DataKey
from models.referral import Referral
from store.engine import session
from store.envelope import SealBroken
from store.master_keys import master_keys
from store.referrals import open_departure
from store.rotation import remaining, rotate
from store.vault import open_referral
from tests.intake.invented import NOW
from tests.intake.master_keys import FIRST, SECOND, THIRD, filed, knows

pytestmark = pytest.mark.usefixtures("store")

ALL = (FIRST, SECOND, THIRD)


@pytest.fixture(autouse=True)
def first_key(monkeypatch: pytest.MonkeyPatch, store: str) -> None:
    """A process that knows the first key alone."""
    knows(monkeypatch, FIRST)


def opens(held: dict[str, Referral]) -> bool:
    with session() as opened:
        return all(open_referral(opened, one) == referral for one, referral in held.items())


def names() -> dict[str, str]:
    """Return which master key wraps each departure's own."""
    with session() as opened:
        return {row.reference: row.key_id for row in opened.exec(select(DataKey)).all()}


def test_after_a_rotation_the_new_key_alone_opens_all_and_the_old_one_nothing(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 5)
    knows(monkeypatch, SECOND, FIRST)

    assert [batch.done for batch in rotate(batch=2)] == [2, 2, 1]
    assert remaining() == 0

    knows(monkeypatch, SECOND)
    assert opens(held)
    knows(monkeypatch, FIRST)
    with session() as opened, pytest.raises(SealBroken, match="another key"):
        open_referral(opened, next(iter(held)))


def test_a_referral_filed_before_a_rotation_is_known_again_after_it(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(reference, same)] = filed(referral, 1).items()
    knows(monkeypatch, SECOND, FIRST)
    list(rotate())
    knows(monkeypatch, SECOND)

    again = open_departure(same, NOW)
    assert (again.reference, again.is_new) == (reference, False)


def test_processes_of_before_and_after_read_each_other_while_it_lasts(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 2)
    knows(monkeypatch, FIRST, SECOND)
    held |= filed(referral, 1)
    knows(monkeypatch, SECOND, FIRST)
    held |= filed(referral, 1)
    rotation = rotate(batch=1)

    for _ in rotation:
        for current, other in ((FIRST, SECOND), (SECOND, FIRST)):
            knows(monkeypatch, current, other)
            assert opens(held)
        knows(monkeypatch, SECOND, FIRST)
    assert set(names().values()) == {master_keys().current.id}


def test_a_rotation_killed_between_two_batches_is_taken_up_where_it_was(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 4)
    knows(monkeypatch, SECOND, FIRST)
    list(islice(rotate(batch=1), 1))

    assert remaining() == 3
    assert opens(held)
    assert sum(batch.done for batch in rotate(batch=1)) == 3
    assert opens(held)


def test_a_rotation_killed_within_a_batch_leaves_the_batch_as_it_was(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 3)
    before, last = names(), max(held)
    knows(monkeypatch, SECOND, FIRST)
    with session() as opened:
        refused = f"reference <> '{last}' OR key_id = '{before[last]}'"
        opened.execute(text(f"ALTER TABLE data_key ADD CONSTRAINT cut CHECK ({refused})"))

    with pytest.raises(IntegrityError):
        list(rotate())

    assert names() == before
    assert opens(held)


_A_ROTATION = "from store.rotation import rotate\nfor batch in rotate(batch=2): print(batch.done)"
_SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN IF NEW.reference = TG_ARGV[0] THEN PERFORM pg_sleep(20); END IF; RETURN NEW; END';
CREATE TRIGGER slow BEFORE UPDATE ON data_key FOR EACH ROW EXECUTE FUNCTION slow('{reference}')
"""
_ASLEEP = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


def test_a_process_killed_in_the_middle_of_a_batch_costs_that_batch_and_no_more(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 5)
    third = sorted(held)[2]
    knows(monkeypatch, SECOND, FIRST)
    with session() as opened:
        opened.execute(text(_SLOW.format(reference=third)))

    with Popen([sys.executable, "-c", _A_ROTATION], cwd=ROOT) as killed:
        while not _asleep():
            assert killed.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        killed.kill()
    with session() as opened:
        # What the server does by itself once it writes to nobody.
        opened.execute(text(f"SELECT pg_terminate_backend(pid) {_ASLEEP}"))

    assert opens(held)
    assert remaining() == 3
    with session() as opened:
        opened.execute(text("DROP TRIGGER slow ON data_key"))
    assert sum(batch.done for batch in rotate()) == 3
    assert opens(held)


def _asleep() -> bool:
    with session() as opened:
        return bool(opened.execute(text(f"SELECT count(*) {_ASLEEP}")).scalar_one())


def test_two_rotations_at_once_wrap_each_key_once_and_readers_notice_nothing(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 12)
    knows(monkeypatch, SECOND, FIRST)
    start, over = Barrier(3), Event()

    def turns() -> int:
        start.wait()
        return sum(batch.done for batch in rotate(batch=2))

    def reads() -> int:
        start.wait()
        times = 0
        while not over.is_set() or not times:
            assert opens(held)
            times += 1
        return times

    with ThreadPoolExecutor(3) as pool:
        reader, *rotations = pool.submit(reads), pool.submit(turns), pool.submit(turns)
        try:
            done = [rotation.result(30) for rotation in rotations]
        finally:
            over.set()
        assert reader.result(30) >= 1
    assert sum(done) == len(held)
    assert remaining() == 0


def test_two_rotations_towards_two_keys_end_both_and_lose_nobody(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = filed(referral, 4)
    knows(monkeypatch, SECOND, FIRST, THIRD)
    one = rotate(batch=1)
    next(one)
    knows(monkeypatch, THIRD, FIRST, SECOND)
    list(rotate(batch=1))
    knows(monkeypatch, SECOND, FIRST, THIRD)
    list(one)

    assert opens(held)
    assert remaining() == 1, "told, so that it is run again"


def test_one_departure_that_no_key_opens_keeps_the_others_from_nothing(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, THIRD)
    [lost] = filed(referral, 1)
    knows(monkeypatch, FIRST)
    held = filed(referral, 2)
    knows(monkeypatch, SECOND, FIRST)

    [batch] = rotate()
    assert (batch.done, batch.broken) == (2, [lost])
    assert opens(held)
    assert remaining() == 1


_Step = st.one_of(
    st.tuples(st.just("file"), st.integers(1, 2)),
    st.tuples(st.just("current"), st.integers(0, 2)),
    st.tuples(st.just("batches"), st.integers(0, 3)),
)


@examples(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_Step, max_size=6))
def test_whatever_the_order_of_rotations_cut_short_everybody_opens(
    referral: Referral, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    held: dict[str, Referral] = {}
    for what, number in steps:
        if what == "file":
            held |= filed(referral, number)
        elif what == "current":
            knows(monkeypatch, ALL[number], *ALL)
        else:
            list(islice(rotate(batch=1), number))
        assert opens(held)
    list(rotate())
    assert remaining() == 0
    assert opens(held)


def test_the_list_tells_what_each_key_opens_and_shows_none(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(referral, 2)
    old = master_keys().current.id
    knows(monkeypatch, SECOND, FIRST)
    filed(referral, 1)
    new = master_keys().current.id

    shown = CliRunner().invoke(app, ["keys", "list", "--json"])
    told = [(one["key_id"], one["is_current"], one["keys"]) for one in json.loads(shown.output)]
    assert told == [(new, True, 1), (old, False, 2)]
    drawn = CliRunner().invoke(app, ["keys", "list"]).output
    assert (new in drawn, old in drawn) == (True, True)
    assert all(key not in shown.output + drawn for key in ALL)


def test_the_list_names_a_key_that_is_needed_and_not_known(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(referral, 1)
    old = master_keys().current.id
    knows(monkeypatch, SECOND)

    shown = CliRunner().invoke(app, ["keys", "list"])
    assert shown.exit_code == 3
    assert f"Il manque la clé {old}" in shown.output


def test_the_command_says_what_remains_then_what_comes_next(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    [lost] = filed(referral, 1)
    knows(monkeypatch, SECOND)

    refused = CliRunner().invoke(app, ["keys", "rotate"])
    assert refused.exit_code == 2
    assert f"{lost} : aucune clé connue ici ne l'ouvre" in refused.output
    assert "Il reste 1 départs" in refused.output

    knows(monkeypatch, SECOND, FIRST)
    done = CliRunner().invoke(app, ["keys", "rotate"])
    assert done.exit_code == 0
    assert "pnd keys backup" in done.output


def test_the_check_tells_what_does_not_open_or_not_by_the_current_key(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one, _] = filed(referral, 2)
    assert seals_line().ok
    knows(monkeypatch, SECOND)
    assert "2 départs sous la clé" in seals_line().said
    knows(monkeypatch, SECOND, FIRST)
    assert "pnd keys rotate" in seals_line().said
    list(rotate())
    assert seals_line().ok
    with session() as opened:
        opened.delete(opened.get_one(DataKey, one))
    assert "1 identités sans clé" in seals_line().said
    assert not seals_line().ok


def test_a_bad_key_is_told_and_changes_nothing(
    referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(referral, 1)
    before = names()
    knows(monkeypatch, "motdepasse")

    for command in ("list", "rotate"):
        refused = CliRunner().invoke(app, ["keys", command])
        assert refused.exit_code == 2
        assert "PND_VAULT_KEY" in refused.output
    assert names() == before
