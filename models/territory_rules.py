"""What a territory's file must respect beyond its shape: the rules that cross its fields.

Rules read the file as it was written and step over what has a wrong shape, so that one reading
tells everything there is to correct.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from models.agency import AgencyKind, Channel, Emission
from models.measure import CHECKLISTS, URGENT, Measure
from models.person import Scheme
from models.territory import LadderStep, TerritoryKind, Unit

Table = Mapping[str, Any]
"""A TOML table, as it was written."""
Finding = tuple[str, str]
"""A key path such as ``agencies[caf-21].address``, and what to do there, in French."""
Rule = Callable[[Table], Iterator[Finding]]

_METROPOLE = "Europe/Paris"
# Law: C. trav. L3134-13 (57, 67, 68) and L3422-2 (overseas) add days to the metropolitan list.
_CALENDARS = {"57": "57", "67": "6AE", "68": "6AE", "975": "PM"} | {
    code: code for code in ("971", "972", "973", "974", "976")
}
_TIME_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?\d(?: ?\d){1,14}")
_AUU_REPLY_DAYS = 3
"""CASF L214-10: paid within 3 working days of reception."""
_FIRST_CONTACT_DAYS = 5
"""The programme's own promise: the referent contacts the person within 5 days."""
# What the card of each connector says its agency emits. None for the BAV: we file nothing there, so
# our request has no court notify anybody.
_CARDS: dict[str, tuple[Emission, ...]] = {
    AgencyKind.CAF: (
        Emission.LETTER,
        Emission.HOUSEHOLD_FILE,
        Emission.EMAIL,
        Emission.SMS,
        Emission.BANK_LABEL,
    ),
    AgencyKind.SIAO: (Emission.PHONE_CALL,),
    AgencyKind.CHILDCARE: (Emission.LETTER, Emission.ONLINE_ACCOUNT),
    AgencyKind.FRANCE_TRAVAIL: (
        Emission.LETTER,
        Emission.ONLINE_ACCOUNT,
        Emission.EMAIL,
        Emission.SMS,
    ),
    AgencyKind.FRANCE_VICTIMES: (Emission.SMS, Emission.PHONE_CALL),
}
_LADDER_ORDER = [step.value for step in LadderStep]
# Who may be asked when a referent is silent.
_REFERENT_STEPS = (LadderStep.BACKUP, LadderStep.COORDINATOR, LadderStep.SUPERVISOR)


def findings(table: Table, file_name: str) -> Iterator[Finding]:
    """Yield everything to correct in one territory's file, beyond the shape of its fields."""
    yield from _file_is_named_after_its_territory(table, file_name)
    for rule in _RULES:
        yield from rule(table)


def _file_is_named_after_its_territory(table: Table, file_name: str) -> Iterator[Finding]:
    code, slug = _word(table, "code"), _word(table, "slug")
    expected = f"{code}-{slug}.toml"
    if code and slug and file_name != expected:
        yield "code", f"renommer le fichier « {expected} », ou corriger « code » et « slug »"


def _time_and_days_are_those_of_the_place(table: Table) -> Iterator[Finding]:
    code = _word(table, "code")
    if not code:
        return
    zone = _TIME_ZONES.get(code, _METROPOLE)
    if _word(table, "time_zone") not in ("", zone):
        yield "time_zone", f"fuseau inconnu ou d'un autre territoire : écrire « {zone} »"
    calendar = _CALENDARS.get(code, "")
    if isinstance(table.get("calendar"), str) and table["calendar"] != calendar:
        yield "calendar", f"calendrier inconnu ou d'un autre territoire : écrire « {calendar} »"
    if (_word(table, "kind") == TerritoryKind.OVERSEAS) != (code in _TIME_ZONES):
        yield "kind", "« overseas » est la nature des territoires 971 à 976, et d'eux seuls"


def _every_measure_is_run(table: Table) -> Iterator[Finding]:
    plans = _plans(table)
    for measure in Measure:
        if measure in CHECKLISTS and measure in plans:
            yield (
                f"measures.{measure}",
                "liste parcourue avec la personne, sans organisme à qui demander : la retirer",
            )
        if measure not in CHECKLISTS and measure not in plans:
            yield f"measures.{measure}", "mesure absente : tout territoire l'assure, la décrire"


