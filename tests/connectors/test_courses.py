"""What becomes of a request when an agency does not follow the normal course."""

from datetime import timedelta

import pytest

from connectors.contract import AgencyConnector, Message
from models.measure import Measure
from models.reply import AgencyReply, Detail, ReplyKind
from models.request import RefusalReason
from tests.connectors.agencies import LINES, Line
from tests.connectors.people import CAMILLE, slip
from tests.connectors.stage import DAWN, Stage

CAF, MSA, HOUSING, CHILDCARE, WORK, TRAINING, PSY, JUSTICE = LINES

REFUSALS = {
    CAF: {
        RefusalReason.NOT_ELIGIBLE,
        RefusalReason.WRONG_AGENCY,
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.EVIDENCE_MISSING,
        RefusalReason.EVIDENCE_TOO_OLD,
        RefusalReason.ALREADY_PAID_12M,
        RefusalReason.DUPLICATE,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
    HOUSING: {
        RefusalReason.NO_CAPACITY,
        RefusalReason.NOT_ELIGIBLE,
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.SAFETY_CONFLICT,
        RefusalReason.DUPLICATE,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
    CHILDCARE: {
        RefusalReason.NO_CAPACITY,
        RefusalReason.NOT_ELIGIBLE,
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.SAFETY_CONFLICT,
        RefusalReason.DUPLICATE,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
    WORK: {
        RefusalReason.NO_CAPACITY,
        RefusalReason.NOT_ELIGIBLE,
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.WRONG_AGENCY,
        RefusalReason.DUPLICATE,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
    PSY: {
        RefusalReason.NO_CAPACITY,
        RefusalReason.NOT_ELIGIBLE,
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.WRONG_AGENCY,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
    JUSTICE: {
        RefusalReason.OUT_OF_TERRITORY,
        RefusalReason.SAFETY_CONFLICT,
        RefusalReason.UNREACHABLE,
        RefusalReason.OTHER,
    },
}


def ask(stage: Stage, line: Line, attempt: int = 1) -> AgencyConnector:
    connector = stage.connector(line.agency)
    connector.send(slip(line.agency, line.measure, attempt), CAMILLE)
    return connector


def after_two_months(stage: Stage, line: Line, count: int) -> list[AgencyReply]:
    connector = ask(stage, line)
    stage.lives(days=60)
    return stage.replies(line, connector, count)


@pytest.mark.parametrize("line", REFUSALS, ids=str)
def test_each_refusal_keeps_its_reason_across_the_wire(stage: Stage, line: Line) -> None:
    for attempt, reason in enumerate(sorted(REFUSALS[line]), start=1):
        stage.admin.order(line.agency, f"refuse:{reason.value}", times=1)
        connector = ask(stage, line, attempt)
    stage.lives(days=60)

    replies = stage.replies(line, connector, 2 * len(REFUSALS[line]))
    refused = [reply.reason for reply in replies if reply.kind is ReplyKind.REFUSED]
    assert sorted(reason or "" for reason in refused) == sorted(REFUSALS[line])


@pytest.mark.parametrize(
    ("line", "missing", "after"),
    [
        (CAF, Detail.EVIDENCE, [ReplyKind.ACCEPTED, ReplyKind.FULFILLED]),
        (CHILDCARE, Detail.OTHER_DOCUMENT, [ReplyKind.ACCEPTED, ReplyKind.FULFILLED]),
        (WORK, Detail.IDENTITY, [ReplyKind.APPOINTMENT, ReplyKind.FULFILLED]),
    ],
    ids=["caf", "childcare", "work"],
)
def test_a_missing_document_stops_the_course_until_it_is_supplied(
    stage: Stage, line: Line, missing: Detail, after: list[ReplyKind]
) -> None:
    stage.admin.order(line.agency, "need_document")
    connector = ask(stage, line)
    stage.lives(days=30)
    asked = stage.replies(line, connector, 2)[-1]
    assert (asked.kind, asked.detail) == (ReplyKind.NEED_INFO, missing)

    for key in ("told-1", "told-1", "told-2"):
        connector.tell(slip(line.agency, line.measure), Message.DOCUMENT_SUPPLIED, key)
    stage.lives(days=30)

    assert [reply.kind for reply in stage.replies(line, connector, 4)[2:]] == after


@pytest.mark.parametrize("line", [HOUSING, CHILDCARE, WORK, PSY], ids=str)
def test_a_waiting_list_is_neither_a_yes_nor_a_no(stage: Stage, line: Line) -> None:
    stage.admin.order(line.agency, "waiting_list")

    kinds = [reply.kind for reply in after_two_months(stage, line, 2)]
    assert kinds == [ReplyKind.RECEIVED, ReplyKind.WAITING]


@pytest.mark.parametrize(
    ("line", "count"), [(CHILDCARE, 4), (WORK, 3), (PSY, 3)], ids=["childcare", "work", "psy"]
)
def test_somebody_who_does_not_come_is_told_as_a_failure(
    stage: Stage, line: Line, count: int
) -> None:
    stage.admin.order(line.agency, "no_show")

    last = after_two_months(stage, line, count)[-1]
    assert (last.kind, last.reason) == (ReplyKind.FAILED, RefusalReason.NO_SHOW)


@pytest.mark.parametrize("line", LINES, ids=str)
def test_an_agency_ordered_to_be_silent_says_nothing_at_all(stage: Stage, line: Line) -> None:
    stage.admin.order(line.agency, "never")

    ask(stage, line)

    assert stage.admin.next_event() is None
    assert [entry.behaviour for entry in stage.heard(line.agency, "send")] == ["never"]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_an_agency_ordered_to_be_late_shifts_all_it_says(stage: Stage, line: Line) -> None:
    stage.admin.order(line.agency, "answer_late:5d")

    ask(stage, line)

    first = stage.admin.next_event()
    assert first is not None
    assert timedelta(days=5) <= first - DAWN < timedelta(days=5, hours=12)


@pytest.mark.parametrize("line", [CAF, WORK, JUSTICE], ids=str)
def test_an_event_said_twice_carries_the_same_number(stage: Stage, line: Line) -> None:
    stage.admin.order(line.agency, "twice")
    count = {CAF: 3, WORK: 3, JUSTICE: 4}[line]

    events = [reply.event for reply in after_two_months(stage, line, 2 * count)]

    assert sorted(events) == sorted(2 * list(set(events)))
    assert len(set(events)) == count


def test_the_allowance_is_told_in_cents_and_in_kind(stage: Stage) -> None:
    granted, paid = after_two_months(stage, CAF, 3)[1:]

    assert (granted.detail, paid.detail) == (Detail.GIFT, Detail.GIFT)
    # One child under 21, resources between 0.5 and 1 SMIC: 646.52 x 1.5 x 0.8 (CASF D214-14).
    assert (granted.cents, paid.cents) == (77583, 77583)


def test_an_offer_says_until_when_and_is_no_admission(stage: Stage) -> None:
    stage.admin.order(HOUSING.agency, "offer:3")
    connector = ask(stage, HOUSING)
    stage.lives(hours=2)

    offer = stage.replies(HOUSING, connector, 2)[-1]

    assert (offer.kind, offer.detail) == (ReplyKind.OFFER, Detail.DEDICATED_PLACE)
    assert offer.offer
    assert offer.expires_at == DAWN + timedelta(hours=5)


def test_an_accepted_offer_is_fulfilled_on_arrival_only(stage: Stage) -> None:
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    offer = stage.replies(HOUSING, connector, 2)[-1]
    about = slip(HOUSING.agency, HOUSING.measure)
    for _ in range(2):
        connector.tell(about, Message.ACCEPT_OFFER, "yes-1", offer.offer)

    assert stage.replies(HOUSING, connector, 3)[-1].kind is ReplyKind.ACCEPTED
    stage.lives(hours=23)
    stage.settles()
    assert len(stage.replies(HOUSING, connector, 3)) == 3
    stage.lives(hours=1)
    assert stage.replies(HOUSING, connector, 4)[-1].kind is ReplyKind.FULFILLED


def test_somebody_who_does_not_reach_the_shelter_is_not_admitted(stage: Stage) -> None:
    stage.admin.order(HOUSING.agency, "no_show")
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    offer = stage.replies(HOUSING, connector, 2)[-1].offer
    connector.tell(slip(HOUSING.agency, HOUSING.measure), Message.ACCEPT_OFFER, "yes-1", offer)
    stage.lives(days=2)

    last = stage.replies(HOUSING, connector, 4)[-1]
    assert (last.kind, last.reason) == (ReplyKind.FAILED, RefusalReason.NO_SHOW)


def test_an_offer_nobody_answered_is_lost_and_too_late_an_answer_is_no_trouble(
    stage: Stage,
) -> None:
    connector = ask(stage, HOUSING)
    stage.lives(hours=9)
    offer, lost = stage.replies(HOUSING, connector, 3)[1:]
    assert (lost.kind, lost.reason) == (ReplyKind.FAILED, RefusalReason.NO_CAPACITY)

    about = slip(HOUSING.agency, HOUSING.measure)
    connector.tell(about, Message.ACCEPT_OFFER, "yes-1", offer.offer)

    assert [entry.status for entry in stage.heard(HOUSING.agency, "accept_offer")] == [410]
    stage.settles()
    assert stage.admin.next_event() is None


def test_a_place_that_is_kept_is_said_again_with_a_later_hour(stage: Stage) -> None:
    stage.admin.order(HOUSING.agency, "offer:3")
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    first = stage.replies(HOUSING, connector, 2)[-1]
    about = slip(HOUSING.agency, HOUSING.measure)
    for _ in range(2):
        connector.tell(about, Message.HOLD_OFFER, "hold-1", first.offer)

    again = stage.replies(HOUSING, connector, 3)[-1]
    assert (again.kind, again.offer, again.detail) == (first.kind, first.offer, first.detail)
    assert again.event != first.event
    assert (first.expires_at, again.expires_at) == (
        DAWN + timedelta(hours=5),
        DAWN + timedelta(hours=8),
    )
    stage.lives(hours=4)
    stage.settles()
    assert len(stage.replies(HOUSING, connector, 3)) == 3
    stage.lives(hours=1)
    assert stage.replies(HOUSING, connector, 4)[-1].kind is ReplyKind.FAILED


def test_a_place_is_kept_once_and_can_still_be_accepted(stage: Stage) -> None:
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    offer = stage.replies(HOUSING, connector, 2)[-1].offer
    about = slip(HOUSING.agency, HOUSING.measure)
    for key in ("hold-1", "hold-2"):
        connector.tell(about, Message.HOLD_OFFER, key, offer)
    stage.lives(hours=10)
    connector.tell(about, Message.ACCEPT_OFFER, "yes-1", offer)

    held = stage.heard(HOUSING.agency, "hold_offer")
    assert [(entry.status, entry.duplicate) for entry in held] == [(204, False)] * 2
    kinds = [reply.kind for reply in stage.replies(HOUSING, connector, 4)]
    assert kinds[1:] == [ReplyKind.OFFER, ReplyKind.OFFER, ReplyKind.ACCEPTED]
    stage.lives(days=2)
    assert stage.replies(HOUSING, connector, 5)[-1].kind is ReplyKind.FULFILLED


def test_a_place_that_is_gone_or_given_cannot_be_kept(stage: Stage) -> None:
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    offer = stage.replies(HOUSING, connector, 2)[-1].offer
    about = slip(HOUSING.agency, HOUSING.measure)
    connector.tell(about, Message.DECLINE_OFFER, "no-1", offer)
    connector.tell(about, Message.HOLD_OFFER, "hold-1", offer)
    stage.lives(days=2)
    lost = stage.replies(HOUSING, connector, 5)[-2].offer
    connector.tell(about, Message.HOLD_OFFER, "hold-2", lost)

    assert [entry.status for entry in stage.heard(HOUSING.agency, "hold_offer")] == [410, 410]
    stage.settles()
    assert stage.admin.next_event() is None


def test_a_declined_offer_leaves_the_request_open_and_another_comes(stage: Stage) -> None:
    connector = ask(stage, HOUSING)
    stage.lives(hours=3)
    first = stage.replies(HOUSING, connector, 2)[-1]
    about = slip(HOUSING.agency, HOUSING.measure)
    connector.tell(about, Message.DECLINE_OFFER, "no-1", first.offer)
    stage.lives(days=1)

    waiting, second = stage.replies(HOUSING, connector, 4)[2:]
    assert (waiting.kind, second.kind) == (ReplyKind.WAITING, ReplyKind.OFFER)
    assert second.offer != first.offer


def test_justice_gives_dates_to_follow_and_moves_nothing(stage: Stage) -> None:
    hearing, order = after_two_months(stage, JUSTICE, 4)[1:3]

    assert (hearing.kind, hearing.detail) == (ReplyKind.INFORMATION, Detail.HEARING_DATE)
    assert (order.kind, order.detail) == (ReplyKind.INFORMATION, Detail.PROTECTION_ORDER)
    assert hearing.on
    assert hearing.on > hearing.said_at
    # C. civ. 515-11: six days at most after the hearing was fixed.
    assert order.said_at - hearing.said_at <= timedelta(days=6)


def test_a_polled_agency_is_read_page_after_page(stage: Stage) -> None:
    for attempt in range(1, 9):
        connector = ask(stage, WORK, attempt)
    stage.lives(days=60)

    replies = stage.replies(WORK, connector, 24)

    assert len({reply.event for reply in replies}) == 24
    pages = [entry for entry in stage.heard(WORK.agency, "replies") if entry.status == 200]
    assert len(pages) == 2


@pytest.mark.parametrize("line", [WORK, JUSTICE], ids=str)
def test_a_polled_agency_tells_what_is_new_since_an_instant_and_nothing_to_come(
    stage: Stage, line: Line
) -> None:
    connector = ask(stage, line)
    stage.lives(hours=5)

    assert [reply.kind for reply in connector.replies(DAWN)] == [ReplyKind.RECEIVED]
    assert connector.replies(DAWN + timedelta(hours=4)) == []


def test_training_has_a_session_and_its_date(stage: Stage) -> None:
    session = after_two_months(stage, TRAINING, 3)[1]

    assert (session.kind, session.detail) == (ReplyKind.ACCEPTED, Detail.SESSION)
    assert session.on == DAWN + timedelta(days=30)
    assert Measure.TRAINING.value in session.request_key


def test_two_caisses_of_one_kind_do_not_know_each_other(stage: Stage) -> None:
    ask(stage, CAF)
    connector = ask(stage, MSA)
    stage.lives(days=60)

    keys = {reply.request_key for reply in stage.replies(MSA, connector, 3)}
    assert keys == {slip(MSA.agency, MSA.measure).key}
