"""What is held before anything leaves: a path to the alleged perpetrator, a doubt, an agency linked
to them.
"""

from models.about import Doubt
from models.agency import Channel, Emission
from models.journal import Event
from models.measure import Measure
from models.question import Choice, QuestionKind, Wish
from models.request import RequestState
from tests.journey.driver import Journey


def test_a_request_that_would_betray_the_departure_is_retained_until_the_referent_calls(
    journey: Journey,
) -> None:
    journey.starts(
        "mere-de-deux-enfants", Measure.EMPLOYMENT, person={"shared_accounts": ["online"]}
    )
    journey.plans()

    held = journey.question(QuestionKind.LEAK_PATH, Measure.EMPLOYMENT)
    assert held.about == Emission.ONLINE_ACCOUNT
    title = journey.form()["properties"][held.field]["title"]
    assert "RETENU : France Travail" in title
    assert not journey.case.requests
    journey.answers(QuestionKind.LEAK_PATH, Choice.USE_CALL)

    assert journey.request(Measure.EMPLOYMENT).channel is Channel.CALL
    assert journey.asks(QuestionKind.CALL_AGENCY, Measure.EMPLOYMENT)
    assert not journey.calls()


def test_a_doubt_about_the_allowance_is_told_with_its_amount_and_nothing_leaves_before_a_choice(
    journey: Journey,
) -> None:
    journey.starts("grande-fratrie", Measure.AUU, person={"evidence": []})
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)
    journey.confirms_plan()

    doubts = {doubt.about: doubt for doubt in journey.case.open_questions(QuestionKind.DOUBT)}
    assert set(doubts) == {Doubt.EVIDENCE_MISSING, Doubt.SHARED_FILE}
    told = journey.form()["properties"][doubts[Doubt.EVIDENCE_MISSING].field]
    assert "CASF L214-9" in told["title"]
    assert "Estimation indicative" in told["description"]
    assert "€, en don" in told["description"]
    journey.answers(QuestionKind.SIGN_PLAN, Choice.SIGN)
    assert not journey.calls()

    journey.answers(QuestionKind.DOUBT, Choice.SEND_ANYWAY)
    assert not journey.calls(), "the other doubt is open"
    journey.answers(QuestionKind.DOUBT, Choice.DOUBT_SETTLED)
    assert journey.sent_once("caf-59", "send")


def test_an_agency_linked_to_the_alleged_perpetrator_is_left_out_and_the_plan_goes_around_it(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.PSY)
    journey.plans()

    journey.wishes(Wish.CONFLICT)
    journey.answers(QuestionKind.CONFLICT, "conflict_with:france-victimes-21")

    assert journey.asks(QuestionKind.TELL_RECALL, Measure.PSY), "by voice: nothing is written"
    assert not journey.case.has_consent(Measure.PSY, "france-victimes-21")
    assert [entry.agency for entry in journey.events(Event.AGENCY_EXCLUDED)] == [
        "france-victimes-21"
    ]
    assert Choice.ASK_AGAIN not in journey.question(QuestionKind.NEXT_STEP).options
    journey.answers(QuestionKind.NEXT_STEP, Choice.ASK_NEXT_AGENCY)
    assert journey.requests(Measure.PSY) == [
        ("france-victimes-21", 1, RequestState.WITHDRAWN),
        ("cmp-21", 1, RequestState.DRAFT),
    ]
    assert [call.verb for call in journey.calls()] == ["send"], "nothing more since"
