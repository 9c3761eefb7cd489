"""The territories shipped are right, a wrong one is told whole, prefect.yaml agrees with them."""

import json
import pickle
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.testing import CliRunner

from cli.territory import territory_app
from core.settings import ROOT
from flows.deployments import deployment_name, names_of, reconciliation_name
from models.agency import AgencyKind, Channel, Condition, Emission, Held
from models.measure import CHECKLISTS, Measure
from models.person import Scheme
from models.territories import (
    TerritoryInvalid,
    TerritoryProblem,
    TerritoryUnknown,
    known_territory,
    load_territories,
    load_territory,
)
from models.territory import LadderStep, PathwayCode, Territory, TerritoryKind, Unit

FOLDER = ROOT / "territories"
SHIPPED = load_territories(FOLDER)
DIJON = FOLDER / "21-cote-d-or.toml"

each_territory = pytest.mark.parametrize("territory", SHIPPED.values(), ids=SHIPPED.keys())
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write Dijon's file in an empty folder, with some of its text replaced."""

    def write_changed(*changes: tuple[str, str], name: str = DIJON.name) -> Path:
        text = DIJON.read_text(encoding="utf-8")
        for before, after in changes:
            assert before in text, f"the shipped file no longer says {before!r}"
            text = text.replace(before, after, 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write_changed


def problems_in(folder: Path) -> dict[str, str]:
    with pytest.raises(TerritoryInvalid) as caught:
        load_territories(folder)
    told: defaultdict[str, list[str]] = defaultdict(list)
    for problem in caught.value.problems:
        told[problem.key].append(problem.advice)
    return {key: " ; ".join(advice) for key, advice in told.items()}


def test_urban_rural_and_overseas_territories_are_shipped() -> None:
    assert set(SHIPPED) == {"13", "21", "47", "59", "95", "974"}
    assert {territory.kind for territory in SHIPPED.values()} == set(TerritoryKind)


@each_territory
def test_every_measure_has_somebody_to_ask_whatever_the_caisse_the_age_or_the_job(
    territory: Territory,
) -> None:
    for measure in set(Measure) - CHECKLISTS:
        for scheme in Scheme:
            asked = territory.agencies_for(measure, scheme)
            assert [agency for agency in asked if not agency.only_when], (measure, scheme)


@each_territory
def test_a_list_gone_through_with_the_person_asks_nobody(territory: Territory) -> None:
    assert not CHECKLISTS & territory.measures.keys()


@each_territory
def test_each_household_has_one_caisse_only(territory: Territory) -> None:
    for scheme in Scheme:
        assert len(territory.agencies_for(Measure.AUU, scheme)) == 1


@each_territory
def test_a_full_shelter_has_a_hotel_meanwhile_and_another_departement(
    territory: Territory,
) -> None:
    asked = [agency.code for agency in territory.agencies_for(Measure.HOUSING, Scheme.GENERAL)]
    plan = territory.measures[Measure.HOUSING]

    assert asked == [f"siao-{territory.code}", f"inter-siao-{territory.code}"]
    assert plan.stop_gap == f"hotel-{territory.code}"
    assert plan.ask_again is not None
    assert (plan.ask_again.count, plan.ask_again.unit) == (24, Unit.HOURS)


@each_territory
def test_occasional_care_bridges_the_wait_for_a_place(territory: Territory) -> None:
    plan = territory.measures[Measure.CHILDCARE]

    assert plan.agencies[0] == f"petite-enfance-{territory.code}"
    assert plan.stop_gap is not None
    assert "occasionnel" in territory.agency(plan.stop_gap).name
    assert plan.ask_again is not None


@each_territory
@pytest.mark.parametrize("measure", [Measure.EMPLOYMENT, Measure.TRAINING])
def test_before_26_the_mission_locale_is_asked_first(
    territory: Territory, measure: Measure
) -> None:
    young, usual = territory.agencies_for(measure, Scheme.GENERAL)

    assert young.only_when == [Condition.UNDER_26]
    assert (usual.kind, usual.only_when) == (AgencyKind.FRANCE_TRAVAIL, [])


@each_territory
def test_an_insertion_creche_is_for_parents_followed_towards_a_job(territory: Territory) -> None:
    for agency in territory.agencies:
        expected = [Condition.EMPLOYMENT_REGISTERED] if "AVIP" in agency.name else []
        assert [one for one in agency.only_when if one is not Condition.UNDER_26] == expected


@each_territory
def test_what_no_request_can_hold_back_is_said(territory: Territory) -> None:
    caisses = territory.measures[Measure.AUU].agencies
    (job_agency,) = (one for one in territory.agencies if one.kind is AgencyKind.FRANCE_TRAVAIL)

    for code in caisses:
        assert territory.agency(code).emits[Emission.BANK_LABEL] is Held.ALWAYS
        assert territory.agency(code).emits[Emission.HOUSEHOLD_FILE] is Held.ON_REQUEST
    assert job_agency.emits[Emission.ONLINE_ACCOUNT] is Held.ALWAYS


@each_territory
def test_no_request_of_ours_is_notified_to_the_alleged_perpetrator(territory: Territory) -> None:
    for agency in territory.agencies:
        assert Emission.NOTIFIED_TO_OTHER not in agency.emits, agency.code


@each_territory
def test_emergency_housing_is_counted_in_hours_and_leaves_at_once(territory: Territory) -> None:
    plan = territory.measures[Measure.HOUSING]
    waits = [rung.wait for rung in territory.ladders.agency_urgent]

    assert {delay.unit for delay in (plan.acknowledge, plan.reply, *waits)} == {Unit.HOURS}
    assert plan.lead_days == 0


@each_territory
def test_silence_reaches_a_person_then_another_agency(territory: Territory) -> None:
    ladders = territory.ladders

    assert ladders.agency[0].step is LadderStep.REMIND
    for ladder in (ladders.agency, ladders.agency_urgent):
        assert {LadderStep.BACKUP, LadderStep.COORDINATOR} < {rung.step for rung in ladder}
        assert ladder[-1].step is LadderStep.ALTERNATIVE
    for ladder in (ladders.referent, ladders.referent_urgent):
        assert ladder[-1].step is LadderStep.SUPERVISOR


@each_territory
def test_the_allowance_is_due_in_three_working_days_as_the_law_says(territory: Territory) -> None:
    reply = territory.measures[Measure.AUU].reply

    assert (reply.count, reply.unit) == (3, Unit.WORKING_DAYS)
    assert "L214-10" in reply.source


@each_territory
def test_every_address_is_obviously_invented(territory: Territory) -> None:
    fiction = re.compile(r"(01 99 00|02 61 91|03 53 01|04 65 71|05 36 49|0262 00 00)( \d\d)+")
    for agency in territory.agencies:
        assert fiction.fullmatch(agency.phone), agency.code
        if agency.channel is not Channel.CALL:
            assert agency.address.endswith(".example"), agency.code


@each_territory
def test_each_pathway_has_two_referents_trained_through_2027(territory: Territory) -> None:
    for pathway in territory.pathways:
        assert len(pathway.referents) == 2
    for referent in territory.referents:
        assert referent.training_expires_on > date(2027, 12, 31)


@pytest.mark.parametrize(
    ("code", "pathways"),
    [
        ("13", [PathwayCode.FULL]),
        ("21", [PathwayCode.ACCOMPANIED]),
        ("47", [PathwayCode.FULL]),
        ("59", [PathwayCode.FULL, PathwayCode.ACCOMPANIED]),
        ("95", [PathwayCode.FULL, PathwayCode.ACCOMPANIED]),
        ("974", [PathwayCode.FULL]),
    ],
)
def test_the_departement_refers_where_it_took_the_pathway_on(
    code: str, pathways: list[PathwayCode]
) -> None:
    run = SHIPPED[code].pathways

    assert [pathway.code for pathway in run] == pathways
    for pathway in run:
        accompanied = pathway.code is PathwayCode.ACCOMPANIED
        assert pathway.home.startswith("Conseil départemental" if accompanied else "CAF")
        assert (pathway.relay is not None) is accompanied


@each_territory
def test_somebody_of_the_same_pathway_answers_during_a_leave(territory: Territory) -> None:
    (away,) = (referent for referent in territory.referents if referent.leave)
    pathway = next(one for one in territory.pathways if away.code in one.referents)

    for day in (date(2027, 8, 2), date(2027, 8, 20)):
        assert territory.stands_in(away.code, day) in set(pathway.referents) - {away.code}
    for day in (date(2027, 8, 1), date(2027, 8, 21)):
        assert territory.stands_in(away.code, day) == away.code


@each_territory
def test_one_deployment_per_territory_and_one_work_pool(territory: Territory) -> None:
    entry = deployments()[deployment_name(territory.code)]

    assert entry["work_pool"]["name"] == f"depart-{territory.code}"
    assert entry["tags"] == [f"territoire:{territory.code}"]


@each_territory
def test_each_territory_is_compared_with_its_agencies_every_night(territory: Territory) -> None:
    entry = deployments()[reconciliation_name(territory.code)]

    assert entry["entrypoint"] == "flows.reconcile.reconciliation"
    assert entry["tags"] == [f"territoire:{territory.code}"]
    assert entry["parameters"] == {"territory": territory.code}
    assert entry["schedules"] == [{"cron": "30 3 * * *", "timezone": territory.time_zone}]
    assert entry["work_pool"] == deployments()[deployment_name(territory.code)]["work_pool"]


def test_prefect_yaml_deploys_no_territory_that_does_not_exist() -> None:
    named = {name for code in SHIPPED for name in names_of(code)}
    assert set(deployments()) == named


def test_deployments_differ_by_name_tag_and_pool_only() -> None:
    for entry in (deployments()[deployment_name(code)] for code in SHIPPED):
        assert entry["entrypoint"] == "flows.departure.departure"
        assert entry["work_pool"]["job_variables"] == {"command": "python -m prefect.engine"}
        assert entry["enforce_parameter_schema"] is True
        assert not {"parameters", "schedules", "concurrency_limit"} & entry.keys()


def deployments() -> dict[str, dict[str, Any]]:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert content["pull"] == []
    entries: list[dict[str, Any]] = content["deployments"]
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry for entry in entries}


