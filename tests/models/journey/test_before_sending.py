"""Before anything is sent: no path to the alleged perpetrator, and no doubt that nobody judged."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.about import Doubt
from models.act import Verb
from models.agency import Channel, Emission
from models.case import Case
from models.danger import DangerBand
from models.deadline import DeadlineKind
from models.departure import DepartureState
from models.facts import Facts
from models.journey.approach import approach, candidates, may_be_read, may_leave
from models.journey.doubts import doubts, last_allowance, open_doubts
from models.journey.leaks import (
    betrays,
    channel_for,
    doubt_slot,
    is_set_aside,
    leak_slot,
    unsafe_paths,
)
from models.journey.requests import requests
from models.measure import Measure, MeasureState
from models.person import ParentalAuthority
from models.question import Choice, Question, QuestionKind
from models.reply import ReplyKind
from models.request import ENDED, AgencyRequest, RequestState
from tests.models.journey.cases import (
    NOW,
    a_case,
    a_question,
    a_request,
    a_yes,
    in_words,
    the_facts,
)
from tests.models.journey.lives import Life

_ALONE = (ParentalAuthority.SOLE, ParentalAuthority.SUSPENDED)

# --- What betrays

_BETRAYS: list[tuple[Emission, dict[str, Any], bool]] = [
    (Emission.LETTER, {"mail_is_safe": True}, False),
    (Emission.LETTER, {"mail_is_safe": False}, True),
    (Emission.HOUSEHOLD_FILE, {"shares_file": False}, False),
    (Emission.HOUSEHOLD_FILE, {"shares_file": True}, True),
    (Emission.ONLINE_ACCOUNT, {}, False),
    (Emission.ONLINE_ACCOUNT, {"shared_accounts": ["email", "phone"]}, False),
    (Emission.ONLINE_ACCOUNT, {"shared_accounts": ["online"]}, True),
    (Emission.ONLINE_ACCOUNT, {"device_compromised": True}, True),
    (Emission.EMAIL, {"channels": ["email"]}, False),
    (Emission.EMAIL, {"channels": ["phone", "sms"]}, True),
    (Emission.EMAIL, {"channels": ["email"], "shared_accounts": ["email"]}, True),
    (Emission.EMAIL, {"channels": ["email"], "device_compromised": True}, True),
    (Emission.SMS, {"channels": ["sms"]}, False),
    (Emission.SMS, {"channels": ["phone"]}, True),
    (Emission.SMS, {"channels": ["sms"], "shared_accounts": ["phone"]}, True),
    (Emission.SMS, {"channels": ["sms"], "device_compromised": True}, True),
    (Emission.PHONE_CALL, {"channels": ["phone"]}, False),
    (Emission.PHONE_CALL, {"channels": ["sms"]}, False),
    (Emission.PHONE_CALL, {"channels": ["email"]}, True),
    (Emission.PHONE_CALL, {"channels": ["phone"], "shared_accounts": ["phone"]}, True),
    (Emission.PHONE_CALL, {"channels": ["phone"], "device_compromised": True}, True),
    # The agency rings the association.
    (Emission.PHONE_CALL, {"channels": ["third_party"]}, False),
    (
        Emission.PHONE_CALL,
        {"channels": ["phone", "third_party"], "shared_accounts": ["phone"]},
        False,
    ),
    (Emission.BANK_LABEL, {"joint_account": False}, False),
    (Emission.BANK_LABEL, {"joint_account": True}, True),
    *(
        (Emission.SCHOOL_CERTIFICATE, {"parental_authority": held}, held not in _ALONE)
        for held in ParentalAuthority
    ),
    (Emission.NOTIFIED_TO_OTHER, {}, True),
]


@pytest.mark.parametrize(("emission", "household", "betrayed"), _BETRAYS)
def test_what_an_agency_emits_betrays_a_departure_when_it_comes_before_the_wrong_eyes(
    emission: Emission, household: dict[str, Any], betrayed: bool
) -> None:
    assert betrays(emission, the_facts(**household)) is betrayed


def test_everything_that_an_agency_can_emit_is_held_against_the_sheet() -> None:
    assert {emission for emission, _, _ in _BETRAYS} == set(Emission)


def _exposed(**otherwise: Any) -> Facts:
    """Return a household of which everything is seen."""
    seen: dict[str, Any] = {
        "mail_is_safe": False,
        "shares_file": True,
        "channels": ["email"],
        "shared_accounts": ["email", "phone", "online"],
        "device_compromised": True,
        "parental_authority": ParentalAuthority.JOINT,
    }
    return the_facts(**seen | otherwise)


@pytest.mark.parametrize(
    ("measure", "agency", "unsafe"),
    [
        # What our request holds back is no path: a separate file, no letter, no link.
        (Measure.AUU, "caf-21", []),
        (Measure.DEPARTEMENT, "departement-21", []),
        (Measure.SCHOOL, "dsden-21", []),
        (Measure.CHILDCARE, "petite-enfance-21", []),
        (Measure.EMPLOYMENT, "france-travail-21", [Emission.ONLINE_ACCOUNT]),
        (Measure.HOUSING, "siao-21", [Emission.PHONE_CALL]),
    ],
)
def test_only_what_cannot_be_held_back_is_an_unsafe_path(
    measure: Measure, agency: str, unsafe: list[Emission]
) -> None:
    case = a_case(facts=_exposed())

    assert unsafe_paths(case, measure, agency) == unsafe


def test_a_joint_account_is_a_path_that_the_caisse_cannot_hold_back() -> None:
    case = a_case(facts=the_facts(joint_account=True))

    assert unsafe_paths(case, Measure.AUU, "caf-21") == [Emission.BANK_LABEL]


# --- What a human makes of an unsafe path


def _judged(
    case: Case,
    answer: Choice,
    *,
    measure: Measure = Measure.HOUSING,
    agency: str = "siao-21",
    about: Emission = Emission.PHONE_CALL,
) -> Question:
    slot = leak_slot(case, measure, agency)
    return a_question(
        case,
        QuestionKind.LEAK_PATH,
        answer=answer,
        measure=measure,
        agency=agency,
        about=about.value,
        slot=f"{slot}{case.times_asked(slot) + 1}",
    )


def _watched_phone(state: MeasureState = MeasureState.AGREED) -> Case:
    case = a_case(facts=the_facts(shared_accounts=["phone"]), heberg=state)
    a_yes(case, Measure.HOUSING, "siao-21")
    return case


@pytest.mark.parametrize(
    ("answer", "is_cleared"),
    [
        (Choice.PATH_MADE_SAFE, True),
        (Choice.USE_CALL, True),
        (Choice.USE_OTHER_AGENCY, False),
        (Choice.WAIT, False),
        (Choice.GIVE_UP, False),
    ],
)
def test_a_path_is_safe_once_somebody_made_it_so(answer: Choice, is_cleared: bool) -> None:
    case = _watched_phone()

    _judged(case, answer)

    assert (unsafe_paths(case, Measure.HOUSING, "siao-21") == []) is is_cleared


@pytest.mark.parametrize(
    "otherwise",
    [
        {"agency": "hotel-21"},
        {"measure": Measure.JUSTICE},
        {"about": Emission.LETTER},
    ],
    ids=["another agency", "another measure", "another path"],
)
def test_a_path_made_safe_says_nothing_of_any_other(otherwise: dict[str, Any]) -> None:
    case = _watched_phone()

    _judged(case, Choice.PATH_MADE_SAFE, **otherwise)

    assert unsafe_paths(case, Measure.HOUSING, "siao-21") == [Emission.PHONE_CALL]


def test_a_path_made_safe_is_judged_anew_when_the_person_leaves_again() -> None:
    case = _watched_phone()
    _judged(case, Choice.PATH_MADE_SAFE)

    case.departure.round = 2

    assert unsafe_paths(case, Measure.HOUSING, "siao-21") == [Emission.PHONE_CALL]


def test_a_late_offer_that_is_taken_up_is_not_lost_to_a_path_that_nobody_judges_anew() -> None:
    case = _watched_phone(MeasureState.WISHED)
    _judged(case, Choice.PATH_MADE_SAFE)
    case.departure.state = DepartureState.PAUSED
    request = a_request(case, RequestState.WITHDRAWN, measure=Measure.HOUSING, agency="siao-21")
    life = Life(case)
    life.hears(request, ReplyKind.OFFER, offer="OF-1")

    life.answers(life.asked(QuestionKind.LATE_REPLY), Choice.TAKE_UP)

    is_asked = any(q.about == "phone_call" for q in case.open_questions(QuestionKind.LEAK_PATH))
    assert is_asked or may_leave(case, Verb.ACCEPT_OFFER, request)


@pytest.mark.parametrize(
    ("answer", "channel"),
    [
        (Choice.USE_CALL, Channel.CALL),
        (Choice.PATH_MADE_SAFE, Channel.API),
        (Choice.WAIT, Channel.API),
    ],
)
def test_an_agency_is_asked_by_voice_when_that_was_chosen(answer: Choice, channel: Channel) -> None:
    case = _watched_phone()

    _judged(case, answer)

    assert channel_for(case, Measure.HOUSING, case.territory.agency("siao-21")) is channel


def test_an_agency_with_a_linked_agent_is_asked_by_voice() -> None:
    case = a_case(facts=the_facts(guarded_agencies=["caf-21"]))

    assert channel_for(case, Measure.AUU, case.territory.agency("caf-21")) is Channel.CALL
    assert channel_for(case, Measure.AUU, case.territory.agency("msa-21")) is Channel.LETTERBOX


def test_an_agency_that_was_passed_over_is_no_candidate_until_the_person_leaves_again() -> None:
    case = _watched_phone()
    _judged(case, Choice.USE_OTHER_AGENCY)

    assert [a.code for a in candidates(case, Measure.HOUSING)] == ["inter-siao-21"]
    case.departure.round = 2
    assert [a.code for a in candidates(case, Measure.HOUSING)] == ["siao-21", "inter-siao-21"]


@pytest.mark.parametrize(
    "answers",
    [
        (Choice.PATH_MADE_SAFE, Choice.USE_OTHER_AGENCY),
        (Choice.USE_OTHER_AGENCY, Choice.PATH_MADE_SAFE),
    ],
)
def test_of_two_paths_one_is_enough_to_pass_an_agency_over(answers: tuple[Choice, ...]) -> None:
    case = a_case(emploi=MeasureState.ONGOING)
    slot = leak_slot(case, Measure.EMPLOYMENT, "france-travail-21")
    for nth, (answer, path) in enumerate(zip(answers, ("email", "online_account"), strict=True), 1):
        a_question(
            case,
            QuestionKind.LEAK_PATH,
            answer=answer,
            measure=Measure.EMPLOYMENT,
            agency="france-travail-21",
            about=path,
            slot=f"{slot}{nth}",
        )

    assert is_set_aside(case, Measure.EMPLOYMENT, "france-travail-21")


def test_another_agency_because_of_a_path_is_asked_for_with_a_yes_of_its_own() -> None:
    case = a_case(facts=the_facts(shared_accounts=["phone"]), heberg=MeasureState.ONGOING)
    a_yes(case, Measure.HOUSING, "siao-21")
    life = Life(case)
    siao = case.territory.agency("siao-21")
    life.does(approach(case, Measure.HOUSING, siao, in_parallel=True))

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.USE_OTHER_AGENCY)

    assert life.asked(QuestionKind.ALTERNATIVE).agency == "inter-siao-21"
    assert not case.requests


def test_a_request_leans_on_the_doubt_that_was_settled_in_its_own_round() -> None:
    case = a_case(facts=the_facts(joint_account=True))
    a_yes(case)
    request = a_request(case)
    a_question(
        case,
        QuestionKind.DOUBT,
        answer=Choice.DOUBT_SETTLED,
        measure=Measure.AUU,
        about=Doubt.JOINT_ACCOUNT,
        slot=f"{doubt_slot(case, Measure.AUU, Doubt.JOINT_ACCOUNT)}1",
    )
    assert may_leave(case, Verb.SUPPLY_DOCUMENT, request)

    case.departure.round = 2

    assert may_leave(case, Verb.SUPPLY_DOCUMENT, request)


@pytest.mark.parametrize(
    ("measure", "agency", "others", "ways"),
    [
        (
            Measure.HOUSING,
            "siao-21",
            True,
            [Choice.PATH_MADE_SAFE, Choice.USE_CALL, Choice.USE_OTHER_AGENCY],
        ),
        # The phone is already the way.
        (Measure.HOUSING, "inter-siao-21", True, [Choice.PATH_MADE_SAFE, Choice.USE_OTHER_AGENCY]),
        # Nobody else may be asked.
        (Measure.JUSTICE, "bav-21", False, [Choice.PATH_MADE_SAFE, Choice.USE_CALL]),
    ],
)
def test_an_unsafe_path_is_put_to_the_referent_with_the_ways_that_there_are(
    measure: Measure, agency: str, others: bool, ways: list[Choice]
) -> None:
    case = a_case(facts=the_facts(shared_accounts=["phone"]), having={measure: MeasureState.AGREED})
    life = Life(case)

    life.does(approach(case, measure, case.territory.agency(agency)))

    asked = life.asked(QuestionKind.LEAK_PATH)
    assert (asked.measure, asked.agency, asked.about) == (measure, agency, "phone_call")
    assert asked.options == [*ways, Choice.WAIT, Choice.GIVE_UP]
    assert not case.requests


def test_nothing_is_sent_along_an_unsafe_path_and_it_is_asked_about_once() -> None:
    life = Life(_watched_phone())

    assert life.goes_through(requests) == ["ask leak_path"]
    assert life.goes_through(requests) == []


def test_each_unsafe_path_of_an_agency_is_asked_about() -> None:
    case = a_case(
        facts=the_facts(joint_account=True, shared_accounts=["phone"]), auu=MeasureState.AGREED
    )
    a_yes(case)
    life = Life(case)
    caf = case.territory.agency("caf-21")
    emits = caf.emits | {Emission.PHONE_CALL: caf.emits[Emission.BANK_LABEL]}
    rings_too = caf.model_copy(update={"emits": emits})
    case.territory = case.territory.model_copy(
        update={"agencies": [rings_too if a is caf else a for a in case.territory.agencies]}
    )

    life.does(approach(case, Measure.AUU, rings_too))

    asked = case.open_questions(QuestionKind.LEAK_PATH)
    assert {question.about for question in asked} == {"bank_label", "phone_call"}


@pytest.mark.parametrize("answer", [None, Choice.WAIT])
def test_the_same_path_at_another_agency_is_a_question_of_its_own(answer: Choice | None) -> None:
    case = _watched_phone(MeasureState.ONGOING)
    life = Life(case)
    siao, hotel = (case.territory.agency(code) for code in ("siao-21", "hotel-21"))
    life.does(approach(case, Measure.HOUSING, siao, in_parallel=True))
    if answer:
        life.answers(life.asked(QuestionKind.LEAK_PATH), answer)

    life.does(approach(case, Measure.HOUSING, hotel, in_parallel=True))

    assert "hotel-21" in {q.agency for q in case.open_questions(QuestionKind.LEAK_PATH)}


def test_a_path_made_safe_lets_the_request_leave() -> None:
    life = Life(_watched_phone())
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.PATH_MADE_SAFE)

    assert life.goes_through(requests) == ["open siao-21 1", "heberg ongoing"]
    assert life.case.requests[0].channel is Channel.API


def test_a_call_in_place_of_an_unsafe_path_sends_nothing_by_itself() -> None:
    life = Life(_watched_phone())
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.USE_CALL)
    life.goes_through(requests)

    assert life.case.requests[0].channel is Channel.CALL
    assert not life.case.acts


def _in_danger() -> Life:
    case = a_case(
        danger=DangerBand.IMMEDIATE,
        facts=the_facts(shared_accounts=["phone"]),
        heberg=MeasureState.AGREED,
        justice=MeasureState.AGREED,
    )
    a_yes(case, Measure.HOUSING, "siao-21")
    a_yes(case, Measure.JUSTICE, "bav-21")
    life = Life(case)
    life.goes_through(requests)
    return life


def test_in_immediate_danger_a_shelter_is_asked_by_voice_and_nothing_is_sent() -> None:
    life = _in_danger()

    assert [(r.measure, r.channel) for r in life.case.requests] == [(Measure.HOUSING, Channel.CALL)]
    assert not life.case.acts


def test_in_immediate_danger_any_other_measure_still_waits_for_its_path() -> None:
    assert _in_danger().asked(QuestionKind.LEAK_PATH).measure is Measure.JUSTICE


@pytest.mark.parametrize(
    ("measure", "agency", "rests"),
    [
        (Measure.JUSTICE, "bav-21", timedelta(days=3)),
        # A shelter is counted in hours.
        (Measure.HOUSING, "siao-21", timedelta(hours=4)),
    ],
)
def test_to_wait_puts_the_path_again_later_and_sends_nothing_meanwhile(
    measure: Measure, agency: str, rests: timedelta
) -> None:
    case = a_case(facts=the_facts(shared_accounts=["phone"]), having={measure: MeasureState.AGREED})
    a_yes(case, measure, agency)
    life = Life(case)
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.WAIT)

    assert life.goes_through(requests) == []
    assert life.expected(DeadlineKind.ASK_AGAIN).due_at == NOW + rests
    assert "ask leak_path" in life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))


def test_to_pass_over_an_agency_asks_for_a_yes_for_the_next_one() -> None:
    life = Life(_watched_phone())
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.USE_OTHER_AGENCY)

    assert life.goes_through(requests) == ["ask alternative"]
    assert life.asked(QuestionKind.ALTERNATIVE).agency == "inter-siao-21"


def test_to_pass_over_an_agency_does_not_fall_back_on_one_that_is_asked_already() -> None:
    case = _watched_phone(MeasureState.ONGOING)
    _judged(case, Choice.PATH_MADE_SAFE)
    a_request(case, measure=Measure.HOUSING, agency="siao-21")
    life = Life(case)
    hotel = case.territory.agency("hotel-21")
    life.does(approach(case, Measure.HOUSING, hotel, in_parallel=True))

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.USE_OTHER_AGENCY)

    assert [question.agency for question in case.open_questions()] == ["inter-siao-21"]


def test_to_pass_over_an_agency_is_no_yes_for_one_that_was_not_named() -> None:
    case = _watched_phone(MeasureState.ONGOING)
    life = Life(case)
    life.does(approach(case, Measure.HOUSING, case.territory.agency("siao-21"), in_parallel=True))

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.USE_OTHER_AGENCY)

    assert not case.has_consent(Measure.HOUSING, "inter-siao-21")


def test_to_give_up_at_an_unsafe_path_ends_the_measure() -> None:
    life = Life(_watched_phone())
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.LEAK_PATH), Choice.GIVE_UP)

    assert life.case.measures_in(MeasureState.GIVEN_UP) == [Measure.HOUSING]
    assert life.goes_through(requests) == []


# --- At the last moment

# What tells an agency that nothing is asked any more always leaves.
_NO_WAY = dict.fromkeys(Verb, False) | {Verb.RECALL: True, Verb.DECLINE_OFFER: True}


def _all_is_well(case: Case) -> None:
    a_yes(case, Measure.HOUSING, "siao-21")


def _no_yes(case: Case) -> None:
    """Nothing was said."""


def _yes_elsewhere(case: Case) -> None:
    a_yes(case, Measure.HOUSING, "hotel-21")
    a_yes(case, Measure.JUSTICE, "siao-21")


def _yes_withdrawn(case: Case) -> None:
    _all_is_well(case)
    case.consents[0].withdrawn_at = NOW


def _yes_that_ends_now(case: Case) -> None:
    _all_is_well(case)
    case.consents[0].ends_at = NOW


def _yes_to_less(case: Case) -> None:
    _all_is_well(case)
    case.consents[0].data_sets = ["identity", "safe_contact"]


def _excluded(case: Case) -> None:
    _all_is_well(case)
    case.facts = the_facts(excluded_agencies=["siao-21"])


def _unsafe(case: Case) -> None:
    _all_is_well(case)
    case.facts = the_facts(shared_accounts=["phone"])


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize(
    ("stands", "leaves"),
    [
        (_all_is_well, dict.fromkeys(Verb, True)),
        (_no_yes, _NO_WAY),
        (_yes_elsewhere, _NO_WAY),
        (_yes_withdrawn, _NO_WAY),
        (_yes_that_ends_now, _NO_WAY),
        (_yes_to_less, _NO_WAY),
        (_excluded, _NO_WAY),
        (_unsafe, _NO_WAY),
    ],
)
def test_at_the_last_moment_an_act_leaves_with_a_yes_along_no_path_to_the_perpetrator(
    stands: Any, leaves: dict[Verb, bool], verb: Verb
) -> None:
    case = a_case(heberg=MeasureState.ONGOING)
    request = a_request(case, measure=Measure.HOUSING, agency="siao-21")

    stands(case)

    assert may_leave(case, verb, request) is leaves[verb]


# --- Doubts


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ([], [Doubt.EVIDENCE_MISSING]),
        (["2026-11-10"], []),
        # Less than twelve months: not on the anniversary.
        (["2025-11-24"], []),
        (["2025-11-23"], [Doubt.EVIDENCE_TOO_OLD]),
        (["2020-01-01"], [Doubt.EVIDENCE_TOO_OLD]),
        # The newest one counts.
        (["2020-01-01", "2026-11-10"], []),
    ],
)
def test_the_allowance_needs_a_proof_that_is_not_too_old(
    evidence: list[str], found: list[Doubt]
) -> None:
    proofs = [["depot_de_plainte", day] for day in evidence]
    case = a_case(facts=the_facts(evidence=proofs), auu=MeasureState.AGREED)

    assert doubts(case, Measure.AUU) == found


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (None, []),
        ("2026-11-01", [Doubt.PAID_WITHIN_12_MONTHS]),
        ("2025-11-23", [Doubt.PAID_WITHIN_12_MONTHS]),
        ("2025-11-22", []),
    ],
)
def test_the_allowance_is_paid_once_in_twelve_months(last: str | None, found: list[Doubt]) -> None:
    day = datetime.fromisoformat(last).date() if last else None
    case = a_case(facts=the_facts(last_allowance_on=day), auu=MeasureState.AGREED)

    assert doubts(case, Measure.AUU) == found


def test_what_the_caisse_paid_since_the_referral_counts_too() -> None:
    case = a_case(auu=MeasureState.WISHED)
    a_request(case, RequestState.FULFILLED)

    assert doubts(case, Measure.AUU) == [Doubt.PAID_WITHIN_12_MONTHS]
    case.now = NOW + timedelta(days=300)
    case.facts = the_facts(evidence=[["depot_de_plainte", "2027-09-01"]])
    assert doubts(case, Measure.AUU) == [Doubt.PAID_WITHIN_12_MONTHS]
    case.now = NOW + timedelta(days=366)
    assert doubts(case, Measure.AUU) == []


@pytest.mark.parametrize(
    ("told", "paid", "last"),
    [
        (None, False, None),
        (date(2026, 3, 1), False, date(2026, 3, 1)),
        (date(2026, 3, 1), True, date(2026, 11, 23)),
        (None, True, date(2026, 11, 23)),
    ],
)
def test_the_last_payment_is_the_referral_s_or_the_caisse_s(
    told: date | None, paid: bool, last: date | None
) -> None:
    case = a_case(facts=the_facts(last_allowance_on=told))
    a_request(case, RequestState.FULFILLED if paid else RequestState.REFUSED)

    assert last_allowance(case) == last


def test_a_year_is_counted_on_the_calendar_of_the_territory() -> None:
    case = a_case(
        facts=the_facts(evidence=[["depot_de_plainte", "2025-11-24"]]), auu=MeasureState.AGREED
    )

    case.now = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    assert doubts(case, Measure.AUU) == []
    case.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert doubts(case, Measure.AUU) == [Doubt.EVIDENCE_TOO_OLD]


@pytest.mark.parametrize(
    ("measure", "household", "found"),
    [
        (Measure.AUU, {"shares_file": True}, [Doubt.SHARED_FILE]),
        (Measure.AUU, {"joint_account": True}, [Doubt.JOINT_ACCOUNT]),
        (Measure.SCHOOL, {"parental_authority": ParentalAuthority.JOINT}, [Doubt.OTHER_PARENT]),
        (Measure.SCHOOL, {"parental_authority": ParentalAuthority.UNKNOWN}, [Doubt.OTHER_PARENT]),
        (Measure.SCHOOL, {"parental_authority": ParentalAuthority.SOLE}, []),
        (Measure.SCHOOL, {"parental_authority": ParentalAuthority.SUSPENDED}, []),
        # Law: no proof is asked for a shelter.
        (Measure.HOUSING, {"evidence": []}, []),
        (Measure.PSY, {"evidence": [], "shares_file": True, "joint_account": True}, []),
    ],
)
def test_what_is_doubtful_depends_on_the_measure(
    measure: Measure, household: dict[str, Any], found: list[Doubt]
) -> None:
    case = a_case(facts=the_facts(**household), having={measure: MeasureState.AGREED})

    assert doubts(case, measure) == found


def _doubtful() -> Life:
    case = a_case(facts=the_facts(evidence=[]), auu=MeasureState.AGREED)
    a_yes(case)
    return Life(case)


def test_a_doubt_is_put_once_and_nothing_is_sent_before_it_is_judged() -> None:
    life = _doubtful()

    assert life.goes_through(requests) == ["ask doubt"]
    assert life.asked(QuestionKind.DOUBT).about == "evidence_missing"
    assert life.goes_through(requests) == []


def test_each_doubt_is_a_question_of_its_own() -> None:
    case = a_case(facts=the_facts(evidence=[], shares_file=True), auu=MeasureState.AGREED)

    assert in_words(requests(case)) == ["ask doubt", "ask doubt"]


def test_a_doubt_can_be_judged_before_the_plan_is_signed() -> None:
    case = a_case(DepartureState.CONTACTED, facts=the_facts(evidence=[]), auu=MeasureState.AGREED)

    assert in_words(requests(case)) == ["ask doubt"]


@pytest.mark.parametrize("answer", [Choice.DOUBT_SETTLED, Choice.SEND_ANYWAY])
def test_a_doubt_that_was_judged_lets_the_request_leave(answer: Choice) -> None:
    life = _doubtful()
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.DOUBT), answer)

    assert life.goes_through(requests) == ["open caf-21 1", "auu ongoing"]


def test_a_doubt_that_waits_rests_three_days_then_is_put_again() -> None:
    life = _doubtful()
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.DOUBT), Choice.WAIT)

    assert life.goes_through(requests) == []
    assert open_doubts(life.case, Measure.AUU) == [Doubt.EVIDENCE_MISSING]
    assert "ask doubt" in life.goes_to(life.expected(DeadlineKind.ASK_AGAIN))
    assert life.case.now == NOW + timedelta(days=3)


def test_to_give_up_at_a_doubt_ends_the_measure() -> None:
    life = _doubtful()
    life.goes_through(requests)

    life.answers(life.asked(QuestionKind.DOUBT), Choice.GIVE_UP)

    assert life.case.measures_in(MeasureState.GIVEN_UP) == [Measure.AUU]
    assert life.goes_through(requests) == []


def test_a_doubt_is_put_anew_when_the_person_leaves_again() -> None:
    life = _doubtful()
    life.goes_through(requests)
    life.answers(life.asked(QuestionKind.DOUBT), Choice.SEND_ANYWAY)

    life.case.departure.round = 2

    assert life.goes_through(requests) == ["ask doubt"]


# --- What an agency's agent may read at its letterbox


def _at_a_letterbox(state: RequestState = RequestState.REQUESTED) -> tuple[Case, AgencyRequest]:
    case = a_case(facts=the_facts())
    a_yes(case, agency="msa-21")
    return case, a_request(case, state, agency="msa-21", channel=Channel.LETTERBOX)


def test_an_agency_reads_its_letterbox_while_its_request_lives_and_the_yes_holds() -> None:
    case, request = _at_a_letterbox()
    assert may_be_read(case, request)

    case.consents.clear()

    assert not may_be_read(case, request)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_the_link_of_a_request_that_has_ended_shows_nothing(state: RequestState) -> None:
    assert not may_be_read(*_at_a_letterbox(state))


@pytest.mark.parametrize("linked", ["excluded_agencies", "guarded_agencies"])
def test_a_link_shows_nothing_where_somebody_is_linked_to_the_alleged_perpetrator(
    linked: str,
) -> None:
    case, request = _at_a_letterbox()

    case.facts = the_facts(**{linked: ["msa-21"]})

    assert not may_be_read(case, request)


def test_the_link_of_a_request_that_goes_on_by_phone_shows_nothing() -> None:
    case, request = _at_a_letterbox()

    request.channel = Channel.CALL

    assert not may_be_read(case, request)
