"""`pnd audit`: exit codes, what is printed, and a file for one reader."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.audit import audit_app
from models.audit import Purpose
from models.referral import Referral
from store.engine import session
from store.reading import Reader, read_person
from store.referrals import open_departure
from tests.audit.ground import LINES, A, as_owner, small_audit
from tests.intake.invented import NOW, Document

pytestmark = pytest.mark.usefixtures("store")

_PND = CliRunner()


def test_a_whole_audit_exits_0_and_gives_a_witness_that_it_takes_back() -> None:
    small_audit()

    first = _PND.invoke(audit_app, ["verify", "--json"])
    found = json.loads(first.stdout)
    again = _PND.invoke(audit_app, ["verify", "--witness", found["witness"]])

    assert (first.exit_code, found["intact"], found["breaks"]) == (0, True, [])
    assert (found["lines"], found["chains"], found["not_noted"]) == (14, 3, 1)
    assert again.exit_code == 0
    assert f"Témoin, à noter hors de la base : {found['witness']}" in again.stdout


def test_a_broken_audit_exits_1_and_says_where_and_how() -> None:
    small_audit()
    with session() as opened:
        as_owner(opened)
        opened.execute(LINES.delete().where(LINES.c.chain == A, LINES.c.number == 2))

    told = _PND.invoke(audit_app, ["verify"])
    as_json = _PND.invoke(audit_app, ["verify", "--json"])

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert f"{A}, ligne 2 : ligne absente" in told.stderr
    assert json.loads(as_json.stdout)["breaks"] == [{"chain": A, "line": 2, "kind": "missing"}]


def test_a_witness_of_another_time_exits_1_and_one_badly_written_2() -> None:
    small_audit()

    assert _PND.invoke(audit_app, ["verify", "--witness", f"1:{'0' * 64}"]).exit_code == 1
    assert _PND.invoke(audit_app, ["verify", "--witness", "hier"]).exit_code == 2


def test_an_export_is_for_one_reader_in_codes_and_takes_no_ones_place(
    referral: Referral, document: Document, tmp_path: Path
) -> None:
    small_audit()
    reference = open_departure(referral, NOW).reference
    read_person(reference, Reader("msa-47", Purpose.AGENT_READS, about=f"{reference}:auu"))
    file = tmp_path / "trace.jsonl"

    assert _PND.invoke(audit_app, ["export", reference, "--to", str(file)]).exit_code == 0
    again = _PND.invoke(audit_app, ["export", reference, "--to", str(file)])

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    line, end = [json.loads(one) for one in file.read_text("utf-8").splitlines()]
    assert (line["event"], line["by"], line["about"]) == (
        "vault_opened",
        "msa-47",
        f"{reference}:auu",
    )
    assert end["head"]["digest"] == line["digest"]
    for planted in (document["person"]["given_name"], document["person"]["family_name"]):
        assert planted not in file.read_text("utf-8")
    assert (again.exit_code, "existe déjà" in again.stderr) == (2, True)


def test_an_unknown_reference_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"

    refused = _PND.invoke(audit_app, ["export", "21-ZZZZZZ", "--to", str(file)])

    assert (refused.exit_code, file.exists()) == (2, False)
    assert "21-ZZZZZZ" in refused.stderr
