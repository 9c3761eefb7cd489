"""Six lives in six territories, about six months each: each has its own course and its own end."""

import pytest

from models.about import ChecklistItem, Right, Trigger
from models.agency import Channel
from models.departure import Outcome
from models.journal import Event
from models.measure import Measure, MeasureState
from models.question import Choice, Question, QuestionKind, Wish
from models.request import RequestState
from models.wording import local_hour
from store.clock import journey_clock
from store.letterbox import notices
from tests.journey.course import NOBODY, Course
from tests.journey.driver import Journey

pytestmark = pytest.mark.timeout(300)


def asked(journey: Journey, kind: QuestionKind, measure: Measure | None = None) -> list[Question]:
    """Return every question of a kind that was ever put, oldest first."""
    return [q for q in journey.case.questions if q.kind is kind and measure in (None, q.measure)]


def closes_in_order(journey: Journey, outcome: Outcome) -> None:
    """What is true of every life: nobody waits, nothing is late, no act took effect twice."""
    case = journey.case
    assert case.departure.outcome is outcome
    assert journey.flow_run.state_name == "Completed"
    assert not case.open_questions()
    assert not case.pending_acts()
    now = journey_clock().now()
    assert not [d.slot for d in case.running() if d.due_at <= now], "each deadline was acted on"
    effects = [
        call.idempotency_key for call in journey.calls() if call.status < 400 and not call.duplicate
    ]
    assert len(effects) == len(set(effects))
    assert not journey.events(Event.HUMAN_NEEDED)


def test_21_a_parent_of_two_leaves_by_a_hotel_then_a_place_and_no_right_is_left_to_end_unseen(
    journey: Journey,
) -> None:
    journey.starts(
        "mere-de-deux-enfants",
        Measure.AUU,
        Measure.HOUSING,
        Measure.CHILDCARE,
        Measure.EMPLOYMENT,
    )
    Course(
        orders=(
            ("siao-21", "refuse:no_capacity", 1),
            ("petite-enfance-21", "refuse:no_capacity", 1),
            ("caf-21", "answer_late:12d", None),
        ),
        letters=(
            (4, "halte-garderie-21", "realisee"),
            (6, "creche-avip-21", "acceptee"),
            (20, "creche-avip-21", "realisee"),
        ),
        answers={
            (QuestionKind.NEXT_STEP, Measure.HOUSING): (Choice.ASK_STOP_GAP, Choice.ASK_AGAIN),
            (QuestionKind.CALL_AGENCY, Measure.HOUSING): (Choice.CALL_DONE,),
            (QuestionKind.NEXT_STEP, Measure.CHILDCARE): (
                Choice.ASK_STOP_GAP,
                Choice.ASK_NEXT_AGENCY,
            ),
            (QuestionKind.CALL_AGENCY, Measure.AUU): (NOBODY,),
            QuestionKind.CLOSE: (Choice.KEEP_OPEN,) * 3,
        },
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.EXIT)
    assert {wish.state for wish in journey.case.wishes} == {MeasureState.CONFIRMED}
    assert journey.requests(Measure.HOUSING) == [
        ("siao-21", 1, RequestState.REFUSED),
        ("hotel-21", 1, RequestState.FULFILLED),
        ("siao-21", 2, RequestState.FULFILLED),
    ]
    # The AVIP crèche may be asked once France Travail follows the parent.
    assert journey.requests(Measure.CHILDCARE) == [
        ("petite-enfance-21", 1, RequestState.REFUSED),
        ("halte-garderie-21", 1, RequestState.FULFILLED),
        ("creche-avip-21", 1, RequestState.FULFILLED),
    ]
    # Late by law: the coordinator, then the supervisor, are asked to phone.
    late = [e.by for e in journey.events(Event.QUESTION_OVERDUE) if e.measure is Measure.AUU]
    assert late[-1] == "sup-21"
    assert journey.sent_once("caf-21", "send")
    (warned,) = asked(journey, QuestionKind.LEGAL_END)
    assert warned.about == Right.AUU_RIGHTS
    assert local_hour(warned.opened_at, journey.case.territory) == "dim. 16/05/2027 à 09 h 00"


