"""What the rules may know of a household: coarse codes, and nothing of the person."""

import copy
import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from models.facts import Facts, facts_of
from models.person import AccountKind, ChannelKind, EvidenceKind, Window
from models.referral import Referral

_TODAY = date(2026, 11, 23)
_EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
_EXAMPLE: dict[str, Any] = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_text())
# Of all that the person's sheet says, what the facts repeat.
_REPEATED = {
    *("phone", "third_party", "sms", "email"),
    *("depot_de_plainte", "ordonnance_de_protection", "signalement_au_procureur"),
    *("joint", "sole", "suspended_of_right", "decided_by_jaf", "unknown"),
    *("up_to_half_smic", "up_to_one_smic", "up_to_one_and_half_smic", "above_one_and_half_smic"),
    *("online",),
}


def _facts(**changes: Any) -> Facts:
    """Return the facts of the example, with fields of the person changed by their dotted path."""
    document = copy.deepcopy(_EXAMPLE)
    for path, value in changes.items():
        holder: dict[str, Any] = document["person"]
        *folders, last = path.split("__")
        for folder in folders:
            holder = holder[folder]
        holder[last] = value
    referral = Referral.model_validate_json(json.dumps(document))
    return facts_of("21-TESTXX", referral, _TODAY)


def test_the_facts_of_a_household_are_read_from_its_referral() -> None:
    known = _facts().model_dump(mode="json")

    assert known == {
        "reference": "21-TESTXX",
        "under_26": False,
        "children_under_21": 2,
        "is_allocataire": True,
        "shares_file": True,
        "resources_band": "up_to_half_smic",
        "joint_account": False,
        "last_allowance_on": None,
        "evidence": [["depot_de_plainte", "2026-11-10"]],
        "parental_authority": "joint",
        "psy_triage": "unknown",
        "mail_is_safe": True,
        "channels": ["phone", "third_party"],
        "windows": [[1, "09:00", "11:30"], [3, "09:00", "11:30"], [4, "14:00", "15:30"]],
        "may_leave_voicemail": False,
        "caller_id_hidden": True,
        "has_code_word": True,
        "has_cover_story": True,
        "device_compromised": None,
        "shared_accounts": [],
        "excluded_agencies": [],
        "guarded_agencies": [],
    }


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_nothing_personal_is_among_the_facts(path: Path) -> None:
    document = json.loads(path.read_text())
    referral = Referral.model_validate_json(json.dumps(document))
    # What the law dates, and when it is safe to call, says nothing of who the person is.
    dated = {proof["dated_on"] for proof in document["person"]["evidence"]}
    dated |= {str(document["person"]["household"].get("last_allowance_on"))}
    windows = document["person"]["safe_contact"]["windows"]
    hours = {window[end] for window in windows for end in ("opens", "closes")}

    told = set(_texts(facts_of("21-TESTXX", referral, _TODAY).model_dump(mode="json")))

    written = {text for text in _texts(document["person"]) if text}
    assert {
        text for text in written for one in told if text == one or (len(text) > 3 and text in one)
    } <= _REPEATED | dated | hours


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(
    ("born_on", "under_26"),
    [("2000-11-23", False), ("2000-11-24", True), ("2006-01-01", True), ("1975-01-01", False)],
)
def test_the_mission_locale_is_for_those_who_are_not_26_yet(born_on: str, under_26: bool) -> None:
    assert _facts(born_on=born_on, children=[]).under_26 is under_26


@pytest.mark.parametrize(
    ("born_on", "counted"), [("2005-11-23", 0), ("2005-11-24", 1), ("2026-11-20", 1)]
)
def test_a_child_counts_until_21(born_on: str, counted: int) -> None:
    child = {"given_name": "Alix", "family_name": "Inventée", "born_on": born_on}

    assert _facts(children=[child]).children_under_21 == counted


@pytest.mark.parametrize(
    ("own_account", "shared", "is_joint"),
    [
        (None, True, True),
        # An account in one's own name receives the money, whatever else there is.
        ("FR0012345000000000000000021", True, False),
        (None, False, False),
        (None, None, False),
    ],
)
def test_an_account_is_joint_when_it_is_the_only_one(
    own_account: str | None, shared: bool | None, is_joint: bool
) -> None:
    known = _facts(household__sole_name_iban=own_account, household__joint_account=shared)

    assert known.joint_account is is_joint


@pytest.mark.parametrize(("address", "is_safe"), [("1 rue Imaginaire, Dijon", True), (None, False)])
def test_mail_is_safe_where_an_address_was_given(address: str | None, is_safe: bool) -> None:
    assert _facts(mail_address=address).mail_is_safe is is_safe


def test_a_word_that_was_agreed_on_is_known_to_exist_and_not_told() -> None:
    assert _facts().has_code_word
    assert not _facts(safe_contact__code_word="").has_code_word
    assert not _facts(safe_contact__cover_story="").has_cover_story


def test_a_channel_declared_twice_is_one_way_to_reach_the_person() -> None:
    twice = [{"kind": "phone", "value": f"06 39 98 00 2{n}"} for n in (1, 2)]
    known = _facts(safe_contact__channels=twice)

    assert known.channels == ["phone"]
    assert known.reaches_by(ChannelKind.PHONE)
    assert not known.reaches_by(ChannelKind.SMS)


def test_what_is_shared_is_known_by_its_kind() -> None:
    known = _facts(shared_accounts=["phone", "online"])

    assert [kind for kind in AccountKind if known.is_shared(kind)] == [
        AccountKind.ONLINE,
        AccountKind.PHONE,
    ]


def test_agencies_to_go_around_are_known_by_their_code() -> None:
    document = _EXAMPLE | {
        "excluded_agencies": ["caf-21", "bav-21", "caf-21"],
        "guarded_agencies": ["siao-21"],
    }
    referral = Referral.model_validate_json(json.dumps(document))

    known = facts_of("21-TESTXX", referral, _TODAY)

    assert known.excluded_agencies == ["bav-21", "caf-21"]
    assert known.guarded_agencies == ["siao-21"]


@pytest.mark.parametrize(
    ("kinds", "newest"),
    [
        ((), date(2026, 11, 10)),
        ((EvidenceKind.COMPLAINT,), date(2026, 11, 10)),
        ((EvidenceKind.PROTECTION_ORDER,), date(2026, 9, 1)),
        ((EvidenceKind.PROTECTION_ORDER, EvidenceKind.COMPLAINT), date(2026, 11, 10)),
        ((EvidenceKind.REPORT_TO_PROSECUTOR,), None),
    ],
)
def test_the_newest_proof_is_found_by_its_kind(
    kinds: tuple[EvidenceKind, ...], newest: date | None
) -> None:
    known = _facts(
        evidence=[
            {"kind": "depot_de_plainte", "dated_on": "2024-01-01"},
            {"kind": "depot_de_plainte", "dated_on": "2026-11-10"},
            {"kind": "ordonnance_de_protection", "dated_on": "2026-09-01"},
        ]
    )

    assert known.newest_evidence(*kinds) == newest


def test_without_any_proof_there_is_no_newest_one() -> None:
    assert _facts(evidence=[]).newest_evidence() is None


def test_windows_are_read_back_as_they_were_declared() -> None:
    assert _facts().safe_windows() == [
        Window(weekday=1, opens=time(9), closes=time(11, 30)),
        Window(weekday=3, opens=time(9), closes=time(11, 30)),
        Window(weekday=4, opens=time(14), closes=time(15, 30)),
    ]