_URGENT_CALL = 'agency_urgent = [\n    { step = "call", wait = { count = 1, unit = "hours"'
_URGENT_BACKUP = 'referent_urgent = [\n    { step = "backup", wait = { count = 1, unit = "hours"'
_PATHWAY_AGAIN = """[[pathways]]
code = "accompagne"
home = "CAF de la Côte-d'Or"
referents = ["ref-21-a"]

[[referents]]"""


@pytest.mark.parametrize(
    ("before", "after", "key", "advice"),
    [
        ('time_zone = "Europe/Paris"', 'time_zone = "Europe/Dijon"', "time_zone", "Europe/Paris"),
        ('calendar = ""', 'calendar = "6AE"', "calendar", "écrire «  »"),
        ('kind = "urban"', 'kind = "overseas"', "kind", "971 à 976"),
        ('kind = "urban"', 'kind = "suburban"', "kind", "'urban', 'rural' ou 'overseas'"),
        ('coordinator = "coord-21"', 'coordinator = "ref-21-a"', "coordinator", "pas référent"),
        ("follow_up_days = [7, 30, 90]", "follow_up_days = [7, 7]", "follow_up_days", "croissants"),
        ("trained_on = 2026-02-03", "trained_on = 2030-01-01",
         "referents[ref-21-a].training_expires_on", "après"),
        ('code = "ref-21-b"', 'code = "ref-21-a"', "referents[ref-21-a].code", "déjà pris"),
        ('code = "caf-21"', 'code = "caf"', "agencies[caf].code", "-21"),
        ('code = "msa-21"', 'code = "caf-21"', "agencies[caf-21].code", "déjà pris"),
        ("https://caf-21.example", "http://caf-21.example", "agencies[caf-21].address", "https://"),
        ("https://caf-21.example", "https://me:key@caf-21.example", "agencies[caf-21].address",
         "sans identifiant"),
        ("contact@msa-21.example", "msa-21.example", "agencies[msa-21].address", "électronique"),
        ('address = "03 53 01 21 04"', 'address = "au standard"', "agencies[hotel-21].address",
         "téléphone"),
        ('phone = "03 53 01 21 01"', 'phone = "au standard"', "agencies[caf-21].phone", "chiffres"),
        ('phone = "03 53 01 21 01"\n', "", "agencies[caf-21].phone", "l'ajouter"),
        ('kind = "caf"', 'kind = "autre"', "agencies[caf-21].channel", "letterbox ou call"),
        ('agencies = ["bav-21"]', 'agencies = ["bav-22"]', "measures.justice.agencies", "bav-22"),
        ('agencies = ["bav-21"]', 'agencies = ["cmp-21"]', "agencies[bav-21]", "aucune mesure"),
        ('agencies = ["caf-21", "msa-21"]', 'agencies = ["msa-21"]', "measures.auu.agencies",
         "general"),
        ("[measures.psy]", "[measures.yoga]", "measures.psy", "absente"),
        ("[measures.psy]", "[measures.yoga]", "measures.yoga", "'auu'"),
        ('reply = { count = 3, unit = "working_days"', 'reply = { count = 4, unit = "working_days"',
         "measures.auu.reply", "L214-10"),
        ('reply = { count = 3, unit = "working_days"', 'reply = { count = 2, unit = "days"',
         "measures.auu.reply", "L214-10"),
        ('reply = { count = 4, unit = "hours"', 'reply = { count = 1, unit = "working_days"',
         "measures.heberg.reply.unit", "hours"),
        ("lead_days = 0\n\n# Logement", "lead_days = 2\n\n# Logement", "measures.heberg.lead_days",
         "0"),
        ("first_contact = { count = 5", "first_contact = { count = 6", "first_contact", "5 jours"),
        ('question = { count = 2, unit = "working_days", source = "à fixer par le territoire" }',
         'question = { count = 2, unit = "working_days" }', "question.source", "l'ajouter"),
        ('slug = "cote-d-or"', 'slug = "cote-d-or"\ncolour = "red"', "colour", "inconnue"),
        ("[measures.psy]", "[measures.epargne]", "measures.epargne", "avec la personne"),
        ('["mission-locale-21", "france-travail-21"]', '["mission-locale-21"]',
         "measures.emploi.agencies", "sans condition"),
        ('only_when = ["under_26"]', 'only_when = ["under_30"]',
         "agencies[mission-locale-21].only_when[n° 1]", "'under_26'"),
        ('stop_gap = "hotel-21"', 'stop_gap = "hotel-22"', "measures.heberg.stop_gap", "hotel-22"),
        ('stop_gap = "hotel-21"', 'stop_gap = "siao-21"', "measures.heberg.stop_gap", "agencies"),
        ('stop_gap = "hotel-21"\n', "", "agencies[hotel-21]", "aucune mesure"),
        ('ask_again = { count = 24, unit = "hours"', 'ask_again = { count = 1, unit = "days"',
         "measures.heberg.ask_again.unit", "hours"),
        ('emits = { letter = "on_request", household_file', "emits = { household_file",
         "agencies[caf-21].emits", "« letter », que dit connectors/caf/CARD.md"),
        ('emits = { phone_call = "always" }', "emits = {}", "agencies[siao-21].emits",
         "« phone_call », que dit connectors/siao/CARD.md"),
        ('emits = { phone_call = "always" }\n', "", "agencies[siao-21].emits", "l'ajouter"),
        ('bank_label = "always"', 'bank_label = "sometimes"', "agencies[caf-21].emits.bank_label",
         "'always' ou 'on_request'"),
        ('bank_label = "always"', 'pigeon = "always"', "agencies[caf-21].emits.pigeon",
         "'bank_label'"),
        ('code = "21"', 'code = "971"', "agencies[msa-21].scheme", "pas de MSA outre-mer"),
        ('backup = "ref-21-b"', 'backup = "ref-21-a"', "referents[ref-21-a].backup", "un autre"),
        ('backup = "ref-21-b"', 'backup = "ref-13-b"', "referents[ref-21-a].backup", "ce fichier"),
        ("until = 2027-08-20", "until = 2027-08-01", "referents[ref-21-b].leave[n° 1].until",
         "« since »"),
        ("until = 2027-08-20", 'until = "août"', "referents[ref-21-b].leave[n° 1].until",
         "sans guillemets"),
        ('supervisor = "sup-21"', 'supervisor = "coord-21"', "supervisor", "« coordinator »"),
        ('supervisor = "sup-21"', 'supervisor = "ref-21-a"', "supervisor", "ni référent"),
        ('["ref-21-a", "ref-21-b"]', '["ref-21-a", "ref-21-z"]', "pathways[accompagne].referents",
         "ref-21-z"),
        ('["ref-21-a", "ref-21-b"]', '["ref-21-a", "ref-21-a"]', "pathways[accompagne].referents",
         "deux fois"),
        ('["ref-21-a", "ref-21-b"]', '["ref-21-a"]', "referents[ref-21-b]", "aucun parcours"),
        ("[[referents]]", _PATHWAY_AGAIN, "pathways[accompagne].code", "deux fois"),
        ('step = "remind"', 'step = "call"', "ladders.agency", "remind < call < backup"),
        ('step = "remind"', 'step = "alternative"', "ladders.agency", "dans l'ordre"),
        ('step = "remind"', 'step = "backup"', "ladders.agency", "commencer par l'organisme"),
        ('step = "remind"', 'step = "wait"', "ladders.agency[n° 1].step", "'remind'"),
        (_URGENT_CALL, _URGENT_CALL.replace("call", "remind"), "ladders.agency_urgent", "sans"),
        (_URGENT_CALL, _URGENT_CALL.replace("hours", "days"),
         "ladders.agency_urgent[n° 1].wait.unit", "hours"),
        (_URGENT_BACKUP, _URGENT_BACKUP.replace("hours", "working_days"),
         "ladders.referent_urgent[n° 1].wait.unit", "hours"),
        (_URGENT_BACKUP, _URGENT_BACKUP.replace('"backup"', '"call"'), "ladders.referent_urgent",
         "« backup », « coordinator », « supervisor »"),
        ('referent = [\n    { step = "backup"', 'referent = [\n    { step = "remind"',
         "ladders.referent", "référent silencieux"),
        ('code = "21"', 'code = "22"', "code", "22-cote-d-or.toml"),
        ('name = "Côte-d\'Or"', "name = 21", "name", "guillemets"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_to_do(
    write: Write, before: str, after: str, key: str, advice: str
) -> None:
    told = problems_in(write((before, after)))

    assert advice in told[key]


@pytest.mark.parametrize(
    ("code", "time_zone", "calendar"),
    [
        ("57", "Europe/Paris", "57"),
        ("67", "Europe/Paris", "6AE"),
        ("68", "Europe/Paris", "6AE"),
        ("2A", "Europe/Paris", ""),
        ("971", "America/Guadeloupe", "971"),
        ("972", "America/Martinique", "972"),
        ("973", "America/Cayenne", "973"),
        ("974", "Indian/Reunion", "974"),
        ("975", "America/Miquelon", "PM"),
        ("976", "Indian/Mayotte", "976"),
    ],
)
def test_each_place_has_one_time_zone_and_one_list_of_holidays(
    write: Write, code: str, time_zone: str, calendar: str
) -> None:
    right = problems_in(
        write(
            ('code = "21"', f'code = "{code}"'),
            ('time_zone = "Europe/Paris"', f'time_zone = "{time_zone}"'),
            ('calendar = ""', f'calendar = "{calendar}"'),
        )
    )
    wrong = problems_in(
        write(
            ('code = "21"', f'code = "{code}"'),
            ('time_zone = "Europe/Paris"', 'time_zone = "Europe/Brussels"'),
            ('calendar = ""', 'calendar = "NC"'),
        )
    )

    assert not {"time_zone", "calendar"} & right.keys()
    assert f"« {time_zone} »" in wrong["time_zone"]
    assert f"« {calendar} »" in wrong["calendar"]
    assert ZoneInfo(time_zone)
    assert calendar in ("", *holidays.list_supported_countries()["FR"])


def test_every_mistake_of_every_file_is_told_at_once(write: Write, tmp_path: Path) -> None:
    write(('phone = "03 53 01 21 01"\n', ""), ('agencies = ["bav-21"]', 'agencies = ["bav-22"]'))
    (tmp_path / "99-nowhere.toml").write_text("code = ", encoding="utf-8")

    with pytest.raises(TerritoryInvalid) as caught:
        load_territories(tmp_path)

    text = str(caught.value)
    assert text.startswith("4 points à corriger")
    for expected in (
        f"{tmp_path / DIJON.name} : agencies[caf-21].phone : clé absente",
        f"{tmp_path / DIJON.name} : measures.justice.agencies : organisme « bav-22 » inconnu",
        f"{tmp_path / DIJON.name} : agencies[bav-21] : aucune mesure ne le demande",
        f"{tmp_path / '99-nowhere.toml'} : ce n'est pas du TOML lisible",
    ):
        assert expected in text


def test_a_file_of_another_shape_altogether_is_told_and_not_stumbled_upon(tmp_path: Path) -> None:
    (tmp_path / "21-cote-d-or.toml").write_text(
        'code = 21\ntime_zone = []\nagencies = "caf"\nreferents = [1]\nmeasures = [2]\n'
        'follow_up_days = ["J+7"]\nfirst_contact = 5\nimmediate_danger = []\n'
        'ladders = ["call"]\npathways = "complet"\nsupervisor = ["sup-21"]\n',
        encoding="utf-8",
    )

    told = problems_in(tmp_path)

    assert {"code", "time_zone", "agencies", "measures", "first_contact", "question"} <= told.keys()


def test_two_files_for_one_territory_are_refused(write: Write, tmp_path: Path) -> None:
    write()
    write(('slug = "cote-d-or"', 'slug = "dijon"'), name="21-dijon.toml")

    assert problems_in(tmp_path) == {"": "2 fichiers pour le 21"}


def test_an_empty_folder_is_a_wrong_folder(tmp_path: Path) -> None:
    assert "aucun fichier" in problems_in(tmp_path / "absent")[""]


def test_a_mistake_elsewhere_does_not_stop_a_territory(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "99-nowhere.toml").write_text("code = ", encoding="utf-8")

    assert load_territory(tmp_path, "21").name == "Côte-d'Or"
    with pytest.raises(TerritoryInvalid):
        load_territory(tmp_path, "99")


def test_a_territory_nobody_described_is_unknown() -> None:
    with pytest.raises(TerritoryUnknown, match="75-"):
        load_territory(FOLDER, "75")


def test_a_known_territory_is_read_once() -> None:
    assert known_territory(FOLDER, "974") is known_territory(FOLDER, "974")


def test_errors_survive_a_process_boundary() -> None:
    invalid = TerritoryInvalid((TerritoryProblem("21.toml", "code", "à corriger"),))
    unknown = TerritoryUnknown("75", "territories")

    assert str(pickle.loads(pickle.dumps(invalid))) == str(invalid)  # noqa: S301 - our own bytes
    assert str(pickle.loads(pickle.dumps(unknown))) == str(unknown)  # noqa: S301 - our own bytes


def test_the_command_checks_and_says_what_to_correct(write: Write) -> None:
    right = CliRunner().invoke(territory_app, ["check", str(FOLDER)])
    folder = write(('agencies = ["bav-21"]', 'agencies = ["bav-22"]'))
    wrong = CliRunner().invoke(territory_app, ["check", str(folder)])
    as_json = CliRunner().invoke(territory_app, ["check", str(folder), "--json"])

    assert (right.exit_code, right.stdout) == (0, "6 territoires, rien à corriger.\n")
    assert wrong.exit_code == as_json.exit_code == 2
    assert "measures.justice.agencies : organisme « bav-22 » inconnu" in wrong.stderr
    assert {"file", "key", "advice"} == json.loads(as_json.stdout)[0].keys()


def test_the_command_lists_the_territories() -> None:
    listed = json.loads(CliRunner().invoke(territory_app, ["list", "--json"]).stdout)

    assert [one["deployment"] for one in listed] == [deployment_name(code) for code in SHIPPED]
    assert [list(one["pathways"]) for one in listed] == [
        [pathway.code for pathway in territory.pathways] for territory in SHIPPED.values()
    ]


def test_the_list_says_which_institutions_the_referents_belong_to() -> None:
    listed = CliRunner().invoke(territory_app, ["list"]).stdout

    assert "CAF du Val-d'Oise, Conseil départemental du Val-d'Oise\n" in listed


def test_the_command_refuses_to_deploy_what_prefect_yaml_does_not_define(tmp_path: Path) -> None:
    partial = tmp_path / "prefect.yaml"
    partial.write_text("deployments: [{name: depart-95}]", encoding="utf-8")

    refused = CliRunner().invoke(territory_app, ["deploy", "21", "--prefect-file", str(partial)])

    assert refused.exit_code == 2
    assert "depart-21" in refused.stderr


@pytest.mark.parametrize("arguments", [[], ["21", "--all"], ["75"]])
def test_the_command_wants_one_known_territory_or_all(arguments: list[str]) -> None:
    assert CliRunner().invoke(territory_app, ["deploy", *arguments]).exit_code == 2


def test_the_command_deploys_to_no_server_of_its_own() -> None:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        refused = CliRunner().invoke(territory_app, ["deploy", "21"])

    assert refused.exit_code == 3
    assert "PREFECT_API_URL" in refused.stderr


def test_the_command_says_when_prefect_does_not_answer() -> None:
    with temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        refused = CliRunner().invoke(territory_app, ["deploy", "21"])

    assert refused.exit_code == 3
    assert "ne répond pas" in refused.stderr