def test_59_somebody_without_children_finds_a_place_elsewhere_and_releases_savings_after_an_order(
    journey: Journey,
) -> None:
    journey.starts("homme-sans-enfant", Measure.HOUSING, Measure.SAVINGS, pathway="accompagne")
    Course(
        orders=(("siao-59", "refuse:not_eligible", None),),
        answers={
            (QuestionKind.NEXT_STEP, Measure.HOUSING): (Choice.ASK_NEXT_AGENCY,),
            (QuestionKind.CHECKLIST, Measure.SAVINGS): (Choice.NOT_YET,) * 2,
            QuestionKind.FOLLOW_UP: (Choice.STABLE, Choice.DIFFICULTY),
            QuestionKind.CLOSE: (Choice.KEEP_OPEN,) * 3,
        },
        wishes=((12, Wish.JUSTICE),),
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.EXIT)
    assert journey.case.departure.referent == "ref-59-c", "of the département's social service"
    assert journey.requests(Measure.HOUSING) == [
        ("siao-59", 1, RequestState.REFUSED),
        ("inter-siao-59", 1, RequestState.FULFILLED),
    ]
    (order,) = journey.events(Event.PROTECTION_NOTED)
    lines = {line.about: line for line in asked(journey, QuestionKind.CHECKLIST)}
    assert lines.keys() == {
        ChecklistItem.SAVINGS_PROOF,
        ChecklistItem.SAVINGS_ACCOUNT,
        ChecklistItem.SAVINGS_FILED,
    }
    assert lines[ChecklistItem.SAVINGS_FILED].opened_at >= order.at
    assert journey.measure(Measure.SAVINGS) is MeasureState.CONFIRMED
    assert asked(journey, QuestionKind.RELAY), "the caisse takes part in case of difficulty only"
    assert {call.agency for call in journey.calls()} == {"siao-59"}


def test_47_a_farmer_goes_home_leaves_again_and_the_msa_is_asked_anew_by_letter(
    journey: Journey,
) -> None:
    journey.starts("regime-agricole", Measure.AUU, Measure.EMPLOYMENT)
    Course(
        letters=(
            (8, "msa-47", "recue"),
            (22, "msa-47", "acceptee"),
            (24, "msa-47", "realisee"),
        ),
        answers={
            (QuestionKind.LEAK_PATH, Measure.EMPLOYMENT): (Choice.USE_CALL, Choice.USE_CALL),
            QuestionKind.CLOSE: (Choice.KEEP_OPEN,) * 2,
        },
        not_before={QuestionKind.REOPEN: 14},
        wishes=((10, Wish.WENT_BACK),),
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.EXIT)
    assert journey.requests(Measure.AUU) == [
        ("msa-47", 1, RequestState.WITHDRAWN),
        ("msa-47", 2, RequestState.FULFILLED),
    ]
    assert journey.measure(Measure.AUU) is MeasureState.CONFIRMED
    assert Trigger.RETURN_HOME in {q.about for q in asked(journey, QuestionKind.DANGER)}
    # The computer is watched: France Travail would write to the personal account.
    assert not journey.calls("france-travail-47")
    assert {r.channel for r in journey.case.requests_for(Measure.EMPLOYMENT)} == {Channel.CALL}
    assert {notice.address for notice in notices()} == {"contact@msa-47.example"}


def test_95_somebody_in_immediate_danger_is_sheltered_elsewhere_then_followed_by_another_territory(
    journey: Journey,
) -> None:
    journey.order("siao-95", "refuse:safety_conflict")
    journey.starts("danger-immediat", Measure.HOUSING, Measure.PSY)
    (sent,) = journey.calls(verb="send")
    assert sent.agency == "siao-95", "before any contact: danger ignores queues"
    Course(
        orders=(("france-victimes-95", "never", None),),
        answers={
            (QuestionKind.NEXT_STEP, Measure.HOUSING): (Choice.ASK_NEXT_AGENCY,),
            QuestionKind.TRANSFER: ("transfer_to:59",),
        },
        wishes=((9, Wish.TRANSFER),),
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.MOVED)
    assert journey.requests(Measure.HOUSING) == [
        ("siao-95", 1, RequestState.REFUSED),
        ("inter-siao-95", 1, RequestState.FULFILLED),
    ]
    assert Trigger.REVIEW in {q.about for q in asked(journey, QuestionKind.DANGER)}
    assert journey.sent_once("france-victimes-95", "recall")

    journey.moves_on()
    Course(
        letters=((12, "france-victimes-59", "acceptee"), (30, "france-victimes-59", "realisee")),
        answers={QuestionKind.CLOSE: (Choice.KEEP_OPEN,) * 2},
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.EXIT)
    assert [wish.measure for wish in journey.case.wishes] == [Measure.PSY], "a shelter is in hand"
    assert {yes.agency for yes in journey.case.consents} == {"france-victimes-59"}


