"""Each row of the tables is lived by the real rules; together they leave nothing out."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import get_args
from uuid import UUID

import pytest

from connectors.bav import mapping as bav
from connectors.caf import mapping as caf
from connectors.france_travail import mapping as france_travail
from connectors.france_victimes import mapping as france_victimes
from connectors.petite_enfance import mapping as petite_enfance
from connectors.siao import mapping as siao
from core.settings import ROOT
from gateway.letterbox_form import form_for, read_reply
from models.act import Result
from models.agency import AgencyKind, Channel
from models.deadline import DeadlineKind
from models.measure import CHECKLISTS, Measure
from models.question import Choice, QuestionKind, Wish
from models.reply import ReplyKind
from models.request import AgencyRequest
from models.step import Ask, Expect, Step
from models.territories import load_territory
from models.territory import Agency
from tests.decisions.living import MEANWHILE, live
from tests.decisions.phrases import UnknownPhrase, parted
from tests.decisions.story import Heard, SaysNothing
from tests.decisions.tables import Row, all_rows, measure_of, pages
from tests.decisions.vocabulary import HAPPENS, STANDS
from tests.models.journey.cases import NOW

_TERRITORY = load_territory(ROOT / "territories", "21")
_CALLED = frozenset(choice for choice in Choice if choice.value.startswith("call_"))
_BY_API: dict[AgencyKind, frozenset[ReplyKind]] = {
    AgencyKind.CAF: frozenset(caf._KINDS.values()),
    AgencyKind.SIAO: frozenset(siao._KINDS.values()),
    AgencyKind.CHILDCARE: frozenset(petite_enfance._KINDS.values()),
    AgencyKind.FRANCE_TRAVAIL: frozenset(france_travail._KINDS.values()),
    AgencyKind.FRANCE_VICTIMES: frozenset(france_victimes._KINDS.values()),
    AgencyKind.JUSTICE: frozenset(bav._KINDS.values()),
}
"""What each kind of agency can say through its own connector."""

each_measure = pytest.mark.parametrize("measure", list(Measure), ids=lambda one: one.value)


@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_what_follows_is_what_the_table_says(row: Row) -> None:
    told, _ = live(row)

    assert told == row.follows, (
        f"\n{row.situation}\n{row.arrives}\nla table : {row.follows}\nles règles : {told}"
    )


# --- Nothing is left out


def heard() -> Iterator[tuple[Row, Heard]]:
    for row in all_rows():
        # A row that cannot be lived fails in its own name.
        with suppress(AssertionError):
            yield row, live(row)[1]


def test_each_measure_has_its_page() -> None:
    assert {measure_of(page) for page in pages()} == {*Measure, None}


def test_there_are_rows_enough_and_none_is_written_twice() -> None:
    written = Counter((row.measure, row.situation, row.arrives) for row in all_rows())

    assert len(written) >= 150
    assert [row for row, times in written.items() if times > 1] == []


@each_measure
def test_a_measure_has_rows_for_all_that_its_agencies_may_say(measure: Measure) -> None:
    said = {
        reply.kind
        for row, what in heard()
        if row.measure is measure
        for about, reply in what.replies
        if about is measure
    }

    assert may_say(measure) <= said


@each_measure
def test_a_measure_asked_by_phone_has_rows_for_each_result_of_a_call(measure: Measure) -> None:
    answered = {
        choice
        for row, what in heard()
        if row.measure is measure
        for question, choice in what.answers
        if question.kind is QuestionKind.CALL_AGENCY
    }
    is_called = any(agency.channel is Channel.CALL for agency in asked_for(measure))

    assert (_CALLED if is_called else set()) <= answered


def test_every_question_is_asked_in_a_row() -> None:
    asked = {step.kind for _, what in heard() for step in what.steps if isinstance(step, Ask)}

    assert set(QuestionKind) - asked == set()


def test_every_choice_is_answered_in_a_row() -> None:
    answered = {choice for _, what in heard() for _, choice in what.answers}

    assert set(Choice) - answered == set()


def test_every_wish_is_expressed_in_a_row() -> None:
    expressed = {wish for _, what in heard() for wish in what.wishes}

    assert set(Wish) - expressed == {Wish.NOTHING}


def test_every_deadline_is_reached_or_set_in_a_row() -> None:
    reached = {kind for _, what in heard() for kind in what.reached}
    expected = {step.kind for _, what in heard() for step in what.steps if isinstance(step, Expect)}

    # Reminders are those of a release before this one: no rule sets any.
    assert set(DeadlineKind) - reached - expected == {DeadlineKind.REMINDED}


def test_every_result_of_an_act_and_every_step_comes_in_a_row() -> None:
    results = {result for _, what in heard() for result in what.results}
    steps = {type(step) for _, what in heard() for step in what.steps}

    assert set(Result) - results == set()
    assert set(get_args(Step)) - steps == set()


def may_say(measure: Measure) -> set[ReplyKind]:
    return {kind for agency in asked_for(measure) for kind in _may_say(agency, measure)}


def asked_for(measure: Measure) -> list[Agency]:
    if measure in CHECKLISTS:
        return []
    plan = _TERRITORY.measures[measure]
    return [_TERRITORY.agency(code) for code in (*plan.agencies, plan.stop_gap) if code]


def _may_say(agency: Agency, measure: Measure) -> set[ReplyKind]:
    match agency.channel:
        case Channel.API:
            return set(_BY_API[agency.kind])
        case Channel.LETTERBOX:
            return _in_the_letterbox(agency, measure)
        case Channel.CALL:
            return set()


def _in_the_letterbox(agency: Agency, measure: Measure) -> set[ReplyKind]:
    form = form_for(measure)
    request = AgencyRequest(
        reference="21-TESTXX", measure=measure, agency=agency.code, channel=agency.channel
    )
    filled = {"motif": "other", "piece": "other_document", "envoi": str(UUID(int=1))}
    return {read_reply({**filled, "reponse": answer}, request, NOW).kind for answer in form.answers}


# --- The vocabulary is closed


def test_every_phrase_of_the_vocabulary_serves_in_a_row() -> None:
    phrases = [
        phrase.removeprefix(MEANWHILE)
        for row in all_rows()
        for phrase in (*parted(row.situation), row.arrives)
    ]
    serves = {words.meaning_of(phrase) for words in (STANDS, HAPPENS) for phrase in phrases}

    assert {*STANDS.known(), *HAPPENS.known()} - serves == set()


def row_that_says(situation: str, arrives: str) -> Row:
    return Row("auu", "", 0, situation, arrives, "")


@pytest.mark.parametrize(
    ("situation", "arrives"),
    [
        ("demandée à la préfecture", "la CAF accuse réception"),
        ("demandée à la CAF, envoyée", "la CAF réfléchit encore"),
    ],
)
def test_an_unknown_phrase_fails_and_is_named(situation: str, arrives: str) -> None:
    with pytest.raises(UnknownPhrase, match=r"la préfecture|réfléchit encore"):
        live(row_that_says(situation, arrives))


@pytest.mark.parametrize(
    ("situation", "arrives", "why"),
    [
        ("plan signé", "la CAF accuse réception", "rien n'est demandé"),
        ("demandée à la CAF, envoyée", "la CAF refuse : mauvaise humeur", "mauvaise humeur"),
        ("demandée à la CAF", "le référent répond « Signer le plan »", "aucune question"),
        ("demandée à la CAF, reçue", "« Envoyer la demande » : fait", "aucun acte"),
        ("demandée à la CAF", "l'échéance « Décision du juge » passe", "aucune échéance"),
    ],
)
def test_a_phrase_that_does_not_fit_the_story_fails_and_says_why(
    situation: str, arrives: str, why: str
) -> None:
    with pytest.raises(SaysNothing, match=why):
        live(row_that_says(situation, arrives))
