"""What every connector does, whatever its agency's manners: the contract, over real HTTP."""

import pytest

from connectors.contract import AgencyConnector, Message, Receipt
from connectors.errors import (
    AgencyTrouble,
    AgencyUnavailable,
    NotAllowed,
    NotSupported,
    ReplyNotUnderstood,
)
from models.measure import Measure
from models.reply import AgencyReply, ReplyKind
from tests.connectors.agencies import LINES, Line
from tests.connectors.people import CAMILLE, slip
from tests.connectors.privacy import everything_shown
from tests.connectors.stage import Stage

every_line = pytest.mark.parametrize("line", LINES, ids=str)

RECEIVED, WAITING, OFFER = ReplyKind.RECEIVED, ReplyKind.WAITING, ReplyKind.OFFER
ACCEPTED, MEETING = ReplyKind.ACCEPTED, ReplyKind.APPOINTMENT
FACT, DONE = ReplyKind.INFORMATION, ReplyKind.FULFILLED

NORMAL_COURSE = {
    ("caf-21", Measure.AUU): [RECEIVED, ACCEPTED, DONE],
    ("msa-21", Measure.AUU): [RECEIVED, ACCEPTED, DONE],
    ("siao-21", Measure.HOUSING): [RECEIVED, OFFER, ACCEPTED, DONE],
    ("petite-enfance-21", Measure.CHILDCARE): [RECEIVED, WAITING, ACCEPTED, DONE],
    ("france-travail-21", Measure.EMPLOYMENT): [RECEIVED, MEETING, DONE],
    ("france-travail-21", Measure.TRAINING): [RECEIVED, ACCEPTED, DONE],
    ("france-victimes-21", Measure.PSY): [RECEIVED, MEETING, DONE],
    ("bav-21", Measure.JUSTICE): [RECEIVED, FACT, FACT, DONE],
}

HEARS = {
    "caf-21": {Message.REMINDER, Message.DOCUMENT_SUPPLIED},
    "msa-21": {Message.REMINDER, Message.DOCUMENT_SUPPLIED},
    "siao-21": {
        Message.REMINDER,
        Message.ACCEPT_OFFER,
        Message.DECLINE_OFFER,
        Message.HOLD_OFFER,
    },
    "petite-enfance-21": {Message.REMINDER, Message.DOCUMENT_SUPPLIED},
    "france-travail-21": {Message.REMINDER, Message.DOCUMENT_SUPPLIED},
    "france-victimes-21": {Message.REMINDER},
    "bav-21": {Message.REMINDER},
}


def send(stage: Stage, line: Line, attempt: int = 1) -> tuple[AgencyConnector, Receipt]:
    connector = stage.connector(line.agency)
    return connector, connector.send(slip(line.agency, line.measure, attempt), CAMILLE)


@every_line
def test_check_finds_a_healthy_agency_and_changes_nothing(stage: Stage, line: Line) -> None:
    health = stage.connector(line.agency).check()

    assert (health.configured, health.reachable, health.allowed) == (True, True, True)
    assert {entry.verb for entry in stage.admin.ledger()} <= {"check", "token"}
    assert stage.admin.next_event() is None


@every_line
def test_a_request_sent_twice_is_one_request(stage: Stage, line: Line) -> None:
    connector, first = send(stage, line)
    stage.settles()
    coming = stage.admin.next_event()
    second = connector.send(slip(line.agency, line.measure), CAMILLE)

    key = slip(line.agency, line.measure).key
    heard = stage.heard(line.agency, "send")
    assert [(entry.idempotency_key, entry.duplicate) for entry in heard] == [
        (key, False),
        (key, True),
    ]
    assert {entry.correlation for entry in heard} == {key}
    assert second == first
    assert stage.admin.next_event() == coming


@every_line
def test_the_normal_course_ends_with_the_measure_delivered(stage: Stage, line: Line) -> None:
    connector, receipt = send(stage, line)
    replies = live_to_the_end(stage, line, connector)

    assert [reply.kind for reply in replies] == NORMAL_COURSE[line.agency, line.measure]
    assert {reply.request_key for reply in replies} == {slip(line.agency, line.measure).key}
    assert len({reply.event for reply in replies}) == len(replies)
    assert [reply.said_at for reply in replies] == sorted(reply.said_at for reply in replies)
    references = {reply.agency_reference for reply in replies}
    assert len(references) == 1
    assert receipt.agency_reference in (references | {None})
    stage.settles()
    assert stage.admin.next_event() is None


def live_to_the_end(stage: Stage, line: Line, connector: AgencyConnector) -> list[AgencyReply]:
    """Let two months pass, accepting an offer when there is one."""
    expected = len(NORMAL_COURSE[line.agency, line.measure])
    if line.measure is Measure.HOUSING:
        stage.lives(hours=3)
        offer = stage.replies(line, connector, 2)[-1].offer
        connector.tell(slip(line.agency, line.measure), Message.ACCEPT_OFFER, "tell-1", offer)
    stage.lives(days=60)
    return stage.replies(line, connector, expected)


