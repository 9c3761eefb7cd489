"""What a referent reads of a question: French, hours, rules of contact, and never a person."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from models.about import ABOUT
from models.case import Case
from models.departure import MeasureWish
from models.facts import facts_of
from models.journey.asking import CONTACT_KINDS
from models.labels import label
from models.measure import CHECKLISTS, Measure, MeasureState
from models.person import ResourcesBand
from models.question import Choice, Question, QuestionKind, Wish
from models.referral import Referral
from models.reply import Detail
from models.request import RequestState
from models.territories import load_territories
from models.wording import (
    about_name,
    contact_rules,
    help_of,
    local_hour,
    option_label,
    title_of,
)
from tests.models.journey.cases import NOW, REFERENCE, a_case, a_question, a_request, the_facts
from tests.models.journey.lives import Life

TERRITORIES = load_territories(ROOT / "territories")
_EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
_OF_A_REQUEST = (
    QuestionKind.CALL_AGENCY,
    QuestionKind.TELL_RECALL,
    QuestionKind.OFFER,
    QuestionKind.MISSING_DOCUMENT,
    QuestionKind.NEXT_STEP,
)
_OF_A_MEASURE = (
    QuestionKind.CONFIRM_MEASURE,
    QuestionKind.LATE_REPLY,
    QuestionKind.CONFIRM_DELIVERY,
    QuestionKind.DOUBT,
    QuestionKind.LEAK_PATH,
    QuestionKind.NO_AGENCY,
    QuestionKind.ALTERNATIVE,
    QuestionKind.CHECKLIST,
    QuestionKind.RENEW_CONSENT,
    QuestionKind.CANNOT_UNDO,
)


def _question(case: Case, kind: QuestionKind, about: str | None = None) -> Question:
    if kind in _OF_A_REQUEST:
        request = a_request(case, RequestState.REFUSED, measure=Measure.HOUSING, agency="siao-21")
        return a_question(case, kind, request, about=about)
    measure = Measure.HOUSING if kind in _OF_A_MEASURE else None
    agency = "siao-21" if measure else None
    question = a_question(case, kind, measure=measure, agency=agency, about=about)
    question.day = 7 if kind is QuestionKind.FOLLOW_UP else None
    return question


# --- The question itself


@pytest.mark.parametrize("kind", QuestionKind)
def test_every_question_has_a_title_and_an_hour_in_french(kind: QuestionKind) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    question = _question(case, kind)

    title, told = title_of(question, case), help_of(question, case)

    assert len(title) > 10
    assert told.startswith("À décider avant : mer. 25/11/2026 à 09 h 00.")
    for shown in (title, told):
        assert "None" not in shown
        assert kind.value not in shown.split()
        assert "siao-21" not in shown


@pytest.mark.parametrize(
    ("kind", "about"),
    [(kind, member) for kind, known in ABOUT.items() for one in known for member in one],
)
def test_what_a_question_is_about_is_named_in_its_title(kind: QuestionKind, about: StrEnum) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    question = _question(case, kind, about.value)

    assert about_name(question) == label(about)
    assert label(about) in title_of(question, case)


def test_a_missing_piece_and_what_is_offered_are_named() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    missing = _question(case, QuestionKind.MISSING_DOCUMENT)
    offer = _question(case, QuestionKind.OFFER)
    missing.detail, offer.detail = Detail.BANK_DETAILS, Detail.DEDICATED_PLACE

    assert "Relevé d'identité bancaire" in title_of(missing, case)
    assert "Place dédiée" in title_of(offer, case)


def test_the_agency_that_would_be_asked_next_is_named() -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    question = _question(case, QuestionKind.NEXT_STEP)
    question.agency = "inter-siao-21"

    assert "Organisme suivant : Coopération inter-SIAO" in title_of(question, case)


def test_a_call_shows_whom_to_ring_and_a_list_names_no_agency() -> None:
    case = a_case(heberg=MeasureState.ONGOING)

    assert "03 53 01 21 03" in title_of(_question(case, QuestionKind.CALL_AGENCY), case)
    for measure in CHECKLISTS:
        asked = a_question(case, QuestionKind.CONFIRM_MEASURE, measure=measure)
        assert "organisme à choisir" not in title_of(asked, case)


# --- What stands beside it


def test_a_question_that_was_handed_over_says_to_whom_and_that_it_is_late() -> None:
    case = a_case()
    question = a_question(case, QuestionKind.DEPARTURE_DAY)
    question.asked_of, question.overdue_at = "coord-21", NOW

    told = help_of(question, case)

    assert told.startswith("EN RETARD — À décider avant")
    assert "Confiée à coord-21." in told


def test_a_question_that_stands_with_the_referent_is_handed_to_nobody() -> None:
    case = a_case()

    assert "Confiée" not in help_of(a_question(case, QuestionKind.DEPARTURE_DAY), case)


def test_a_call_for_a_shelter_says_that_no_proof_may_be_asked_for() -> None:
    case = a_case(heberg=MeasureState.ONGOING, psy=MeasureState.ONGOING)
    shelter = _question(case, QuestionKind.CALL_AGENCY)
    support = a_question(
        case, QuestionKind.CALL_AGENCY, a_request(case, measure=Measure.PSY, agency="cmp-21")
    )

    assert "Aucune preuve ne peut être exigée" in help_of(shelter, case)
    assert "Aucune preuve" not in help_of(support, case)


@pytest.mark.parametrize("kind", [QuestionKind.CALL_AGENCY, QuestionKind.TELL_RECALL])
def test_a_call_to_an_agency_with_a_linked_agent_is_for_its_head_only(kind: QuestionKind) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    question = _question(case, kind)
    assert "Demandez la direction" not in help_of(question, case)

    case.facts = the_facts(guarded_agencies=["siao-21"])

    assert "Demandez la direction" in help_of(question, case)


# --- The amount of the allowance


@pytest.mark.parametrize(
    ("children", "band", "on", "told"),
    [
        # 652,33 € × 1,5 for one child; the scale of 2026 was not read in an official text.
        (
            1,
            ResourcesBand.UP_TO_HALF,
            NOW,
            "Estimation indicative, barème non confirmé : 978,50 €, en don ; la caisse décide.",
        ),
        # 646,52 € less 20 %.
        (
            0,
            ResourcesBand.UP_TO_ONE,
            datetime(2025, 12, 1, 9, tzinfo=UTC),
            "Estimation indicative : 517,22 €, en don ; la caisse décide.",
        ),
        (
            0,
            ResourcesBand.UP_TO_ONE,
            datetime(2024, 6, 1, 9, tzinfo=UTC),
            "Montant : barème inconnu à cette date.",
        ),
    ],
)
@pytest.mark.parametrize("kind", [QuestionKind.CONFIRM_MEASURE, QuestionKind.DOUBT])
def test_the_amount_that_may_come_is_told_as_indicative_before_it_is_asked_for(
    kind: QuestionKind, children: int, band: ResourcesBand, on: datetime, told: str
) -> None:
    case = a_case(facts=the_facts(children_under_21=children, resources_band=band))
    case.now = on
    question = a_question(case, kind, measure=Measure.AUU, agency="caf-21")

    assert told in help_of(question, case)


def test_no_amount_is_told_of_another_measure_or_once_it_was_asked_for() -> None:
    case = a_case(psy=MeasureState.WISHED, auu=MeasureState.ONGOING)
    support = a_question(case, QuestionKind.CONFIRM_MEASURE, measure=Measure.PSY, agency="cmp-21")
    done = a_question(case, QuestionKind.CONFIRM_DELIVERY, measure=Measure.AUU)

    for question in (support, done):
        assert "€" not in help_of(question, case)


# --- How the person is reached


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_the_rules_of_contact_never_show_a_number_a_word_or_a_name(path: Path) -> None:
    referral = Referral.model_validate_json(path.read_text())
    case = a_case(facts=facts_of(REFERENCE, referral, NOW.date()))
    person, sheet = referral.person, referral.person.safe_contact
    secrets = [channel.value for channel in sheet.channels]
    secrets += [sheet.code_word, sheet.cover_story, person.given_name, person.family_name]
    secrets += [person.mail_address or "", *(child.given_name for child in person.children)]

    shown = [contact_rules(case)]
    shown += [help_of(_question(case, kind), case) for kind in QuestionKind]
    shown += [title_of(question, case) for question in case.questions]

    for secret in filter(None, secrets):
        assert not any(secret in text for text in shown)


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ({"channels": ["phone", "third_party"]}, "téléphone, par un tiers de confiance"),
        ({"caller_id_hidden": True}, "numéro masqué"),
        ({"may_leave_voicemail": False}, "pas de message vocal"),
        ({"may_leave_voicemail": True}, "message vocal permis"),
        ({"device_compromised": True}, "aucun lien"),
        # Not known: no link is ever sent.
        ({"device_compromised": None}, "aucun lien"),
        ({"has_code_word": True}, "mot de code"),
        ({"has_cover_story": True}, "prétexte convenu"),
        # Monday 23 November, nine in the morning: the window is open.
        ({}, "Prochain créneau sûr : lun. 23/11/2026 à 08 h 00, jusqu'à 12 h 00."),
    ],
)
def test_the_rules_of_contact_say_how_and_when(sheet: dict[str, Any], said: str) -> None:
    assert said in contact_rules(a_case(facts=the_facts(**sheet)))


@pytest.mark.parametrize(
    ("sheet", "unsaid"),
    [
        ({"caller_id_hidden": False}, "numéro masqué"),
        ({"may_leave_voicemail": True}, "pas de message"),
        ({"device_compromised": False}, "aucun lien"),
        ({"has_code_word": False}, "mot de code"),
        ({"has_cover_story": False}, "prétexte"),
        ({"windows": []}, "créneau"),
    ],
)
def test_the_rules_of_contact_say_no_more_than_the_sheet(
    sheet: dict[str, Any], unsaid: str
) -> None:
    assert unsaid not in contact_rules(a_case(facts=the_facts(**sheet)))


@pytest.mark.parametrize("kind", QuestionKind)
def test_the_rules_of_contact_stand_by_every_question_for_which_the_person_is_reached(
    kind: QuestionKind,
) -> None:
    case = a_case(heberg=MeasureState.ONGOING)

    told = help_of(_question(case, kind), case)

    assert ("Contact sûr" in told) is (kind in CONTACT_KINDS)


# --- The answers


@pytest.mark.parametrize("code", TERRITORIES)
@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (Wish.TAKE_BACK, QuestionKind.TAKE_BACK),
        (Wish.CONFLICT, QuestionKind.CONFLICT),
        (Wish.TRANSFER, QuestionKind.TRANSFER),
        (Wish.JUSTICE, QuestionKind.PROTECTION),
        (Wish.NEW_FACT, QuestionKind.NEW_FACT),
        (Wish.CLOSE, QuestionKind.CLOSE),
    ],
)
def test_no_two_answers_to_one_question_read_the_same(
    code: str, wish: Wish, kind: QuestionKind
) -> None:
    case = a_case()
    case.territory = TERRITORIES[code]
    case.elsewhere = {other: t.name for other, t in TERRITORIES.items() if other != code}
    case.wishes = [
        MeasureWish(reference=REFERENCE, measure=measure, state=MeasureState.WISHED)
        for measure in Measure
    ]
    life = Life(case)
    life.wishes(wish)

    labels = [option_label(option, case) for option in life.asked(kind).options]

    assert len(labels) > 2
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("take_back:garde", "Retirer : Garde d'enfants"),
        ("conflict_with:caf-21", "Écarter : CAF de la Côte-d'Or"),
        ("transfer_to:59", "Passer à : Nord (59)"),
        (Choice.TAKE_BACK_NOTHING.value, "Ne rien retirer"),
    ],
)
def test_an_answer_names_what_it_is_about(option: str, told: str) -> None:
    assert option_label(option, a_case()) == told


# --- The hours


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        (datetime(2026, 3, 12, 17, 0, tzinfo=UTC), "jeu. 12/03/2026 à 18 h 00"),
        (datetime(2026, 7, 14, 7, 5, tzinfo=UTC), "mar. 14/07/2026 à 09 h 05"),
        # The end of a day, and not the beginning of the next.
        (datetime(2026, 11, 25, 23, 0, tzinfo=UTC), "mer. 25/11/2026 à 24 h 00"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "jeu. 31/12/2026 à 24 h 00"),
    ],
)
def test_an_instant_is_told_as_the_clock_of_the_territory_shows_it(
    instant: datetime, told: str
) -> None:
    assert local_hour(instant, TERRITORIES["21"]) == told


def test_an_instant_is_told_in_the_hour_of_the_island() -> None:
    instant = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)

    assert local_hour(instant, TERRITORIES["974"]) == "mer. 25/11/2026 à 24 h 00"
