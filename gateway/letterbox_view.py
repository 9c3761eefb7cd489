"""What an agency's agent may read of a person: the fields its own measure needs, and no other."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, time

from models.ages import age_on, is_in_charge
from models.danger import DangerBand
from models.measure import Measure
from models.person import (
    ChannelKind,
    Child,
    Evidence,
    EvidenceKind,
    Gender,
    JobStatus,
    ParentalAuthority,
    Person,
    ResourcesBand,
    Window,
)

Line = tuple[str, str]
"""A French label and a French value."""

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_SCHOOL_FROM = 2
_SCHOOL_UNDER = 18
"""Years; from two on (C. éduc. L113-1); an adult child enrols without a parent (C. civ. 414)."""

_CHANNELS = {
    ChannelKind.PHONE: "téléphone",
    ChannelKind.SMS: "SMS",
    ChannelKind.EMAIL: "courriel",
    ChannelKind.THIRD_PARTY: "par un tiers de confiance",
}
_GENDERS = {
    Gender.WOMAN: "femme",
    Gender.MAN: "homme",
    Gender.OTHER: "autre",
    Gender.UNSAID: "non précisé",
}
_JOBS = {
    JobStatus.EMPLOYED: "en emploi",
    JobStatus.JOB_SEEKER: "en recherche d'emploi",
    JobStatus.NOT_WORKING: "sans activité",
    JobStatus.STUDENT: "en études",
    JobStatus.SELF_EMPLOYED: "à son compte",
}
_RESOURCES = {
    ResourcesBand.UP_TO_HALF: "jusqu'à un demi-Smic",
    ResourcesBand.UP_TO_ONE: "jusqu'à un Smic",
    ResourcesBand.UP_TO_ONE_AND_HALF: "jusqu'à un Smic et demi",
    ResourcesBand.ABOVE: "plus d'un Smic et demi",
}
_EVIDENCE = {
    EvidenceKind.PROTECTION_ORDER: "ordonnance de protection",
    EvidenceKind.COMPLAINT: "dépôt de plainte",
    EvidenceKind.REPORT_TO_PROSECUTOR: "signalement au procureur de la République",
}
_GIVES_PRIORITY = (EvidenceKind.PROTECTION_ORDER, EvidenceKind.COMPLAINT)
"""What makes a person a priority for social housing (CCH L441-1)."""
_AUTHORITY = {
    ParentalAuthority.JOINT: "exercée en commun",
    ParentalAuthority.SOLE: "exercée par la personne seule",
    ParentalAuthority.SUSPENDED: "suspendue de plein droit pour l'autre parent (C. civ. 378-2)",
    ParentalAuthority.DECIDED_BY_JAF: "fixée par le juge aux affaires familiales",
    ParentalAuthority.UNKNOWN: "non connue",
}
_DANGER = {
    DangerBand.NOT_ASSESSED: "non évalué",
    DangerBand.WATCH: "vigilance",
    DangerBand.HIGH: "élevé",
    DangerBand.IMMEDIATE: "immédiat",
}


def fields_for(measure: Measure, person: Person, danger: DangerBand, today: date) -> list[Line]:
    """Return what an agent needs for a measure, in reading order; `today` is the local date."""
    return list(_VIEWS[measure](person, danger, today))


def _auu(person: Person, _danger: DangerBand, today: date) -> Iterator[Line]:
    household = person.household
    yield from _identity(person)
    yield from _contact(person)
    yield from _mail(person)
    for child in person.children:
        if is_in_charge(today, child.born_on):
            yield "Enfant né le", _day(child.born_on)
    yield "Situation d'emploi", _JOBS[person.job_status]
    yield "Ressources du mois précédent", _RESOURCES[household.resources_band]
    yield "Déjà allocataire", _yes(household.is_allocataire)
    yield "Dossier à séparer de celui du foyer", _yes(household.shares_file)
    yield "IBAN au seul nom de la personne", household.sole_name_iban or "à demander"
    # Law: one proof is enough (CASF L214-9); the latest has the most time left (D214-11).
    yield from _latest(person.evidence)


def _departement(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    # Law: the request for the AUU comes from the caisse, on an express yes (CASF L214-9).
    yield from _identity(person)
    yield from _contact(person)
    yield "Nombre d'enfants", str(len(person.children))


def _health_cover(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    yield from _identity(person)
    yield from _contact(person)
    yield from _mail(person)
    for child in person.children:
        yield "Enfant né le", _day(child.born_on)
    # Rule: said of everybody: whether a file is shared is not this agency's to know.
    yield "Dossier", "à détacher de celui du conjoint"


def _housing(person: Person, danger: DangerBand, today: date) -> Iterator[Line]:
    # Law: no evidence may be asked for (circulaire du 25 novembre 2025). No address leaves either.
    yield from _identity(person)
    yield "Genre", _GENDERS[person.gender]
    yield from _contact(person)
    yield "Niveau de danger", _DANGER[danger]
    yield from _ages(person, today)
    yield "Grossesse", _yes(person.pregnant)
    yield "Mobilité réduite", _yes(person.reduced_mobility)
    yield "Animaux", _yes(person.pets)
    yield from _to_avoid(person)


def _stable_housing(person: Person, _danger: DangerBand, today: date) -> Iterator[Line]:
    # Danger: no bank details, no address: a landlord needs neither to rank a request.
    yield from _identity(person)
    yield from _contact(person)
    yield from _ages(person, today)
    yield "Ressources du mois précédent", _RESOURCES[person.household.resources_band]
    yield from _latest([one for one in person.evidence if one.kind in _GIVES_PRIORITY])
    yield "Mobilité réduite", _yes(person.reduced_mobility)
    yield from _to_avoid(person)


def _childcare(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    yield from _parent(person)
    yield from _contact(person)
    yield "Commune (code Insee)", person.commune
    yield from _named(person.children)
    yield "Autorité parentale", _AUTHORITY[person.parental_authority]
    yield "Ne doit pas venir chercher les enfants", ", ".join(person.forbidden_collectors) or "—"
    yield from _to_avoid(person)


def _school(person: Person, _danger: DangerBand, today: date) -> Iterator[Line]:
    # Danger: no address, no commune: what the old school learns, the other parent may ask it.
    yield from _parent(person)
    yield from _contact(person)
    ages = range(_SCHOOL_FROM, _SCHOOL_UNDER)
    yield from _named([child for child in person.children if age_on(today, child.born_on) in ages])
    yield "Autorité parentale", _AUTHORITY[person.parental_authority]
    yield (
        "Confidentialité",
        "L'ancienne école ne doit jamais connaître la nouvelle : n'inscrire ni adresse ni école "
        "d'accueil sur le certificat de radiation",
    )


def _work(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    yield from _identity(person)
    yield from _contact(person)
    yield "Commune (code Insee)", person.commune
    yield "Nombre d'enfants", str(len(person.children))
    yield "Situation d'emploi", _JOBS[person.job_status]


def _psy(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    yield "Prénom", person.given_name
    yield from _contact(person)
    yield "Langue (code ISO 639-1)", person.language
    yield "Nombre d'enfants", str(len(person.children))


def _identity_only(person: Person, _danger: DangerBand, _today: date) -> Iterator[Line]:
    # Rule: nothing is filed from here; whatever else there is to say, the person says.
    yield from _identity(person)
    yield from _contact(person)


_VIEWS: dict[Measure, Callable[[Person, DangerBand, date], Iterator[Line]]] = {
    Measure.AUU: _auu,
    Measure.DEPARTEMENT: _departement,
    Measure.HEALTH_COVER: _health_cover,
    Measure.HOUSING: _housing,
    Measure.STABLE_HOUSING: _stable_housing,
    Measure.CHILDCARE: _childcare,
    Measure.SCHOOL: _school,
    Measure.EMPLOYMENT: _work,
    Measure.TRAINING: _work,
    Measure.PSY: _psy,
    Measure.MEDICAL: _identity_only,
    Measure.JUSTICE: _identity_only,
}


def _identity(person: Person) -> Iterator[Line]:
    yield "Nom", person.family_name
    yield "Prénom", person.given_name
    yield "Date de naissance", _day(person.born_on)


def _parent(person: Person) -> Iterator[Line]:
    yield "Parent", f"{person.given_name} {person.family_name}"


def _contact(person: Person) -> Iterator[Line]:
    # Danger: the code word and the cover story are the referent's; they never leave.
    sheet = person.safe_contact
    for channel in sheet.channels:
        yield f"Contact sûr ({_CHANNELS[channel.kind]})", channel.value
    yield "Seulement (heure locale)", " ; ".join(_window(window) for window in sheet.windows)
    yield "Message vocal", "possible" if sheet.may_leave_voicemail else "jamais"
    if sheet.caller_id_hidden:
        yield "Numéro masqué", "oui"
    yield "Si quelqu'un d'autre répond", "ne donner ni motif, ni nom d'organisme ; ne pas insister"
    if sheet.device_compromised is not False:
        yield "Liens et pièces jointes", "n'en envoyer aucun : appareil peut-être surveillé"


def _mail(person: Person) -> Iterator[Line]:
    yield "Adresse de courrier", person.mail_address or "aucune n'est sûre : ne rien envoyer"


def _named(children: Iterable[Child]) -> Iterator[Line]:
    for child in children:
        yield "Enfant", f"{child.given_name} {child.family_name}, {_day(child.born_on)}"


def _ages(person: Person, today: date) -> Iterator[Line]:
    ages = [_years(age_on(today, child.born_on)) for child in person.children]
    yield "Enfants (âges)", ", ".join(ages) or "aucun"


def _latest(proofs: Iterable[Evidence]) -> Iterator[Line]:
    for proof in sorted(proofs, key=lambda one: one.dated_on)[-1:]:
        yield "Justificatif", f"{_EVIDENCE[proof.kind]}, {_day(proof.dated_on)}"


def _to_avoid(person: Person) -> Iterator[Line]:
    yield "Communes à éviter (codes Insee)", ", ".join(person.communes_to_avoid) or "—"


def _window(window: Window) -> str:
    return f"{_DAYS[window.weekday]} de {_hour(window.opens)} à {_hour(window.closes)}"


def _hour(hour: time) -> str:
    return f"{hour:%H h %M}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _years(age: int) -> str:
    return "moins d'un an" if age < 1 else f"{age} an{'s' if age > 1 else ''}"


def _yes(value: bool) -> str:
    return "oui" if value else "non"