@every_line
def test_a_recalled_request_is_never_spoken_of_again(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    recalled = slip(line.agency, line.measure)
    connector.recall(recalled, f"{recalled.key}:recall")
    connector.recall(recalled, f"{recalled.key}:recall")

    heard = stage.heard(line.agency, "recall")
    assert [entry.duplicate for entry in heard] == [False, True]
    stage.settles()
    assert stage.admin.next_event() is None


@every_line
def test_recalling_what_the_agency_never_had_is_done_already(stage: Stage, line: Line) -> None:
    never_sent = slip(line.agency, line.measure, attempt=9)

    stage.connector(line.agency).recall(never_sent, f"{never_sent.key}:recall")

    assert [entry.status for entry in stage.heard(line.agency, "recall")] == [404]


@every_line
def test_a_reminder_is_heard_once_under_its_own_key(stage: Stage, line: Line) -> None:
    connector, _ = send(stage, line)
    about = slip(line.agency, line.measure)
    for _ in range(2):
        connector.tell(about, Message.REMINDER, f"{about.key}:remind:1")

    heard = stage.heard(line.agency, "remind")
    assert [(entry.idempotency_key, entry.duplicate) for entry in heard] == [
        (f"{about.key}:remind:1", False),
        (f"{about.key}:remind:1", True),
    ]


@every_line
def test_a_message_the_agency_cannot_hear_goes_back_to_the_referent(
    stage: Stage, line: Line
) -> None:
    connector = stage.connector(line.agency)
    about = slip(line.agency, line.measure)
    deaf_to = set(Message) - HEARS[line.agency]

    for message in deaf_to:
        with pytest.raises(NotSupported):
            connector.tell(about, message, "tell-1", "offer-1")
    assert stage.admin.ledger() == []


@every_line
def test_an_agency_down_twice_then_up_receives_one_request(stage: Stage, line: Line) -> None:
    stage.connector(line.agency).check()
    stage.admin.order(line.agency, "error_500:2", measure=line.measure)

    send(stage, line)

    heard = stage.heard(line.agency, "send")
    assert [(entry.status, entry.duplicate) for entry in heard[:2]] == [(500, False)] * 2
    assert [entry.duplicate for entry in heard[2:]] == [False]
    assert len(stage.waits) == 2


@every_line
def test_an_agency_that_stays_down_is_unavailable_after_three_tries(
    stage: Stage, line: Line
) -> None:
    stage.admin.order(line.agency, "error_500", measure=line.measure)

    with pytest.raises(AgencyUnavailable) as trouble:
        send(stage, line)

    assert trouble.value.request_key == slip(line.agency, line.measure).key
    assert len(stage.heard(line.agency, "send")) == 3
    assert stage.admin.next_event() is None


@every_line
def test_a_request_received_but_answered_too_late_is_still_one_request(
    stage: Stage, line: Line
) -> None:
    stage.connector(line.agency).check()
    stage.admin.order(line.agency, "timeout", measure=line.measure)
    hurried = stage.connector(line.agency, read_seconds=0.3)
    about = slip(line.agency, line.measure)
    with pytest.raises(AgencyUnavailable):
        hurried.send(about, CAMILLE)

    stage.admin.order(line.agency, "accept", measure=line.measure)
    stage.connector(line.agency).send(about, CAMILLE)

    duplicates = [entry.duplicate for entry in stage.heard(line.agency, "send")]
    assert duplicates.count(False) == 1
    assert duplicates[-1] is True


@every_line
def test_an_answer_outside_the_contract_is_not_understood(stage: Stage, line: Line) -> None:
    stage.admin.order(line.agency, "malformed", measure=line.measure)

    with pytest.raises(ReplyNotUnderstood):
        send(stage, line)


@every_line
def test_a_credential_that_is_refused_is_told_as_such(
    stage: Stage, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = line.agency.upper().replace("-", "_")
    monkeypatch.setenv(f"PND_AGENCY_{code}_TOKEN", "wrong")
    monkeypatch.setenv(f"PND_AGENCY_{code}_CLIENT_SECRET", "wrong")

    with pytest.raises(NotAllowed):
        send(stage, line)
    health = stage.connector(line.agency).check()
    assert (health.reachable, health.allowed) == (True, False)
    assert "identifiant" in health.problem


@every_line
def test_an_agency_nobody_answers_for_is_unreachable(
    stage: Stage, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = line.agency.upper().replace("-", "_")
    monkeypatch.setenv(f"PND_AGENCY_{code}_URL", "http://127.0.0.1:9")

    with pytest.raises(AgencyUnavailable):
        send(stage, line)
    health = stage.connector(line.agency).check()
    assert (health.configured, health.reachable) == (True, False)


@every_line
def test_no_trouble_tells_anything_of_the_person(stage: Stage, line: Line) -> None:
    for behaviour in ("error_500", "malformed"):
        stage.admin.order(line.agency, behaviour)
        with pytest.raises(AgencyTrouble) as trouble:
            send(stage, line)
        everything_shown(trouble.value).is_silent()
