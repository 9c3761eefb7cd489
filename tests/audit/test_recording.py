"""Nobody reads the vault unseen: who, why, for which request, in the same commit."""

from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from models.agency import Channel
from models.audit import HOUSE, AuditEvent, AuditLine, Purpose, Refusal
from models.audit_check import BreakKind
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.referral import Referral
from models.step import Ask, OpenRequest
from store import acts, leases, news
from store.audit import append, note_heads, refused
from store.audit_check import verify
from store.cases import find_case, load_case
from store.engine import session
from store.reading import Reader, person_for, read_person
from store.referrals import open_departure
from store.rotation import rotate
from store.steps import apply_steps
from store.vault import VaultEntryMissing
from tests.audit.ground import HEADS, A, B, as_owner, small_audit, tell
from tests.intake.invented import NOW
from tests.intake.master_keys import FIRST, SECOND, knows

_ME = Reader("pnd:exemple", Purpose.AGENT_READS, about="21:example")


@pytest.fixture
def reference(store: str, referral: Referral) -> str:
    """A departure, by its reference."""
    return open_departure(referral, NOW).reference


def told(chain: str) -> list[tuple[Any, ...]]:
    """Return the lines of a chain."""
    with session() as opened:
        query = select(AuditLine).where(AuditLine.chain == chain).order_by("number")
        return [(one.event, one.by, one.code, one.about) for one in opened.exec(query).all()]


def test_each_reading_of_the_vault_is_one_line_and_names_nobody(
    reference: str, referral: Referral
) -> None:
    person = read_person(reference, _ME)
    read_person(reference, _ME)

    line = ("vault_opened", "pnd:exemple", "agent_reads", "21:example")
    assert person == referral.person
    assert told(reference) == [line, line]
    assert verify().breaks == []


def test_a_reading_that_cannot_be_told_does_not_take_place(reference: str) -> None:
    with session() as opened:
        opened.execute(text("ALTER TABLE audit_line ADD CHECK (event = 'none')"))

    with pytest.raises(DBAPIError):
        read_person(reference, _ME)


def test_a_reader_that_dies_before_its_commit_has_read_nothing_and_left_no_line(
    reference: str,
) -> None:
    with session() as opened:
        person_for(opened, reference, _ME)
        # The server sees a process that dies as a transaction that ends without its commit.
        opened.rollback()

    assert told(reference) == []
    assert verify().breaks == []


def test_what_was_erased_is_not_read_and_the_lines_of_before_stay(reference: str) -> None:
    read_person(reference, _ME)
    with session() as opened:
        opened.execute(text("DELETE FROM vault_entry"))

    with pytest.raises(VaultEntryMissing):
        read_person(reference, _ME)

    assert len(told(reference)) == 1
    assert verify().breaks == []


def test_an_act_tried_twice_opened_the_vault_twice(reference: str) -> None:
    turn = leases.take(reference, UUID(int=7))
    with leases.fenced(turn) as (opened, departure):
        case = load_case(opened, departure)
        apply_steps(opened, case, [OpenRequest(Measure.HOUSING, "siao-21", 1, Channel.API)])
    [intent] = acts.due_acts(turn)

    for _ in range(2):
        assert acts.begin_try(turn, intent) is not None

    line = ("vault_opened", "task:act_on_agency", "agency_act", intent.key)
    assert told(reference) == [line, line]


def test_an_answer_and_who_gave_it_are_told_once_each_time_it_is_given(reference: str) -> None:
    ask = Ask(QuestionKind.DANGER, "audit", (Choice.SEPARATION_TOLD.value,), NOW, "essai")
    with session() as opened:
        case = find_case(opened, reference)
        assert case is not None
        apply_steps(opened, case, [ask])
        question = case.questions[-1]
    option, number = question.options[0], question.id or 0

    assert news.record_answer(reference, number, option, "pnd:exemple")
    assert not news.record_answer(reference, number, option, "page-prefect")

    code = f"{question.kind.value}:{option}"
    assert told(reference) == [
        ("answer_given", "pnd:exemple", code, question.field),
        ("answer_given", "page-prefect", code, question.field),
    ]


def test_many_writers_at_once_leave_whole_chains(store: str) -> None:
    each = 12

    def write(chain: str) -> None:
        for number in range(each):
            if chain == HOUSE:
                refused(Refusal.TOKEN, "door:referrals")
                note_heads()
            else:
                tell(chain, f"q{number}")

    writers = [Thread(target=write, args=(chain,)) for chain in (A, A, A, B, B, HOUSE, HOUSE)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    note_heads()

    found = verify()
    assert (found.breaks, found.not_noted) == ([], 0)
    assert (len(told(A)), len(told(B))) == (3 * each, 2 * each)
    refusals = [line for line in told(HOUSE) if line[0] == "access_refused"]
    assert len(refusals) == 2 * each


def test_nobody_waits_for_the_audit_of_another_departure(store: str) -> None:
    tell(B)
    done: list[str] = []

    def write_beside() -> None:
        tell(B)
        note_heads()
        done.append(B)

    with session() as opened:
        append(opened, A, AuditEvent.ANSWER_GIVEN, by="pnd:exemple", code="due:done")
        beside = Thread(target=write_beside)
        beside.start()
        beside.join(10)
        assert done == [B]
    assert verify().breaks == []


def test_a_rotation_seals_the_audit_anew_and_a_broken_seal_stays_seen(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, FIRST)
    small_audit()
    with session() as opened:
        as_owner(opened)
        opened.execute(HEADS.update().where(HEADS.c.chain == B).values(seal=b"another"))
    knows(monkeypatch, SECOND, FIRST)

    list(rotate())

    knows(monkeypatch, SECOND)
    tell(A)
    refused(Refusal.TOKEN, "door:referrals")
    assert [(one.chain, one.kind) for one in verify().breaks] == [(B, BreakKind.OTHER_KEY)]
    knows(monkeypatch, SECOND, FIRST)
    assert [(one.chain, one.kind) for one in verify().breaks] == [(B, BreakKind.UNSEALED)]
