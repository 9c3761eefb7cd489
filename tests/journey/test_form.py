"""The form: several questions at once, stale tabs, a bare click, two people answering."""

from models.labels import label
from models.measure import Measure, MeasureState
from models.question import Choice, QuestionKind
from store.news import record_answer
from tests.journey.driver import Journey


def test_two_questions_stand_in_one_form_and_the_one_left_for_later_stays(
    journey: Journey,
) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU, Measure.PSY)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)

    journey.answers(QuestionKind.CONFIRM_MEASURE, Choice.AGREED_WRITTEN, Measure.AUU)

    assert journey.measure(Measure.AUU) is MeasureState.AGREED
    assert journey.asks(QuestionKind.CONFIRM_MEASURE, Measure.PSY)
    assert not journey.asks(QuestionKind.CONFIRM_MEASURE, Measure.AUU)


def test_a_bare_click_on_resume_approves_nothing(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    before = [(q.slot, q.answer) for q in journey.case.questions]

    journey.submits({})

    assert [(q.slot, q.answer) for q in journey.case.questions] == before


def test_a_stale_tab_is_refused_by_the_form_itself(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    stale = journey.question(QuestionKind.FIRST_CONTACT).field
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)

    status = journey.resume({stale: label(Choice.CONTACT_LOST)})

    assert status == "REJECT"
    assert journey.asks(QuestionKind.DANGER)


def test_the_first_answer_wins_and_the_journal_says_who_gave_it(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    question = journey.question(QuestionKind.FIRST_CONTACT)
    field = {question.field: label(Choice.CONTACT_LOST)}
    assert record_answer(journey.reference, question.id or 0, Choice.REACHED, "pnd:exemple")

    assert journey.resume(field) == "ACCEPT"
    journey.settles()

    answered = journey.case.question(question.id)
    assert (answered.answer, answered.answered_by) == (Choice.REACHED, "pnd:exemple")
    assert journey.asks(QuestionKind.DANGER)


def test_the_form_is_in_french_with_nothing_to_type(journey: Journey) -> None:
    journey.starts("mere-de-deux-enfants", Measure.AUU)
    journey.answers(QuestionKind.FIRST_CONTACT, Choice.REACHED)

    fields = journey.form()["properties"]

    assert list(fields)[-1] == "agir"
    assert all(field["type"] == "string" and "enum" in field for field in fields.values())
    assert all(field["default"] in field["enum"] for field in fields.values())
    assert any("Aide universelle d'urgence" in field["title"] for field in fields.values())