def test_974_agencies_stay_silent_then_the_contact_is_lost_in_the_hours_of_la_reunion(
    journey: Journey,
) -> None:
    journey.starts("la-reunion", Measure.EMPLOYMENT, Measure.PSY)
    Course(
        orders=(("france-travail-974", "never", None),),
        answers={
            (QuestionKind.CALL_AGENCY, Measure.EMPLOYMENT): (Choice.CALL_NO_ANSWER,) * 2,
            (QuestionKind.CALL_AGENCY, Measure.PSY): (
                *(Choice.CALL_NO_ANSWER,) * 2,
                Choice.CALL_ACCEPTED,
                Choice.CALL_DONE,
            ),
            (QuestionKind.NEXT_STEP, Measure.EMPLOYMENT): (Choice.GIVE_UP,),
            (QuestionKind.NEXT_STEP, Measure.PSY): (Choice.ASK_NEXT_AGENCY,),
            QuestionKind.FOLLOW_UP: (*(Choice.STABLE,) * 2, *(Choice.NO_CONTACT,) * 3),
            QuestionKind.CLOSE: (Choice.KEEP_OPEN, Choice.KEEP_OPEN, Choice.CLOSE_LOST_CONTACT),
        },
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.LOST_CONTACT)
    assert journey.requests(Measure.EMPLOYMENT) == [("france-travail-974", 1, RequestState.EXPIRED)]
    assert journey.sent_once("france-travail-974", "recall"), "it is told that we stopped waiting"
    assert journey.requests(Measure.PSY) == [
        ("france-victimes-974", 1, RequestState.EXPIRED),
        ("cmp-974", 1, RequestState.FULFILLED),
    ]
    climbed = [entry.code for entry in journey.events(Event.LADDER_CLIMBED)]
    assert climbed[:4] == ["remind", "remind", "call", "call"]
    assert journey.sent_once("france-travail-974", "remind")
    assert Trigger.NO_CONTACT in {q.about for q in asked(journey, QuestionKind.DANGER)}
    # Counted in days, a period ends at midnight in Saint-Denis.
    days = {d.due_at.hour for d in journey.case.deadlines if "acknowledge" in d.slot}
    assert days == {20}


def test_13_a_suicidal_risk_is_a_human_act_and_whoever_wants_to_stop_stops(
    journey: Journey,
) -> None:
    journey.starts(
        "moins-de-26-ans",
        Measure.EMPLOYMENT,
        Measure.PSY,
        Measure.HEALTH_COVER,
        person={"psy_triage": "suicidal_risk"},
    )
    Course(
        letters=(
            (3, "mission-locale-13", "acceptee"),
            (5, "france-victimes-13", "acceptee"),
            (15, "france-victimes-13", "realisee"),
        ),
        answers={
            QuestionKind.SUICIDAL_RISK: (
                Choice.RESCUE_CALLED,
                Choice.ACCOMPANIED,
                Choice.RISK_LIFTED,
            ),
            (QuestionKind.LEAK_PATH, Measure.HEALTH_COVER): (Choice.USE_CALL,),
            QuestionKind.TAKE_BACK: ("take_back:emploi",),
            QuestionKind.CLOSE: (
                Choice.KEEP_OPEN,
                Choice.KEEP_OPEN,
                Choice.CLOSE_WITHDRAWN,
            ),
        },
        wishes=((20, Wish.TAKE_BACK),),
    ).is_lived_by(journey)

    closes_in_order(journey, Outcome.WITHDRAWN)
    lifted = asked(journey, QuestionKind.SUICIDAL_RISK)[-1]
    (support,) = journey.case.requests_for(Measure.PSY)
    assert lifted.answered_at is not None
    assert support.sent_at is not None
    assert support.sent_at >= lifted.answered_at, "no request stood in for a human act"
    # Before 26, the mission locale takes the place of France Travail.
    assert journey.requests(Measure.EMPLOYMENT) == [
        ("mission-locale-13", 1, RequestState.WITHDRAWN)
    ]
    assert asked(journey, QuestionKind.CANNOT_UNDO, Measure.EMPLOYMENT)
    # The online account is shared: the CPAM was asked by voice.
    assert [r.channel for r in journey.case.requests_for(Measure.HEALTH_COVER)] == [Channel.CALL]
    assert not journey.calls()
