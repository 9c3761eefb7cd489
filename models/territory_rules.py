"""What a territory's file must respect beyond its shape: the rules that cross its fields.

Rules read the file as it was written and step over what has a wrong shape, so that one reading
tells everything there is to correct.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from models.agency import AgencyKind, Channel
from models.measure import URGENT, Measure
from models.person import Scheme
from models.territory import TerritoryKind, Unit

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
    for measure in Measure:
        if measure not in _plans(table):
            yield f"measures.{measure}", "mesure absente : tout territoire assure les sept mesures"


def _every_measure_has_somebody_to_ask(table: Table) -> Iterator[Finding]:
    schemes = {_word(agency, "code"): agency.get("scheme") for agency in _agencies(table)}
    for measure, plan in _plans(table).items():
        asked = _codes(plan)
        for code in asked:
            if code not in schemes:
                yield f"measures.{measure}.agencies", f"organisme « {code} » inconnu : le décrire"
        if len(set(asked)) < len(asked):
            yield (
                f"measures.{measure}.agencies",
                "un organisme est cité deux fois",
            )
        for scheme in Scheme:
            if asked and not any(schemes.get(code) in (None, scheme) for code in asked):
                yield (
                    f"measures.{measure}.agencies",
                    f"personne pour un foyer du régime « {scheme} » : ajouter un organisme",
                )


def _every_agency_is_of_use(table: Table) -> Iterator[Finding]:
    asked = {code for plan in _plans(table).values() for code in _codes(plan)}
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


def _legal_and_urgent_delays_hold(table: Table) -> Iterator[Finding]:
    plans = _plans(table)
    for measure in URGENT & plans.keys():
        for step in ("acknowledge", "reply", "deliver", "remind_again"):
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
        since, until = referent.get("trained_on"), referent.get("training_expires_on")
        if type(since) is type(until) and since is not None and not since < until:
            yield f"referents[{code}].training_expires_on", "mettre une date après « trained_on »"
    if _word(table, "coordinator") in seen - {""}:
        # Danger: a referent who is silent cannot be the one who is told of it.
        yield (
            "coordinator",
            "nommer quelqu'un qui n'est pas référent : leur silence l'alerte",
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
    _every_measure_has_somebody_to_ask,
    _every_agency_is_of_use,
    _every_agency_can_be_reached,
    _legal_and_urgent_delays_hold,
    _referents_can_be_told_apart,
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


def _plans(table: Table) -> dict[str, Table]:
    plans = table.get("measures")
    if not isinstance(plans, dict):
        return {}
    return {measure: plan for measure, plan in plans.items() if isinstance(plan, dict)}


def _codes(plan: Table) -> list[str]:
    codes = plan.get("agencies")
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _unit(table: Table, key: str) -> str:
    delay = table.get(key)
    return _word(delay, "unit") if isinstance(delay, dict) else ""


def _word(table: Table, key: str) -> str:
    word = table.get(key)
    return word if isinstance(word, str) else ""


def _key(agency: Table) -> str:
    return f"agencies[{_word(agency, 'code') or 'sans code'}]"
