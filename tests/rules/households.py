"""Households as they may be: an example's referral, made otherwise at random, and still right."""

from datetime import date, timedelta
from random import Random
from typing import Any

from models.measure import CHECKLISTS, Measure
from models.territory import Territory

_TODAY = date(2026, 11, 23)
_FOR_CHILDREN = (Measure.CHILDCARE, Measure.SCHOOL)
_NIGHT_AND_DAY = [{"weekday": day, "opens": "07:00", "closes": "21:00"} for day in range(7)]


def otherwise(document: dict[str, Any], territory: Territory, random: Random) -> dict[str, Any]:
    """Return the referral of another household: its money, its proofs, what is shared, what is
    safe, who is set aside, which measures are wished.
    """
    person = document["person"]
    wished = _measures(random, has_children=bool(person.get("children")))
    household = person["household"]
    scheme = household["scheme"]
    excluded = [a.code for a in territory.agencies if random.random() < 0.05]
    joint = random.random() < 0.2
    return document | {
        "person": person
        | {
            "mail_address": random.choice((person.get("mail_address"), None)),
            "evidence": _evidence(random),
            "parental_authority": random.choice(("joint", "sole", "unknown")),
            "shared_accounts": random.choice(([], [], ["online"], ["email", "phone"])),
            "psy_triage": random.choice(("unknown", "unknown", "severe", "suicidal_risk")),
            "safe_contact": person["safe_contact"]
            | {
                "channels": _channels(random),
                "windows": random.choice((person["safe_contact"]["windows"], _NIGHT_AND_DAY)),
                "device_compromised": random.choice((None, False, True)),
            },
            "household": household
            | {
                "shares_file": random.random() < 0.3,
                "is_allocataire": random.random() < 0.7,
                "sole_name_iban": None if joint else household.get("sole_name_iban"),
                "joint_account": joint or None,
                "last_allowance_on": random.choice((None, None, "2026-06-01", "2024-06-01")),
            },
        },
        "measures": [{"measure": measure.value} for measure in wished],
        "consents": _consents(document, territory, scheme, wished, excluded, random),
        "excluded_agencies": excluded,
        "guarded_agencies": [a.code for a in territory.agencies if random.random() < 0.05],
    }


def _measures(random: Random, *, has_children: bool) -> list[Measure]:
    possible = [m for m in Measure if has_children or m not in _FOR_CHILDREN]
    return random.sample(possible, random.randint(1, len(possible)))


def _evidence(random: Random) -> list[dict[str, str]]:
    kinds = ("depot_de_plainte", "ordonnance_de_protection", "signalement_au_procureur")
    return [
        {
            "kind": random.choice(kinds),
            "dated_on": (_TODAY - timedelta(days=random.choice((10, 200, 400)))).isoformat(),
        }
        for _ in range(random.choice((0, 1, 1, 2)))
    ]


def _channels(random: Random) -> list[dict[str, str]]:
    known = [
        {"kind": "phone", "value": "06 39 98 00 21"},
        {"kind": "sms", "value": "06 39 98 00 21"},
        {"kind": "email", "value": "alex@personne.example"},
        {"kind": "third_party", "value": "Association Exemple"},
    ]
    return random.sample(known, random.randint(1, len(known)))


def _consents(
    document: dict[str, Any],
    territory: Territory,
    scheme: str,
    wished: list[Measure],
    excluded: list[str],
    random: Random,
) -> list[dict[str, str]]:
    given_at = document["consents"][0]["given_at"]
    return [
        {"measure": m.value, "agency": agency.code, "manner": "oral", "given_at": given_at}
        for m in wished
        if m not in CHECKLISTS
        for agency in territory.agencies_for(m, scheme)
        if agency.code not in excluded and random.random() < 0.4
    ]