def _every_measure_asks_known_agencies(table: Table) -> Iterator[Finding]:
    known = {_word(agency, "code") for agency in _agencies(table)}
    for measure, plan in _plans(table).items():
        asked, stop_gap = _words(plan, "agencies"), _word(plan, "stop_gap")
        for code in asked:
            if code not in known:
                yield f"measures.{measure}.agencies", f"organisme « {code} » inconnu : le décrire"
        if len(set(asked)) < len(asked):
            yield f"measures.{measure}.agencies", "un organisme est cité deux fois"
        if stop_gap and stop_gap not in known:
            yield f"measures.{measure}.stop_gap", f"organisme « {stop_gap} » inconnu : le décrire"
        if stop_gap in asked:
            yield (
                f"measures.{measure}.stop_gap",
                "il fait tenir en attendant les autres : le retirer de « agencies »",
            )


def _every_measure_has_somebody_to_ask(table: Table) -> Iterator[Finding]:
    described = {_word(agency, "code"): agency for agency in _agencies(table)}
    for measure, plan in _plans(table).items():
        # Rule: nobody is left out by a condition. An unknown agency has been told already.
        asked = [described.get(code, {}) for code in _words(plan, "agencies")]
        for scheme in Scheme:
            if asked and not any(_serves_everybody_of(agency, scheme) for agency in asked):
                yield (
                    f"measures.{measure}.agencies",
                    f"personne pour un foyer du régime « {scheme} », sans condition : ajouter un"
                    " organisme, ou retirer un « scheme » ou un « only_when »",
                )


def _serves_everybody_of(agency: Table, scheme: Scheme) -> bool:
    return agency.get("scheme") in (None, scheme) and not agency.get("only_when")


def _every_agency_is_of_use(table: Table) -> Iterator[Finding]:
    plans = _plans(table).values()
    asked = {
        code for plan in plans for code in (*_words(plan, "agencies"), _word(plan, "stop_gap"))
    }
    seen: set[str] = set()
    for agency in _agencies(table):
        code, key = _word(agency, "code"), _key(agency)
        if code and code not in asked:
            yield key, "aucune mesure ne le demande : le citer dans une mesure, ou le retirer"
        if code in seen:
            yield f"{key}.code", "code déjà pris dans ce fichier : en choisir un autre"
        # Danger: an agency's code is its name in every table and environment variable, so the same
        # code in two territories would send one territory's requests to the other's agency.
        if code and _word(table, "code") and not code.endswith(f"-{_word(table, 'code')}"):
            yield f"{key}.code", f"finir le code par « -{_word(table, 'code')} »"
        seen.add(code)


def _every_agency_can_be_reached(table: Table) -> Iterator[Finding]:
    for agency in _agencies(table):
        key, channel, address = _key(agency), _word(agency, "channel"), _word(agency, "address")
        advice = _WRONG_ADDRESS.get(channel)
        if advice and address and not _fits(channel, address):
            yield f"{key}.address", advice
        if _word(agency, "phone") and not _PHONE.fullmatch(_word(agency, "phone")):
            yield f"{key}.phone", _WRONG_ADDRESS[Channel.CALL]
        if channel == Channel.API and _word(agency, "kind") == AgencyKind.OTHER:
            yield f"{key}.channel", "« autre » n'a pas d'échange automatique : letterbox ou call"


def _every_agency_says_what_it_emits(table: Table) -> Iterator[Finding]:
    for agency in _agencies(table):
        kind, emits = _word(agency, "kind"), agency.get("emits")
        absent = [
            one for one in _CARDS.get(kind, ()) if isinstance(emits, dict) and one not in emits
        ]
        if absent:
            # Danger: what is not declared is not compared with the safe-contact sheet.
            yield (
                f"{_key(agency)}.emits",
                f"ajouter {_quoted(absent)}, que dit connectors/{kind}/CARD.md",
            )


def _no_agricultural_scheme_overseas(table: Table) -> Iterator[Finding]:
    if _word(table, "code") not in _TIME_ZONES:
        return
    for agency in _agencies(table):
        if agency.get("scheme") == Scheme.AGRICULTURAL:
            yield (
                f"{_key(agency)}.scheme",
                "pas de MSA outre-mer : une seule caisse y sert tous les foyers, sans « scheme »",
            )


