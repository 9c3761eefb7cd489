"""Departures that were opened by the release before: what becomes of their rows, and of what the
releases write while they live side by side.
"""

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlmodel import select

from core.settings import ROOT, settings
from models.act import Verb
from models.case import Case
from models.deadline import DeadlineKind
from models.facts import Facts, facts_of
from models.journey.approach import may_leave
from models.measure import Measure
from models.question import Choice, QuestionKind
from models.referral import Referral
from models.timeline import sentence
from store.cases import read_case
from store.engine import session
from store.journal import entries
from store.migrate import alembic_config, upgrade
from tests.rules.grounds import InPostgres
from tests.rules.walk import Walk
from tests.sealed_before import row_of_before

_REFERENCE = "21-BEFORE"
_OPENED = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
_REFERRAL = Referral.model_validate_json(
    (ROOT / "examples" / "mere-de-deux-enfants.json").read_text()
)

# What the release before wrote, table by table.
_DEPARTURE = {
    "reference": _REFERENCE,
    "referral_id": _REFERRAL.referral_id,
    "fingerprint": "f" * 64,
    "territory": "21",
    "referent": "ref-21-b",
    "state": "active",
    "round": 1,
    "danger": "high",
    "scheme": "general",
    "has_children": True,
    "departs_on": date(2026, 11, 20),
    "opened_at": _OPENED,
    "generation": 1,
    "restarts": 0,
}
_CONSENTS = [("auu", "caf-21"), ("psy", "france-victimes-21"), ("heberg", "siao-21")]


def _request(number: int, measure: str, agency: str) -> dict[str, Any]:
    return {
        "id": number,
        "reference": _REFERENCE,
        "measure": measure,
        "agency": agency,
        "attempt": 1,
        "round": 1,
        "channel": "api",
        "state": "requested",
        "sent_at": _OPENED,
        "changed_at": _OPENED,
    }


def _question(number: int, kind: str, options: list[str], **about: Any) -> dict[str, Any]:
    return {
        "id": number,
        "reference": _REFERENCE,
        "slot": f"{kind}:{number}:1",
        "kind": kind,
        "options": json.dumps(options),
        "opened_at": _OPENED,
        "due_at": _OPENED + timedelta(days=2),
        **about,
    }


def _deadline(number: int, kind: str, **about: Any) -> dict[str, Any]:
    return {
        "id": number,
        "reference": _REFERENCE,
        "slot": f"{kind}:{number}:1",
        "kind": kind,
        "due_at": _OPENED + timedelta(days=3),
        "source": "à fixer par le territoire",
        **about,
    }


_TAKE_BACK = ["take_back_auu", "take_back_formation", "take_back_nothing"]
_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("departure", _DEPARTURE),
    *(
        ("measure_wish", {"reference": _REFERENCE, "measure": measure, "state": "ongoing"})
        for measure, _ in _CONSENTS
    ),
    *(
        (
            "consent",
            {
                "reference": _REFERENCE,
                "measure": measure,
                "agency": agency,
                "manner": "written",
                "given_at": _OPENED,
                "given_through": "police",
            },
        )
        for measure, agency in _CONSENTS
    ),
    ("agency_request", _request(1, "auu", "caf-21")),
    ("agency_request", _request(2, "psy", "france-victimes-21")),
    ("question", _question(1, "take_back", _TAKE_BACK)),
    (
        "question",
        _question(
            2,
            "take_back",
            _TAKE_BACK,
            answer="take_back_formation",
            answered_at=_OPENED,
            answered_by="ref-21-b",
        ),
    ),
    (
        "question",
        _question(
            3,
            "take_back",
            _TAKE_BACK,
            answer="take_back_nothing",
            answered_at=_OPENED,
            answered_by="ref-21-b",
        ),
    ),
    ("question", _question(4, "departure_day", ["leaves_now", "leaves_in_3_days"])),
    ("deadline", _deadline(1, "reminded", request_id=1, measure="auu")),
    ("deadline", _deadline(2, "reminded", request_id=2, measure="psy", met_at=_OPENED)),
    ("deadline", _deadline(3, "reply", request_id=1, measure="auu")),
    ("deadline", _deadline(4, "question", question_id=1)),
    (
        "journal",
        {
            "reference": _REFERENCE,
            "at": _OPENED,
            "event": "deadline_reached",
            "measure": "auu",
            "code": "reminded",
        },
    ),
    (
        "journal",
        {
            "reference": _REFERENCE,
            "at": _OPENED,
            "event": "question_answered",
            "code": "take_back:take_back_formation",
        },
    ),
]


def _insert(url: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as opened:
        for table, row in rows:
            opened.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(sql.Placeholder() * len(row)),
                ),
                list(row.values()),
            )


