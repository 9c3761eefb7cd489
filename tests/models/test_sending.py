"""Who is named as the one who gave an answer."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from models.answering import may_answer
from models.identity import Grant, Identity, Role
from models.sending import FormSending, SendingOutcome, digest_of, sender

_A, _R, _U = SendingOutcome.ACCEPTED, SendingOutcome.REFUSED, SendingOutcome.UNKNOWN


def _sent(account: str, outcome: SendingOutcome) -> FormSending:
    return FormSending(
        flow_run=UUID(int=1),
        account=account,
        digest="",
        sent_at=datetime(2026, 11, 23, tzinfo=UTC),
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ([], None),
        ([("a", _U)], "a"),
        ([("a", _A)], "a"),
        ([("a", _R)], None),
        ([("a", _A), ("b", _U)], "a"),
        ([("a", _R), ("b", _U)], "b"),
        ([("a", _U), ("b", _U)], None),
        ([("a", _A), ("b", _A)], None),
        ([("a", _U), ("a", _U)], "a"),
    ],
)
def test_one_is_named_only_when_no_other_can_have_been(
    sent: list[tuple[str, SendingOutcome]], named: str | None
) -> None:
    assert sender([_sent(*one) for one in sent]) == named


def test_the_order_of_the_fields_changes_nothing() -> None:
    assert digest_of({"q1": "Oui", "agir": "x"}) == digest_of({"agir": "x", "q1": "Oui"})
    assert digest_of({"q1": "Oui"}) != digest_of({"q1": "Non"})


@pytest.mark.parametrize(
    ("account", "role", "territory", "may"),
    [
        ("r1", Role.REFERENT, "21", True),
        ("r2", Role.REFERENT, "21", False),
        ("r1", Role.REFERENT, "974", False),
        ("c1", Role.COORDINATOR, "21", True),
        ("c1", Role.COORDINATOR, "974", False),
        ("r1", Role.TERRITORY_ADMIN, "21", False),
        ("r1", Role.AUDITOR, "21", False),
    ],
)
def test_a_departure_is_answered_by_its_referent_or_their_coordinator(
    account: str, role: Role, territory: str, may: bool
) -> None:
    somebody = Identity(account, frozenset({Grant(role, territory)}))
    assert may_answer(somebody, "21", "r1") is may
