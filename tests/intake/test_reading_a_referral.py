"""A referral is read whole, or refused with everything to correct and nothing of what it said."""

import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import ROOT
from models.agency import Condition
from models.facts import facts_of
from models.measure import CHECKLISTS, Measure
from models.referral import Referral
from models.referral_problems import ReferralInvalid, parse_document, read_referral
from models.territories import load_territories
from models.territory import Territory
from tests.intake.invented import EXAMPLES, NOW, Document

Spoil = Callable[[Document], object]


def problems_in(document: object, territories: dict[str, Territory]) -> dict[str, str]:
    with pytest.raises(ReferralInvalid) as refused:
        read_referral(document, territories, NOW)
    return {problem.path: problem.message_fr for problem in refused.value.problems}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_referral_of_its_territory_and_of_the_published_schema(
    path: Path, territories: dict[str, Territory]
) -> None:
    schema = json.loads((ROOT / "docs" / "referral.schema.json").read_bytes())
    document = parse_document(path.read_bytes())

    referral = read_referral(document, territories, NOW)

    assert referral.territory in territories
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_consents_to_the_first_agency_of_each_measure(
    path: Path, territories: dict[str, Territory]
) -> None:
    referral = read_referral(parse_document(path.read_bytes()), territories, NOW)

    firsts = {
        (asked.measure, _first_for(asked.measure, referral, territories[referral.territory]))
        for asked in referral.measures
        if asked.measure not in CHECKLISTS
    }

    assert {(consent.measure, consent.agency) for consent in referral.consents} == firsts


def _first_for(measure: Measure, referral: Referral, territory: Territory) -> str:
    """Return whom this household may ask first, before any employment is promised."""
    under_26 = facts_of("21-XXXXXX", referral, NOW.date()).under_26
    holds = {Condition.UNDER_26: under_26, Condition.EMPLOYMENT_REGISTERED: False}
    agencies = territory.agencies_for(measure, referral.person.household.scheme)
    return next(one.code for one in agencies if all(holds[each] for each in one.only_when))


def test_all_the_problems_are_told_at_once(
    document: Document, territories: dict[str, Territory]
) -> None:
    document["person"]["children"][1]["born_on"] = "un jour de juin"
    document["person"]["household"]["scheme"] = "marin"
    document["danger"]["answers"]["separation_annoncee"] = "oui"
    document["consents"][0]["agency"] = "caf-95"
    document["measures"].append({"measure": "auu"})
    del document["prescriber"]

    found = problems_in(document, territories)

    assert set(found) == {
        "person.children[1].born_on",
        "person.household.scheme",
        "danger.answers.separation_annoncee",
        "consents[0].agency",
        "measures[7].measure",
        "prescriber",
    }
    assert found["person.children[1].born_on"] == "Une date est attendue : AAAA-MM-JJ."


