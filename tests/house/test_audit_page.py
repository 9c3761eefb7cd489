"""The auditor's page explains every code of the audit, in the words that people read."""

from core.settings import ROOT
from models.audit import AuditEvent, Purpose, Refusal
from models.audit_check import BreakKind
from models.labels import label

_PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    lines = [line for line in _PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_purpose_and_each_refusal_has_its_row() -> None:
    told = {(row[0], row[1], row[2]) for row in rows() if len(row) == 3}

    for event, codes in ((AuditEvent.VAULT_OPENED, Purpose), (AuditEvent.ACCESS_REFUSED, Refusal)):
        mine = {(f"`{event}`", f"`{code}`", label(code)) for code in codes}
        assert {row for row in told if row[0] == f"`{event}`"} == mine


def test_each_event_and_each_break_is_named() -> None:
    for event in AuditEvent:
        assert f"`{event}` {label(event)}" in _PAGE
    assert {label(kind) for kind in BreakKind} <= {row[0] for row in rows()}