def _legal_and_urgent_delays_hold(table: Table) -> Iterator[Finding]:
    plans = _plans(table)
    for measure in URGENT & plans.keys():
        for step in ("acknowledge", "reply", "deliver", "ask_again"):
            if _unit(plans[measure], step) not in ("", Unit.HOURS):
                yield f"measures.{measure}.{step}.unit", "une urgence se compte en « hours »"
        if plans[measure].get("lead_days", 0) != 0:
            yield f"measures.{measure}.lead_days", "une urgence part tout de suite : écrire 0"
    if _unit(table, "immediate_danger") not in ("", Unit.HOURS):
        yield "immediate_danger.unit", "un danger immédiat se compte en « hours »"
    reply = plans.get(Measure.AUU, {}).get("reply")
    if _exceeds(reply, _AUU_REPLY_DAYS, {Unit.HOURS: 24, Unit.WORKING_DAYS: 1}):
        yield "measures.auu.reply", "3 jours ouvrés au plus (CASF L214-10)"
    if _exceeds(table.get("first_contact"), _FIRST_CONTACT_DAYS, {Unit.HOURS: 24, Unit.DAYS: 1}):
        yield "first_contact", "5 jours au plus, en « days » ou en « hours »"


def _referents_can_be_told_apart(table: Table) -> Iterator[Finding]:
    seen: set[str] = set()
    for referent in _rows(table, "referents"):
        code = _word(referent, "code")
        if code in seen:
            yield f"referents[{code}].code", "code déjà pris : en choisir un autre"
        seen.add(code)
        if not _in_order(referent, "trained_on", "training_expires_on"):
            yield f"referents[{code}].training_expires_on", "mettre une date après « trained_on »"


def _absent_referents_are_replaced(table: Table) -> Iterator[Finding]:
    known = _referents(table)
    for referent in _rows(table, "referents"):
        code, backup = _word(referent, "code"), _word(referent, "backup")
        if backup and (backup == code or backup not in known):
            yield f"referents[{code}].backup", "nommer un autre référent de ce fichier"
        for number, absence in enumerate(_rows(referent, "leave"), start=1):
            if not _in_order(absence, "since", "until", same_day=True):
                yield (
                    f"referents[{code}].leave[n° {number}].until",
                    "mettre une date à partir de « since »",
                )


def _silence_is_told_to_somebody_else(table: Table) -> Iterator[Finding]:
    referents = _referents(table)
    coordinator, supervisor = _word(table, "coordinator"), _word(table, "supervisor")
    # Danger: one who is silent cannot be the one who is told of it.
    if coordinator in referents:
        yield "coordinator", "nommer quelqu'un qui n'est pas référent : leur silence l'alerte"
    if supervisor and (supervisor == coordinator or supervisor in referents):
        yield (
            "supervisor",
            "nommer quelqu'un qui n'est ni référent, ni « coordinator » : leur silence l'alerte",
        )


def _every_referent_is_on_a_pathway(table: Table) -> Iterator[Finding]:
    known, pathways = _referents(table), _rows(table, "pathways")
    seen: set[str] = set()
    for pathway in pathways:
        code, named = _word(pathway, "code"), _words(pathway, "referents")
        if code in seen - {""}:
            yield f"pathways[{code}].code", "parcours décrit deux fois : n'en garder qu'un"
        seen.add(code)
        for referent in named:
            if referent not in known:
                yield f"pathways[{code}].referents", f"référent « {referent} » inconnu : le décrire"
        if len(set(named)) < len(named):
            yield f"pathways[{code}].referents", "un référent est cité deux fois"
    on_a_pathway = {one for pathway in pathways for one in _words(pathway, "referents")}
    for referent in sorted(known - on_a_pathway) if pathways else ():
        yield f"referents[{referent}]", "aucun parcours ne le nomme : le citer, ou le retirer"


def _ladders_go_up(table: Table) -> Iterator[Finding]:
    for name, steps in _ladders(table).items():
        ranks = [_LADDER_ORDER.index(step) for step in steps if step]
        if ranks != sorted(set(ranks)):
            order = " < ".join(_LADDER_ORDER)
            yield f"ladders.{name}", f"chaque marche une fois, dans l'ordre {order}"


def _ladders_ask_who_can_answer(table: Table) -> Iterator[Finding]:
    for name, steps in _ladders(table).items():
        key, first = f"ladders.{name}", next(iter(steps), "")
        if name.startswith("referent"):
            if not set(steps) <= {"", *_REFERENT_STEPS}:
                yield key, f"devant un référent silencieux, seulement {_quoted(_REFERENT_STEPS)}"
        elif name.endswith("urgent"):
            # Danger: a reminder that nobody reads costs a night outside.
            if LadderStep.REMIND in steps or first not in ("", LadderStep.CALL):
                yield key, "une urgence commence par « call », sans « remind »"
        elif first not in ("", LadderStep.REMIND, LadderStep.CALL):
            yield key, "commencer par l'organisme : « remind » ou « call »"


