"""The person decides, and changes their mind: at any moment, without penalty."""

from models.about import Trigger
from models.consent import Consent
from models.departure import DepartureState, Outcome
from models.journal import Event
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind, Wish
from models.request import RequestState
from tests.journey.driver import Journey


def living(consents: list[Consent]) -> list[Consent]:
    return [consent for consent in consents if consent.withdrawn_at is None]


def test_a_measure_taken_back_is_recalled_once_and_the_others_go_on(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.plans()

    journey.wishes(Wish.TAKE_BACK)
    journey.answers(QuestionKind.TAKE_BACK, "take_back:auu")

    assert journey.sent_once("caf-21", "recall")
    assert journey.request(Measure.AUU).state is RequestState.WITHDRAWN
    assert not journey.case.has_consent(Measure.AUU, "caf-21")
    assert not journey.calls("france-victimes-21", "recall")
    assert journey.measure(Measure.PSY) is MeasureState.ONGOING


def test_a_return_home_recalls_everything_and_leaves_nothing_running(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.plans()

    journey.wishes(Wish.WENT_BACK)

    assert journey.state is DepartureState.PAUSED
    assert journey.sent_once("caf-21", "recall")
    assert journey.sent_once("france-victimes-21", "recall")
    assert not living(journey.case.consents)
    assert not [d for d in journey.case.running() if d.question_id is None]
    # Danger: the return is one of the moments at which it is assessed anew.
    asked = {q.kind: q.about for q in journey.case.open_questions()}
    assert asked == {QuestionKind.REOPEN: None, QuestionKind.DANGER: Trigger.RETURN_HOME}


def test_reopening_is_one_choice_and_everything_is_asked_again(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.plans()
    journey.wishes(Wish.WENT_BACK)

    journey.answers(QuestionKind.REOPEN, Choice.REOPEN)
    assert journey.state is DepartureState.CONTACTED
    assert len(journey.calls("caf-21", "send")) == 1, "nothing leaves before a new yes"
    journey.confirms_plan()
    journey.signs()

    keys = [call.idempotency_key for call in journey.calls("caf-21", "send")]
    assert keys == [f"{journey.reference}:auu:caf-21:{attempt}" for attempt in (1, 2)]


def test_a_plan_that_is_revised_is_confirmed_again_before_anything_leaves(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    journey.confirms_plan()

    journey.answers(QuestionKind.SIGN_PLAN, Choice.REVISE)

    assert journey.asks(QuestionKind.CONFIRM_MEASURE, Measure.AUU)
    assert journey.asks(QuestionKind.CONFIRM_MEASURE, Measure.PSY)
    assert not journey.calls()


def test_a_departure_can_be_closed_at_any_moment_and_what_is_pending_is_recalled(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.plans()

    journey.wishes(Wish.CLOSE)
    journey.answers(QuestionKind.CLOSE, Choice.CLOSE_WITHDRAWN)

    assert journey.case.departure.outcome is Outcome.WITHDRAWN
    assert journey.sent_once("caf-21", "recall")
    assert journey.flow_run.state_name == "Completed"


def test_danger_named_at_any_moment_is_put_first_and_reviewed_within_a_day(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.plans()

    journey.wishes(Wish.DANGER)
    question = journey.question(QuestionKind.DANGER_NOW)
    assert (question.due_at - question.opened_at).total_seconds() <= 2 * 3600
    journey.answers(QuestionKind.DANGER_NOW, Choice.POLICE_CALLED)
    journey.passes(hours=24)

    assert journey.asks(QuestionKind.DANGER_NOW)
    assert journey.events(Event.DANGER_SET)


def test_immediate_danger_in_the_referral_asks_for_shelter_before_anything_else(
    journey: Journey,
) -> None:
    journey.starts("danger-immediat")

    assert journey.asks(QuestionKind.DANGER_NOW)
    assert journey.asks(QuestionKind.FIRST_CONTACT)
    assert journey.request(Measure.HOUSING).state is not RequestState.DRAFT
    asked = {request.measure for request in journey.case.requests}
    assert asked == {Measure.HOUSING}, "only housing leaves before the plan is signed"