SPOILED: list[tuple[str, str, Spoil]] = [
    ("an_unknown_territory", "territory", lambda d: d.update(territory="75")),
    (
        "an_agency_of_elsewhere",
        "consents[0].agency",
        lambda d: d["consents"][0].update(agency="caf-95"),
    ),
    (
        "an_agency_that_does_something_else",
        "consents[1].agency",
        lambda d: d["consents"][1].update(agency="caf-21"),
    ),
    ("the_other_caisse", "consents[0].agency", lambda d: d["consents"][0].update(agency="msa-21")),
    ("a_consent_for_nothing_asked", "consents[0].measure", lambda d: d["measures"].pop(0)),
    ("a_consent_twice", "consents[7]", lambda d: d["consents"].append(d["consents"][0])),
    (
        "a_consent_of_tomorrow",
        "consents[2].given_at",
        lambda d: d["consents"][2].update(given_at="2026-11-21T09:00:00Z"),
    ),
    (
        "a_consent_without_time_zone",
        "consents[2].given_at",
        lambda d: d["consents"][2].update(given_at="2026-11-16T09:00:00"),
    ),
    (
        "a_consent_at_the_end_of_time",
        "consents[2].given_at",
        lambda d: d["consents"][2].update(given_at="9999-12-31T23:59:59Z"),
    ),
    ("a_measure_twice", "measures[7].measure", lambda d: d["measures"].append({"measure": "psy"})),
    ("a_word_beside_a_measure", "measures[0]", lambda d: d["measures"][0].update(why="récit")),
    ("childcare_without_child", "measures[2].measure", lambda d: d["person"].update(children=[])),
    (
        "a_child_of_tomorrow",
        "person.children[0].born_on",
        lambda d: d["person"]["children"][0].update(born_on="2026-11-21"),
    ),
    (
        "a_child_older_than_the_person",
        "person.children[0].born_on",
        lambda d: d["person"]["children"][0].update(born_on="1980-01-01"),
    ),
    (
        "evidence_of_tomorrow",
        "person.evidence[0].dated_on",
        lambda d: d["person"]["evidence"][0].update(dated_on="2026-12-01"),
    ),
    (
        "a_window_that_closes_first",
        "person.safe_contact.windows[0].closes",
        lambda d: d["person"]["safe_contact"]["windows"][0].update(closes="08:00"),
    ),
    (
        "a_window_with_a_time_zone",
        "person.safe_contact.windows[0]",
        lambda d: d["person"]["safe_contact"]["windows"][0].update(opens="09:00Z"),
    ),
    (
        "a_number_that_is_none",
        "person.safe_contact.channels[0].value",
        lambda d: d["person"]["safe_contact"]["channels"][0].update(value="chez Exemple"),
    ),
    (
        "an_address_that_is_none",
        "person.safe_contact.channels[0].value",
        lambda d: d["person"]["safe_contact"]["channels"][0].update(kind="email"),
    ),
    (
        "a_departure_in_the_next_century",
        "departure_planned_on",
        lambda d: d.update(departure_planned_on="2126-11-25"),
    ),
    (
        "a_departure_before_the_yes",
        "departure_planned_on",
        lambda d: d.update(departure_planned_on="2026-11-01"),
    ),
    (
        "an_agency_of_elsewhere_to_exclude",
        "excluded_agencies[1]",
        lambda d: d.update(excluded_agencies=["bailleur-21", "caf-95"]),
    ),
    (
        "an_agent_of_elsewhere_to_avoid",
        "guarded_agencies[0]",
        lambda d: d.update(guarded_agencies=["caf-95"]),
    ),
    (
        "a_consent_for_an_excluded_agency",
        "consents[0].agency",
        lambda d: d.update(excluded_agencies=["caf-21"]),
    ),
    ("a_pathway_of_elsewhere", "pathway", lambda d: d.update(pathway="complet")),
    (
        "an_allowance_of_tomorrow",
        "person.household.last_allowance_on",
        lambda d: d["person"]["household"].update(last_allowance_on="2026-11-21"),
    ),
    (
        "a_school_without_child",
        "measures[0].measure",
        lambda d: (
            d.update(measures=[{"measure": "ecole"}], consents=[]),
            d["person"].update(children=[]),
        ),
    ),
    ("no_agreement", "agreed_to_be_contacted", lambda d: d.update(agreed_to_be_contacted=False)),
    (
        "an_invisible_character",
        "person.given_name",
        lambda d: d["person"].update(given_name="Ca\x00m"),
    ),
    ("a_number_for_a_text", "person.given_name", lambda d: d["person"].update(given_name=7)),
    ("a_text_for_a_yes", "person.pregnant", lambda d: d["person"].update(pregnant="true")),
]


@pytest.mark.parametrize(
    ("path", "spoil"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED]
)
def test_what_is_wrong_is_refused_where_it_is(
    path: str, spoil: Spoil, document: Document, territories: dict[str, Territory]
) -> None:
    spoil(document)

    assert set(problems_in(document, territories)) == {path}


@pytest.mark.parametrize(
    "change",
    [
        {"excluded_agencies": ["bailleur-21"], "guarded_agencies": ["caf-21"]},
        {"pathway": "accompagne"},
        {"measures": [{"measure": "epargne"}, {"measure": "adresse"}], "consents": []},
        {
            "consents": [
                {
                    "measure": "heberg",
                    "agency": "hotel-21",
                    "manner": "oral",
                    "given_at": "2026-11-16T10:40:00+01:00",
                }
            ]
        },
    ],
    ids=["agencies_to_go_around", "its_own_pathway", "lists", "a_yes_for_the_stop_gap"],
)
def test_what_a_prescriber_may_add_is_read(
    change: Document, document: Document, territories: dict[str, Territory]
) -> None:
    assert read_referral(document | change, territories, NOW).territory == "21"