@pytest.fixture
def old_store(bare_database: str) -> str:
    """A store in its first shape, with one departure in it, by its URL."""
    command.upgrade(alembic_config(bare_database), "0001")
    key = settings().vault_key.get_secret_value()
    sealed = row_of_before(key, _REFERENCE, _REFERRAL, _OPENED)
    _insert(bare_database, [*_ROWS, ("vault_entry", sealed)])
    return bare_database


@pytest.fixture
def upgraded(old_store: str) -> Case:
    """The same departure, once the store has the shape of this release."""
    upgrade(old_store)
    case = read_case(_REFERENCE)
    assert case is not None
    return case


def test_a_yes_given_before_still_covers_its_measure_and_gets_an_end(upgraded: Case) -> None:
    assert len(upgraded.consents) == len(_CONSENTS)
    for measure, agency in _CONSENTS:
        assert upgraded.has_consent(Measure(measure), agency)
    assert all(upgraded.now < consent.ends_at for consent in upgraded.consents)


def test_what_was_asked_before_goes_on(upgraded: Case) -> None:
    for request in upgraded.requests:
        for verb in (Verb.REMIND, Verb.ACCEPT_OFFER):
            assert may_leave(upgraded, verb, request), (request.key, verb)


def test_a_reminder_that_runs_becomes_the_first_step_of_a_ladder(upgraded: Case) -> None:
    ladders = [d for d in upgraded.deadlines if d.kind is DeadlineKind.LADDER]

    assert [(d.request_id, d.rung, d.is_running) for d in ladders] == [
        (1, 0, True),
        (2, 0, False),
    ]
    assert [d.kind for d in upgraded.running()] == [
        DeadlineKind.LADDER,
        DeadlineKind.REPLY,
        DeadlineKind.QUESTION,
    ]


def test_a_measure_to_take_back_is_named_beside_the_choice(upgraded: Case) -> None:
    open_one, answered, nothing = (
        q for q in upgraded.questions if q.kind is QuestionKind.TAKE_BACK
    )

    assert open_one.options == ["take_back:auu", "take_back:formation", "take_back_nothing"]
    assert (answered.answer, answered.answer_about) == (Choice.TAKE_BACK, "formation")
    assert (nothing.answer, nothing.answer_about) == (Choice.TAKE_BACK_NOTHING, None)


def test_an_open_question_is_asked_of_the_referent_and_keeps_its_answers(upgraded: Case) -> None:
    [day] = [q for q in upgraded.questions if q.kind is QuestionKind.DEPARTURE_DAY]

    assert {question.asked_of for question in upgraded.questions} == {"ref-21-b"}
    assert day.options == ["leaves_now", "leaves_in_3_days"]


def test_a_departure_of_before_has_a_pathway_and_moved_nowhere(upgraded: Case) -> None:
    departure = upgraded.departure

    assert upgraded.territory.pathway(departure.pathway) is upgraded.territory.pathways[0]
    assert (departure.came_from, departure.moved_to) == (None, None)


def test_its_facts_are_drawn_from_the_vault_and_kept(upgraded: Case) -> None:
    with session() as opened:
        [kept] = opened.exec(select(Facts)).all()

    drawn = facts_of(_REFERENCE, _REFERRAL, _OPENED.date())
    assert upgraded.facts.model_dump() == kept.model_dump() == drawn.model_dump()


def test_its_journal_is_still_told_in_french(upgraded: Case) -> None:
    told = [sentence(entry, upgraded.territory) for entry in entries(_REFERENCE)]

    assert len(told) == 2
    for line in told:
        assert "reminded" not in line
        assert "take_back_" not in line


def test_an_upgrade_done_twice_changes_nothing(upgraded: Case, old_store: str) -> None:
    upgrade(old_store)

    again = read_case(_REFERENCE)
    assert again is not None
    assert [d.model_dump() for d in again.deadlines] == [d.model_dump() for d in upgraded.deadlines]


def test_what_the_release_before_still_writes_beside_this_one_is_read(
    upgraded: Case, old_store: str
) -> None:
    later = _question(11, "take_back", _TAKE_BACK)
    _insert(
        old_store,
        [
            ("question", later),
            ("deadline", _deadline(11, "reminded", request_id=1, measure="auu")),
            ("departure", _DEPARTURE | {"reference": "21-DURING", "referral_id": uuid4()}),
        ],
    )

    case = read_case(_REFERENCE)

    assert case is not None
    assert case.question(11).asked_of in {r.code for r in case.territory.referents}


# --- Facts of a departure opened before facts were kept


@pytest.mark.usefixtures("store")
def test_facts_that_were_never_kept_are_drawn_again_from_the_vault() -> None:
    walk = Walk.begins(InPostgres(), "danger-immediat", Random(0), is_kind=True)
    before = walk.case.facts.model_dump()
    with session() as opened:
        opened.delete(opened.get_one(Facts, walk.ground.reference))

    assert walk.case.facts.model_dump() == before
    with session() as opened:
        assert opened.get(Facts, walk.ground.reference) is not None, "and kept"
