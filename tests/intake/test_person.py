"""A person is erased once their departure is closed, and may be handed all that is kept."""

import json
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlmodel import SQLModel, select
from typer.testing import CliRunner

from cli.main import app
from core.clock import SystemClock
from models.act import Act, Verb
from models.agency import Channel
from models.departure import Departure, DepartureState
from models.dossier import LEFT_OUT, NAMES
from models.facts import Facts
from models.journal import Event
from models.letterbox import LetterboxLink, LetterboxNotice
from models.measure import Measure
from models.news import News, NewsKind
from models.protection import Protection, ProtectionKind, ProtectionState
from models.question import Question, QuestionKind
from models.referral import Referral
from models.reply import AgencyReply, ReplyKind
from models.request import AgencyRequest
from models.suspension import Suspension
from models.vault_entry import VaultEntry
from store import journal
from store.cases import read_case
from store.dossiers import SECTIONS
from store.engine import session
from store.letterbox import deliver, link_token_for
from store.referrals import ReferralConflict, open_departure
from store.runs import CARRIED_BY_NOBODY
from tests.intake.invented import NOW, Document
from tests.intake.master_keys import FIRST, SECOND, filed, knows

pytestmark = pytest.mark.usefixtures("store")


def pnd(*words: str | Path, code: int = 0, given: str | None = None) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], input=given)
    assert done.exit_code == code, done.output
    return done.output


def rows(table: type[SQLModel]) -> list[SQLModel]:
    with session() as opened:
        return list(opened.exec(select(table)).all())


@pytest.fixture
def reference(referral: Referral, monkeypatch: pytest.MonkeyPatch) -> str:
    """A closed departure that agencies, letters and a court have left marks in."""
    knows(monkeypatch, FIRST)
    [reference] = filed(referral, 1)
    said = AgencyReply(
        "evt-1", f"{reference}:auu:caf-21:1", ReplyKind.ACCEPTED, NOW, agency_reference="DOSSIER-7",
        cents=80_000, offer="PLACE-7",
    )  # fmt: skip
    with session() as opened:
        departure = opened.get_one(Departure, reference)
        departure.state, departure.departs_on = DepartureState.CLOSED, date(2026, 11, 25)
        departure.flow_run = UUID(int=7)
        opened.add(Suspension(reference=reference, flow_run=CARRIED_BY_NOBODY, opened_at=NOW))
        request = AgencyRequest(
            reference=reference,
            measure=Measure.AUU,
            agency="caf-21",
            channel=Channel.LETTERBOX,
            agency_reference="DOSSIER-7",
            changed_at=NOW,
        )
        opened.add(request)
        opened.flush()
        opened.add(
            News(
                reference=reference,
                event="caf-21:evt-1",
                kind=NewsKind.REPLY,
                request_id=request.id,
                reply=said.as_codes(),
                came_at=NOW,
            )
        )
        opened.add(
            Protection(
                reference=reference,
                kind=ProtectionKind.OP,
                state=ProtectionState.GRANTED,
                changed_at=NOW,
            )
        )
        opened.add(
            Question(
                reference=reference,
                slot="offer:1",
                kind=QuestionKind.OFFER,
                options=[],
                offer="PLACE-7",
                asked_of="ref-21-a",
                opened_at=NOW,
                due_at=NOW,
            )
        )
    link = link_token_for(f"{reference}:auu:caf-21:1")
    deliver("guichet@exemple.test", "Un message", f"https://porte.exemple/boite/{link}")
    deliver("guichet@exemple.test", "Un message", "https://porte.exemple/boite/autre")
    return reference


def test_what_is_left_of_an_erased_person_is_the_course_in_codes(reference: str) -> None:
    told = pnd("person", "erase", reference, "--yes")

    assert "pnd keys backup" in told
    assert told.count("prefect flow-run delete") == 1
    assert f"prefect flow-run delete {UUID(int=7)}" in told
    for table in (VaultEntry, Facts, Protection, LetterboxLink):
        assert rows(table) == [], table
    [notice] = rows(LetterboxNotice)
    assert "autre" in notice.text  # type: ignore[attr-defined]
    kept = repr([rows(table) for table in SECTIONS.values()])
    assert "DOSSIER-7" not in kept
    assert "PLACE-7" not in kept
    assert "80000" not in kept
    case = read_case(reference)
    assert case is not None
    assert case.departure.departs_on is None
    assert [wish.measure for wish in case.wishes]
    last = journal.entries(reference)[-1]
    assert (last.event, (last.by or "").partition(":")[0]) == (Event.PERSON_ERASED, "pnd")


def test_an_erasure_asks_before_it_is_done(reference: str) -> None:
    pnd("person", "erase", reference, given="n\n", code=1)
    assert rows(VaultEntry)

    pnd("person", "erase", reference, given="y\n")
    assert not rows(VaultEntry)


def test_an_erasure_done_twice_is_done_once_more_and_says_so(reference: str) -> None:
    pnd("person", "erase", reference, "--yes")
    pnd("person", "erase", reference, "--yes")

    events = [entry.event for entry in journal.entries(reference)]
    assert events.count(Event.PERSON_ERASED) == 2