def _urgent_ladders_count_in_hours(table: Table) -> Iterator[Finding]:
    for name in ("agency_urgent", "referent_urgent"):
        for number, rung in enumerate(_rows(_table(table, "ladders"), name), start=1):
            if _unit(rung, "wait") not in ("", Unit.HOURS):
                yield (
                    f"ladders.{name}[n° {number}].wait.unit",
                    "une urgence se compte en « hours »",
                )


def _follow_up_goes_forward(table: Table) -> Iterator[Finding]:
    days = table.get("follow_up_days", [])
    if not (isinstance(days, list) and all(isinstance(day, int) for day in days)):
        return
    if any(day <= 0 for day in days) or days != sorted(set(days)):
        yield "follow_up_days", "des jours croissants, à partir de 1, chacun une fois"


_RULES: tuple[Rule, ...] = (
    _time_and_days_are_those_of_the_place,
    _every_measure_is_run,
    _every_measure_asks_known_agencies,
    _every_measure_has_somebody_to_ask,
    _every_agency_is_of_use,
    _every_agency_can_be_reached,
    _every_agency_says_what_it_emits,
    _no_agricultural_scheme_overseas,
    _legal_and_urgent_delays_hold,
    _referents_can_be_told_apart,
    _absent_referents_are_replaced,
    _silence_is_told_to_somebody_else,
    _every_referent_is_on_a_pathway,
    _ladders_go_up,
    _ladders_ask_who_can_answer,
    _urgent_ladders_count_in_hours,
    _follow_up_goes_forward,
)

_WRONG_ADDRESS: dict[str, str] = {
    Channel.API: "écrire une adresse « https://… » sans identifiant ni paramètre",
    Channel.LETTERBOX: "écrire une adresse électronique, comme « contact@caf-21.example »",
    Channel.CALL: "écrire un numéro de téléphone, en chiffres et espaces",
}


def _fits(channel: str, address: str) -> bool:
    if channel == Channel.LETTERBOX:
        return _EMAIL.fullmatch(address) is not None
    if channel == Channel.CALL:
        return _PHONE.fullmatch(address) is not None
    # Danger: a secret written in an address ends up in logs, a parameter may carry anything.
    parts = urlsplit(address)
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"[@?#\s]", address)


def _exceeds(delay: object, limit: int, per_day: dict[Unit, int]) -> bool:
    if not isinstance(delay, dict) or not isinstance(delay.get("count"), int):
        return False
    unit = delay.get("unit")
    if unit not in list(Unit):
        return False
    return unit not in per_day or delay["count"] > limit * per_day[Unit(unit)]


def _rows(table: Table, key: str) -> list[Table]:
    rows = table.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _agencies(table: Table) -> list[Table]:
    return _rows(table, "agencies")


def _referents(table: Table) -> set[str]:
    return {_word(referent, "code") for referent in _rows(table, "referents")} - {""}


def _ladders(table: Table) -> dict[str, list[str]]:
    """Return the steps of each ladder by its name; empty for a step that does not exist."""
    ladders = _table(table, "ladders")
    named = {name: [_word(rung, "step") for rung in _rows(ladders, name)] for name in ladders}
    return {
        name: [step if step in _LADDER_ORDER else "" for step in steps]
        for name, steps in named.items()
    }


def _plans(table: Table) -> dict[str, Table]:
    plans = _table(table, "measures")
    return {measure: plan for measure, plan in plans.items() if isinstance(plan, dict)}


def _in_order(row: Table, first: str, second: str, *, same_day: bool = False) -> bool:
    since, until = row.get(first), row.get(second)
    if type(since) is not date or type(until) is not date:
        return True
    return since < until or (same_day and since == until)


def _table(table: Table, key: str) -> Table:
    inner = table.get(key)
    return inner if isinstance(inner, dict) else {}


def _words(table: Table, key: str) -> list[str]:
    words = table.get(key)
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def _unit(table: Table, key: str) -> str:
    return _word(_table(table, key), "unit")


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"« {word} »" for word in words)


def _word(table: Table, key: str) -> str:
    word = table.get(key)
    return word if isinstance(word, str) else ""


def _key(agency: Table) -> str:
    return f"agencies[{_word(agency, 'code') or 'sans code'}]"