def test_an_agricultural_household_cannot_be_served_where_no_caisse_is_its_own(
    document: Document, territories: dict[str, Territory]
) -> None:
    here = territories["21"]
    without_msa = here.model_copy(
        update={
            "measures": {
                measure: plan.model_copy(
                    update={"agencies": [code for code in plan.agencies if code != "msa-21"]}
                )
                for measure, plan in here.measures.items()
            }
        }
    )
    document["person"]["household"]["scheme"] = "agricultural"
    document["consents"] = []

    found = problems_in(document, {"21": without_msa})

    assert set(found) == {"measures[0].measure"}


def test_a_measure_that_the_territory_does_not_run_is_refused(
    document: Document, territories: dict[str, Territory]
) -> None:
    here = territories["21"]
    fewer = {measure: plan for measure, plan in here.measures.items() if measure != "psy"}
    document["consents"] = []

    found = problems_in(document, {"21": here.model_copy(update={"measures": fewer})})

    assert set(found) == {"measures[5].measure"}


def test_a_referral_repeated_after_its_planned_departure_is_still_the_same_referral(
    document: Document, territories: dict[str, Territory]
) -> None:
    document["departure_planned_on"] = "2026-11-25"

    at_first = read_referral(document, territories, NOW)
    a_year_later = read_referral(document, territories, NOW + timedelta(days=365))

    assert at_first == a_year_later


def test_rules_are_checked_on_what_is_readable_even_when_the_rest_is_not(
    document: Document, territories: dict[str, Territory]
) -> None:
    document["person"] = "illisible"
    document["consents"][3]["agency"] = "creche-avip-59"

    assert set(problems_in(document, territories)) == {"person", "consents[3].agency"}


def test_no_refusal_repeats_what_was_sent(
    document: Document, territories: dict[str, Territory]
) -> None:
    planted = "Secretinvente"
    spoiled = _plant(document, planted)
    spoiled["person"][planted] = planted
    spoiled["danger"]["answers"][f"{planted} habite ici"] = planted

    with pytest.raises(ReferralInvalid) as refused:
        read_referral(spoiled, territories, NOW)

    shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    shown += json.dumps([vars(problem) for problem in refused.value.problems])
    assert len(refused.value.problems) > 20
    assert planted not in shown


def test_an_unknown_field_is_named_only_when_its_name_looks_like_one_of_ours(
    document: Document, territories: dict[str, Territory]
) -> None:
    document["person"]["phone_number"] = "x"
    assert problems_in(document, territories) == {"person": "Champ inconnu : phone_number."}

    del document["person"]["phone_number"]
    document["person"]["Camille Inventée"] = "x"
    assert problems_in(document, territories) == {"person": "Champ inconnu."}


def test_a_thousand_mistakes_do_not_make_a_thousand_lines(
    document: Document, territories: dict[str, Territory]
) -> None:
    document.update({f"champ_{number}": 1 for number in range(1000)})

    with pytest.raises(ReferralInvalid) as refused:
        read_referral(document, territories, NOW)

    assert len(refused.value.problems) == 101
    assert refused.value.problems[-1].message_fr == "Et 900 autres problèmes."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 200_000,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=[
        "nothing",
        "cut",
        "not_utf8",
        "not_a_number",
        "said_twice",
        "abyss",
        "deep",
        "utf16",
        "infinite",
        "beyond_numbers",
    ],
)
def test_what_is_not_a_json_document_is_one_problem(
    body: bytes, territories: dict[str, Territory]
) -> None:
    with pytest.raises(ReferralInvalid) as refused:
        read_referral(parse_document(body), territories, NOW)

    assert [problem.path for problem in refused.value.problems] == [""]


def test_the_mark_that_some_editors_write_first_is_no_problem(
    document: Document, territories: dict[str, Territory]
) -> None:
    written = b"\xef\xbb\xbf" + json.dumps(document).encode()

    assert read_referral(parse_document(written), territories, NOW).territory == "21"


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_TERRITORIES = load_territories(ROOT / "territories")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), value=_ANY_JSON)
def test_whatever_is_put_anywhere_is_read_or_refused_and_never_breaks(
    data: st.DataObject, value: object
) -> None:
    document = json.loads((ROOT / "examples" / "mere-de-deux-enfants.json").read_bytes())
    holder, key = data.draw(st.sampled_from(list(_places(document))))
    holder[key] = value

    with suppress(ReferralInvalid):
        assert read_referral(document, _TERRITORIES, NOW).territory == document["territory"]


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = (
        list(value)
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else []
    )
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


def _plant(value: Any, planted: str) -> Any:
    if isinstance(value, dict):
        return {key: _plant(inner, planted) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plant(inner, planted) for inner in value]
    return planted