def test_a_person_is_erased_even_when_the_key_of_the_vault_is_lost(
    reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, SECOND)
    pnd("person", "erase", reference, "--yes")

    assert not rows(VaultEntry)


def test_an_open_departure_is_not_erased_and_all_that_is_in_the_way_is_told(
    reference: str,
) -> None:
    with session() as opened:
        departure = opened.get_one(Departure, reference)
        departure.state = DepartureState.ACTIVE
        departure.lease_until = SystemClock().now() + timedelta(seconds=60)
        [request] = opened.exec(select(AgencyRequest)).all()
        opened.add(
            Act(
                reference=reference,
                request_id=request.number,
                verb=Verb.SEND,
                key=request.key,
                not_before=NOW,
                intended_at=NOW,
            )
        )

    told = pnd("person", "erase", reference, "--yes", code=2)
    assert "est ouvert" in told
    assert "une passe est en cours" in told
    assert "un acte est encore prévu" in told
    assert len(rows(VaultEntry)) == len(rows(Facts)) == 1


def test_who_moved_is_erased_under_both_references_or_under_none(
    reference: str, referral: Referral
) -> None:
    [there] = filed(referral, 1)
    with session() as opened:
        opened.get_one(Departure, reference).moved_to = there
        opened.get_one(Departure, there).came_from = reference

    assert f"{there} est ouvert" in pnd("person", "erase", reference, "--yes", code=2)
    assert len(rows(VaultEntry)) == 2
    with session() as opened:
        opened.get_one(Departure, there).state = DepartureState.CLOSED

    pnd("person", "erase", there, "--yes")
    assert rows(VaultEntry) == rows(Facts) == []


def test_a_referral_filed_again_after_an_erasure_is_refused_never_swallowed(
    reference: str, referral: Referral
) -> None:
    pnd("person", "erase", reference, "--yes")
    with session() as opened:
        number = opened.get_one(Departure, reference).referral_id

    with pytest.raises(ReferralConflict):
        open_departure(referral.model_copy(update={"referral_id": number}), NOW)


def test_an_unknown_reference_is_said_so_and_writes_nothing(reference: str, tmp_path: Path) -> None:
    assert "aucun départ" in pnd("person", "erase", "21-ABSENT", "--yes", code=2)
    assert "aucun départ" in pnd("person", "export", "21-ABSENT", tmp_path / "a.json", code=2)
    assert list(tmp_path.iterdir()) == []


def test_what_is_handed_out_is_whole_in_french_and_for_its_owner_alone(
    reference: str, document: Document, tmp_path: Path
) -> None:
    file = tmp_path / "dossier.json"
    told = pnd("person", "export", reference, file)

    assert file.stat().st_mode & 0o777 == 0o600
    [kept] = json.loads(file.read_text(encoding="utf-8"))
    person = kept["Proposition"]["Personne"]
    assert person["Nom"] == document["person"]["family_name"]
    assert person["Contact sûr"]["Mot de code"] == document["person"]["safe_contact"]["code_word"]
    assert kept["Demandes"][0]["Numéro chez l'organisme"] == "DOSSIER-7"
    assert kept["Protections"][0]["Nature"] == "ordonnance de protection"
    assert kept["Nouvelles"][0]["Contenu"]["Montant, en centimes d'euro"] == 80_000
    assert [line["Ligne"] for line in kept["Journal"]] == ["Proposition reçue"]
    assert document["person"]["family_name"] not in told
    assert journal.entries(reference)[-1].event is Event.PERSON_EXPORTED


def test_a_file_that_exists_is_never_written_over(reference: str, tmp_path: Path) -> None:
    file = tmp_path / "dossier.json"
    file.write_text("à garder", encoding="utf-8")

    assert "existe déjà" in pnd("person", "export", reference, file, code=2)
    assert file.read_text(encoding="utf-8") == "à garder"


def test_nothing_is_left_of_a_file_that_could_not_be_filled(
    reference: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    knows(monkeypatch, SECOND)

    assert "le coffre ne s'ouvre pas" in pnd(
        "person", "export", reference, tmp_path / "a.json", code=2
    )
    assert list(tmp_path.iterdir()) == []
    assert journal.entries(reference)[-1].event is not Event.PERSON_EXPORTED


def fields_within(kind: object) -> set[str]:
    """Return the name of every field of a sheet, and of those it is made of."""
    inner = {one for part in getattr(kind, "__args__", ()) for one in fields_within(part)}
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return inner
    fields = kind.model_fields
    return inner | set(fields) | {n for f in fields.values() for n in fields_within(f.annotation)}


def test_every_field_that_is_kept_has_a_french_name_or_is_left_out_on_purpose() -> None:
    kept = fields_within(Referral) | set(AgencyReply.__dataclass_fields__)
    for table in SECTIONS.values():
        kept |= set(table.model_fields)

    assert kept - NAMES.keys() - LEFT_OUT == set()
    assert (NAMES.keys() | LEFT_OUT) - kept == set()
