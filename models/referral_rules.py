"""What a well-formed referral must still respect: the rules that cross its fields."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.measure import CHECKLISTS, Measure
from models.person import ChannelKind
from models.referral import Referral
from models.territory import Territory


@dataclass(frozen=True)
class Problem:
    """One thing to correct: where, and what to do, in French. Never what was written there."""

    path: str
    """Such as ``person.children[1].born_on``; empty for the document itself."""
    message_fr: str


OwnRule = Callable[[Referral, datetime], Iterator[Problem]]
LocalRule = Callable[[Referral, Territory, datetime], Iterator[Problem]]

_CLOCK_DRIFT = timedelta(minutes=5)
"""A prescriber's clock may run this much ahead of ours."""
_FOR_CHILDREN = (Measure.CHILDCARE, Measure.SCHOOL)
_FARTHEST_DEPARTURE = timedelta(days=365)
_PHONE = re.compile(r"^\+?\d[\d .-]{7,19}$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def problems_of(referral: Referral, territory: Territory, now: datetime) -> list[Problem]:
    """Return every cross-field problem of a well-formed referral; `now` is an aware instant."""
    return problems_among(referral, set(Referral.model_fields), territory, now)


def problems_among(
    referral: Referral, readable: set[str], territory: Territory | None, now: datetime
) -> list[Problem]:
    """Return what can be said of a half-read referral: the rules whose fields are all `readable`.

    `territory` is None when the referral names none that is open.
    """
    found = [
        problem
        for needed, own in _OWN_RULES
        if needed <= readable
        for problem in own(referral, now)
    ]
    if territory is None:
        return found
    return found + [
        problem
        for needed, local in _LOCAL_RULES
        if needed <= readable
        for problem in local(referral, territory, now)
    ]


def _measures_are_run_here(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    for place, asked in enumerate(referral.measures):
        if asked.measure not in territory.measures and asked.measure not in CHECKLISTS:
            yield Problem(
                f"measures[{place}].measure", "Cette mesure n'est pas proposée dans ce territoire."
            )


def _measures_are_asked_once(referral: Referral, _now: datetime) -> Iterator[Problem]:
    for place in _repeats([asked.measure for asked in referral.measures]):
        yield Problem(f"measures[{place}].measure", "Cette mesure est déjà demandée plus haut.")


def _some_agency_serves_the_household(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    scheme = referral.person.household.scheme
    for place, asked in enumerate(referral.measures):
        if asked.measure in territory.measures and not territory.agencies_for(
            asked.measure, scheme
        ):
            yield Problem(
                f"measures[{place}].measure",
                "Aucun organisme de ce territoire ne sert cette mesure pour le régime du foyer : "
                "vérifiez person.household.scheme.",
            )


def _consents_answer_a_measure(referral: Referral, _now: datetime) -> Iterator[Problem]:
    asked = {wish.measure for wish in referral.measures}
    for place, consent in enumerate(referral.consents):
        if consent.measure not in asked:
            yield Problem(
                f"consents[{place}].measure", "Accord donné pour une mesure qui n'est pas demandée."
            )


def _consents_name_a_right_agency(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    known = {agency.code for agency in territory.agencies}
    for place, consent in enumerate(referral.consents):
        plan = territory.measures.get(consent.measure)
        if consent.agency not in known:
            yield Problem(
                f"consents[{place}].agency", "Cet organisme n'existe pas dans ce territoire."
            )
        elif plan is None or consent.agency not in (*plan.agencies, plan.stop_gap):
            yield Problem(
                f"consents[{place}].agency",
                "Cet organisme n'assure pas cette mesure dans ce territoire.",
            )


def _consents_fit_the_scheme(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    # Law: the household's own caisse files the AUU (CASF L214-9 and following): CAF or MSA.
    for place, consent in enumerate(referral.consents):
        agency = next((one for one in territory.agencies if one.code == consent.agency), None)
        if agency and agency.scheme not in (None, referral.person.household.scheme):
            yield Problem(
                f"consents[{place}].agency",
                "Cette caisse n'est pas celle du foyer : la MSA sert le régime agricole, "
                "la CAF le régime général (person.household.scheme).",
            )


def _consents_are_given_once(referral: Referral, _now: datetime) -> Iterator[Problem]:
    for place in _repeats([(one.measure, one.agency) for one in referral.consents]):
        yield Problem(f"consents[{place}]", "Cet accord est déjà donné plus haut.")


def _consents_are_past(referral: Referral, now: datetime) -> Iterator[Problem]:
    for place, consent in enumerate(referral.consents):
        if consent.given_at > now + _CLOCK_DRIFT:
            yield Problem(f"consents[{place}].given_at", "Un accord ne peut pas dater du futur.")


def _consents_name_nobody_excluded(referral: Referral, _now: datetime) -> Iterator[Problem]:
    for place, consent in enumerate(referral.consents):
        if consent.agency in referral.excluded_agencies:
            yield Problem(
                f"consents[{place}].agency",
                "Cet organisme est parmi ceux à écarter (excluded_agencies) : choisissez.",
            )


def _excluded_agencies_exist(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    known = {agency.code for agency in territory.agencies}
    for field in ("excluded_agencies", "guarded_agencies"):
        for place, code in enumerate(getattr(referral, field)):
            # Danger: a mistyped code would leave the agency among those that are asked.
            if code not in known:
                yield Problem(f"{field}[{place}]", "Cet organisme n'existe pas dans ce territoire.")


def _pathway_is_run_here(
    referral: Referral, territory: Territory, _now: datetime
) -> Iterator[Problem]:
    if referral.pathway and referral.pathway not in {one.code for one in territory.pathways}:
        yield Problem("pathway", "Cette filière n'existe pas dans ce territoire : laissez null.")


def _dates_of_the_household_are_past(
    referral: Referral, territory: Territory, now: datetime
) -> Iterator[Problem]:
    last = referral.person.household.last_allowance_on
    if last is not None and last > now.astimezone(ZoneInfo(territory.time_zone)).date():
        yield Problem("person.household.last_allowance_on", "Cette date est dans le futur.")


def _childcare_has_children(referral: Referral, _now: datetime) -> Iterator[Problem]:
    if referral.person.children:
        return
    for place, asked in enumerate(referral.measures):
        if asked.measure in _FOR_CHILDREN:
            yield Problem(
                f"measures[{place}].measure",
                "Une mesure pour des enfants est demandée sans qu'aucun enfant soit indiqué.",
            )


def _people_are_born(referral: Referral, territory: Territory, now: datetime) -> Iterator[Problem]:
    today = now.astimezone(ZoneInfo(territory.time_zone)).date()
    person = referral.person
    if person.born_on > today:
        yield Problem("person.born_on", "Cette date de naissance est dans le futur.")
    for place, child in enumerate(person.children):
        path = f"person.children[{place}].born_on"
        if child.born_on > today:
            yield Problem(path, "Cette date de naissance est dans le futur.")
        elif child.born_on <= person.born_on:
            yield Problem(path, "Cet enfant serait né avant la personne.")
    for place, evidence in enumerate(person.evidence):
        if evidence.dated_on > today:
            yield Problem(f"person.evidence[{place}].dated_on", "Cette date est dans le futur.")


def _windows_can_be_used(referral: Referral, _now: datetime) -> Iterator[Problem]:
    for place, window in enumerate(referral.person.safe_contact.windows):
        path = f"person.safe_contact.windows[{place}]"
        if window.opens.tzinfo or window.closes.tzinfo:
            yield Problem(path, "Indiquez des heures locales du territoire, sans fuseau horaire.")
        elif window.closes <= window.opens:
            yield Problem(
                f"{path}.closes",
                "Ce créneau se ferme avant de s'ouvrir ; "
                "pour passer minuit, indiquez deux créneaux.",
            )


def _channels_can_be_used(referral: Referral, _now: datetime) -> Iterator[Problem]:
    # Danger: a mistyped number reaches somebody else.
    for place, channel in enumerate(referral.person.safe_contact.channels):
        path = f"person.safe_contact.channels[{place}].value"
        if channel.kind in (ChannelKind.PHONE, ChannelKind.SMS) and not _PHONE.match(channel.value):
            yield Problem(
                path, "Ce n'est pas un numéro de téléphone : chiffres, espaces, + devant."
            )
        elif channel.kind is ChannelKind.EMAIL and not _EMAIL.match(channel.value):
            yield Problem(path, "Ce n'est pas une adresse électronique.")


def _departure_is_near(
    referral: Referral, territory: Territory, now: datetime
) -> Iterator[Problem]:
    planned = referral.departure_planned_on
    if planned is None:
        return
    zone = ZoneInfo(territory.time_zone)
    # Danger: what leaves on the planned date would never leave on a mistyped one. The past is
    # measured from the consents, not from today, so that a late repeat of a referral stays valid.
    if planned > (now.astimezone(zone) + _FARTHEST_DEPARTURE).date():
        yield Problem(
            "departure_planned_on", "Ce départ est prévu dans plus d'un an : vérifiez la date."
        )
    elif any(planned < one.given_at.astimezone(zone).date() for one in referral.consents):
        yield Problem(
            "departure_planned_on",
            "Ce départ est prévu avant l'accord de la personne : "
            "laissez null si le départ a déjà eu lieu.",
        )


def _repeats(values: Sequence[object]) -> Iterator[int]:
    return (place for place, value in enumerate(values) if value in values[:place])


_OWN_RULES: list[tuple[frozenset[str], OwnRule]] = [
    (frozenset({"measures"}), _measures_are_asked_once),
    (frozenset({"measures", "person"}), _childcare_has_children),
    (frozenset({"consents", "measures"}), _consents_answer_a_measure),
    (frozenset({"consents"}), _consents_are_given_once),
    (frozenset({"consents"}), _consents_are_past),
    (frozenset({"consents", "excluded_agencies"}), _consents_name_nobody_excluded),
    (frozenset({"person"}), _windows_can_be_used),
    (frozenset({"person"}), _channels_can_be_used),
]

_LOCAL_RULES: list[tuple[frozenset[str], LocalRule]] = [
    (frozenset({"measures"}), _measures_are_run_here),
    (frozenset({"measures", "person"}), _some_agency_serves_the_household),
    (frozenset({"consents"}), _consents_name_a_right_agency),
    (frozenset({"consents", "person"}), _consents_fit_the_scheme),
    (frozenset({"person"}), _people_are_born),
    (frozenset({"person"}), _dates_of_the_household_are_past),
    (frozenset({"excluded_agencies", "guarded_agencies"}), _excluded_agencies_exist),
    (frozenset({"pathway"}), _pathway_is_run_here),
    (frozenset({"consents", "departure_planned_on"}), _departure_is_near),
]
