"""Whatever is done to the rows by who owns the tables, reading the audit back tells it."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.audit import HOUSE, digest_of
from models.audit_check import Break, BreakKind
from store.audit import note_heads
from store.audit_check import verify, verify_in
from store.engine import session
from tests.audit.ground import (
    CHAINS,
    HEADS,
    LINES,
    A,
    B,
    Row,
    as_owner,
    head,
    rows,
    small_audit,
    tell,
    write_over,
)


@pytest.fixture
def audit(store: str) -> None:
    """A small audit, whole."""
    small_audit()
    assert verify().breaks == []


Draw = Callable[[some.SearchStrategy[Any]], Any]


def breaks_after(spoil: Callable[[Session], object]) -> list[Break]:
    """Spoil the audit, read it back, and put it as it was."""
    with session() as opened:
        undone = opened.begin_nested()
        as_owner(opened)
        spoil(opened)
        found = verify_in(opened).breaks
        undone.rollback()
    return found


def other(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\0"
    if isinstance(value, int):
        return value + 1
    return f"{value}x" if isinstance(value, str) else value + timedelta(microseconds=1)


def here(row: Row) -> Any:
    return (LINES.c.chain == row["chain"]) & (LINES.c.number == row["number"])


def forged(before: Row, **values: Any) -> Row:
    """Return a line that follows another, with the digest that it should have."""
    line = before | {"number": before["number"] + 1, "previous": before["digest"]} | values
    return line | {"digest": digest_of(SimpleNamespace(**line))}


def change(opened: Session, draw: Draw, chain: str) -> None:
    row = draw(some.sampled_from(rows(opened, chain)))
    column = draw(some.sampled_from(sorted(name for name in row if row[name] is not None)))
    value = draw(some.sampled_from(CHAINS)) + "x" if column == "chain" else other(row[column])
    if column == "number":
        value = row["number"] + 100
    opened.execute(LINES.update().where(here(row)).values({column: value}))


def change_head(opened: Session, draw: Draw, chain: str) -> None:
    row = head(opened, chain)
    column = draw(some.sampled_from(sorted(row)))
    spoiled = HEADS.update().where(HEADS.c.chain == chain)
    opened.execute(spoiled.values({column: other(row[column])}))


def delete(opened: Session, draw: Draw, chain: str) -> None:
    opened.execute(LINES.delete().where(here(draw(some.sampled_from(rows(opened, chain))))))


def delete_and_number_anew(opened: Session, draw: Draw, chain: str) -> None:
    whole = rows(opened, chain)
    del whole[draw(some.integers(0, len(whole) - 1))]
    anew = [row | {"number": number} for number, row in enumerate(whole, start=1)]
    write_over(opened, chain, anew, head(opened, chain))


def delete_head(opened: Session, draw: Draw, chain: str) -> None:
    opened.execute(HEADS.delete().where(HEADS.c.chain == chain))


def insert_copy(opened: Session, draw: Draw, chain: str) -> None:
    taken = draw(some.sampled_from(rows(opened, draw(some.sampled_from(CHAINS)))))
    whole = rows(opened, chain)
    place = draw(some.integers(0, len(whole)))
    anew = [*whole[:place], taken | {"chain": chain}, *whole[place:]]
    numbered = [row | {"number": number} for number, row in enumerate(anew, start=1)]
    write_over(opened, chain, numbered, head(opened, chain))


def insert_forged(opened: Session, draw: Draw, chain: str) -> None:
    opened.execute(LINES.insert(), [forged(rows(opened, chain)[-1], by="pnd:autre")])


def swap(opened: Session, draw: Draw, chain: str) -> None:
    whole = rows(opened, chain)
    one, two = draw(some.permutations(range(len(whole))))[:2]
    whole[one], whole[two] = (
        whole[two] | {"number": whole[one]["number"]},
        whole[one] | {"number": whole[two]["number"]},
    )
    write_over(opened, chain, whole, head(opened, chain))


def truncate(opened: Session, draw: Draw, chain: str) -> None:
    kept = draw(some.integers(0, len(rows(opened, chain)) - 1))
    opened.execute(LINES.delete().where(LINES.c.chain == chain, LINES.c.number > kept))


def write_anew_without_the_key(opened: Session, draw: Draw, chain: str) -> None:
    whole = rows(opened, chain)
    place = draw(some.integers(0, len(whole) - 1))
    anew = whole[:place]
    for row in whole[place:]:
        before: Row = anew[-1] if anew else {"number": 0, "digest": b""}
        kept = row | {"number": before["number"] + 1, "previous": before["digest"], "by": "other"}
        anew.append(kept | {"digest": digest_of(SimpleNamespace(**kept))})
    end = head(opened, chain) | {"digest": anew[-1]["digest"]}
    write_over(opened, chain, anew, draw(some.sampled_from([end, head(opened, chain)])))


_DEEDS = (
    change,
    change_head,
    delete,
    delete_and_number_anew,
    delete_head,
    insert_copy,
    insert_forged,
    swap,
    truncate,
    write_anew_without_the_key,
)


@pytest.mark.usefixtures("audit")
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=some.data())
def test_no_single_deed_goes_unseen(data: some.DataObject) -> None:
    deed = data.draw(some.sampled_from(_DEEDS))
    chain = data.draw(some.sampled_from(CHAINS))

    assert breaks_after(lambda opened: deed(opened, data.draw, chain)) != []


def by_statement(statement: Any) -> list[Break]:
    return breaks_after(lambda opened: opened.execute(statement))


@pytest.mark.usefixtures("audit")
def test_a_break_is_told_by_its_chain_its_line_and_its_kind() -> None:
    third = (LINES.c.chain == A) & (LINES.c.number == 3)
    end = HEADS.c.chain == B

    for statement, told in (
        (LINES.update().where(third).values(by="autre"), Break(A, 3, BreakKind.ALTERED)),
        (LINES.delete().where(third), Break(A, 3, BreakKind.MISSING)),
        (
            LINES.delete().where(LINES.c.chain == A, LINES.c.number > 4),
            Break(A, 5, BreakKind.TRUNCATED),
        ),
        (LINES.delete().where(LINES.c.chain == B), Break(B, 1, BreakKind.TRUNCATED)),
        (HEADS.delete().where(end), Break(B, 4, BreakKind.UNSEALED)),
        (HEADS.update().where(end).values(noted=3), Break(B, 4, BreakKind.UNSEALED)),
        (HEADS.update().where(end).values(key_id="f" * 16), Break(B, 4, BreakKind.OTHER_KEY)),
    ):
        assert by_statement(statement) == [told]


@pytest.mark.usefixtures("audit")
def test_two_lines_that_changed_places_are_told_from_one_that_is_gone() -> None:
    def swapped(opened: Session) -> None:
        one, two, three, *rest = rows(opened, A)
        anew = [one, three | {"number": 2}, two | {"number": 3}, *rest]
        write_over(opened, A, anew, head(opened, A))

    def gone(opened: Session) -> None:
        one, _, *rest = rows(opened, A)
        anew = [row | {"number": row["number"] - 1} for row in rest]
        write_over(opened, A, [one, *anew], head(opened, A))

    assert breaks_after(swapped) == [Break(A, 2, BreakKind.REORDERED)]
    assert breaks_after(gone) == [Break(A, 2, BreakKind.MISSING)]


@pytest.mark.usefixtures("audit")
def test_a_line_added_at_the_end_is_told() -> None:
    def added(opened: Session) -> None:
        opened.execute(LINES.insert(), [forged(rows(opened, A)[-1])])

    assert breaks_after(added) == [Break(A, 7, BreakKind.ADDED)]


@pytest.mark.usefixtures("audit")
def test_what_the_platform_writes_on_a_spoiled_chain_does_not_make_it_good_again() -> None:
    # Since it was noted, with digests computed anew and the head made to fit, but for its seal.
    with session() as opened:
        *kept, last = rows(opened, A)
        forgery = forged(kept[-1], **{**last, "by": "pnd:autre", "previous": last["previous"]})
        end = head(opened, A) | {"digest": forgery["digest"]}
        write_over(opened, A, [*kept, forgery], end)

    tell(A)
    note_heads()
    tell(A)

    assert verify().breaks == [Break(A, 8, BreakKind.UNSEALED)]


@pytest.mark.usefixtures("audit")
def test_a_spoiled_chain_never_keeps_anybody_from_writing_to_it() -> None:
    with session() as opened:
        as_owner(opened)
        opened.execute(LINES.insert(), [forged(rows(opened, A)[-1])])
        opened.execute(HEADS.delete().where(HEADS.c.chain == B))

    tell(A)
    tell(B)

    assert [(one.chain, one.line) for one in verify().breaks] == [(A, 8), (B, 5)]


# --- Whoever kept an old head, with its true seal


@pytest.mark.usefixtures("audit")
def test_a_chain_put_back_as_it_was_is_contradicted_by_the_house_that_noted_it() -> None:
    with session() as opened:
        lines, end = rows(opened, A), head(opened, A)
    tell(A)
    note_heads()

    back = breaks_after(lambda opened: write_over(opened, A, lines, end))
    dropped = breaks_after(lambda opened: write_over(opened, B, [], None))

    assert back == [Break(A, 7, BreakKind.TRUNCATED)]
    assert dropped == [Break(B, 4, BreakKind.TRUNCATED)]


@pytest.mark.usefixtures("audit")
def test_the_house_put_back_as_it_was_is_contradicted_by_the_departures() -> None:
    with session() as opened:
        lines, end = rows(opened, HOUSE), head(opened, HOUSE)
    note_heads()
    tell(B)

    back = breaks_after(lambda opened: write_over(opened, HOUSE, lines, end))

    assert back == [Break(HOUSE, len(lines) + 1, BreakKind.TRUNCATED)]


@pytest.mark.usefixtures("audit")
def test_a_whole_store_put_back_as_it_was_is_contradicted_by_a_witness_kept_outside() -> None:
    with session() as opened:
        before = {chain: (rows(opened, chain), head(opened, chain)) for chain in CHAINS}
    tell(A)
    note_heads()
    number, _, digest = (verify().witness or "").partition(":")
    witness = int(number), bytes.fromhex(digest)
    assert verify(witness).breaks == []

    with session() as opened:
        for chain, (lines, end) in before.items():
            write_over(opened, chain, lines, end)

    # What no chain can tell by itself: everything is as it once truly was.
    assert verify().breaks == []
    assert verify(witness).breaks == [Break(HOUSE, witness[0], BreakKind.TRUNCATED)]


# --- The database itself refuses


@pytest.mark.usefixtures("audit")
def test_the_database_refuses_to_change_what_is_written() -> None:
    mine = HEADS.c.chain == A

    for statement in (
        LINES.update().values(by="autre"),
        LINES.delete().where(LINES.c.chain == A),
        text("TRUNCATE audit_line"),
        HEADS.delete().where(mine),
        HEADS.update().where(mine).values(number=1),
        HEADS.update().where(mine).values(chain="21-CCCCCC"),
        text("TRUNCATE audit_head"),
    ):
        with pytest.raises(DBAPIError, match="append-only"), session() as opened:
            opened.execute(statement)
