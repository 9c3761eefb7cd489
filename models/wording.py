"""What the referent reads of a question, in French: codes, agencies and hours, never a person."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.about import ABOUT
from models.allowance import AllowanceUnknown, estimate, sentence
from models.case import Case
from models.journey.asking import CONTACT_KINDS
from models.journey.leaks import leaks
from models.labels import label
from models.measure import CHECKLISTS, NO_EVIDENCE, Measure
from models.person import ChannelKind
from models.question import Choice, Question, QuestionKind, about_of, choice_of
from models.request import RequestState
from models.safe_hours import next_window
from models.territory import Territory

_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


def local_hour(instant: datetime, territory: Territory) -> str:
    """Return an instant as the referent's clock shows it: ``jeu. 12/03/2026 à 18 h 00``.

    Midnight is the end of a day, not the beginning of the next: ``jeu. 12/03/2026 à 24 h 00``.
    """
    local = instant.astimezone(ZoneInfo(territory.time_zone))
    if local.time() == time(0):
        eve = local - timedelta(days=1)
        return f"{_DAYS[eve.weekday()]} {eve:%d/%m/%Y} à 24 h 00"
    return f"{_DAYS[local.weekday()]} {local:%d/%m/%Y} à {local:%H} h {local:%M}"


def title_of(question: Question, case: Case) -> str:
    """Return the question itself, one line."""
    return _TITLES[question.kind](question, case)


def help_of(question: Question, case: Case) -> str:
    """Return by when it is to be answered, and what to bear in mind."""
    overdue = "EN RETARD — " if question.overdue_at else ""
    hour = local_hour(question.due_at, case.territory)
    told = [f"{overdue}À décider avant : {hour}.", _HELP.get(question.kind, "")]
    if question.asked_of != case.departure.referent:
        told.insert(1, f"Confiée à {question.asked_of}.")
    told += [_allowance(question, case), _no_evidence(question), _what_to_say(question, case)]
    if question.kind in CONTACT_KINDS:
        told.append(contact_rules(case))
    return " ".join(part for part in told if part)


def contact_rules(case: Case) -> str:
    """Return the rules of the safe-contact sheet, by code: how and when, never a number or a word.

    The number, the code word and the cover story stay behind the door.
    """
    facts = case.facts
    ways = ", ".join(label(ChannelKind(code)).lower() for code in facts.channels)
    rules = [f"Contact sûr : {ways}"]
    if facts.caller_id_hidden:
        rules.append("numéro masqué")
    rules.append("message vocal permis" if facts.may_leave_voicemail else "pas de message vocal")
    if facts.device_compromised is not False:
        rules.append("aucun lien")
    if facts.has_code_word:
        rules.append("mot de code")
    if facts.has_cover_story:
        rules.append("prétexte convenu")
    window = next_window(facts, case.now, case.territory)
    if window is None:
        return " ; ".join(rules) + "."
    opens, closes = window
    when = f"{local_hour(opens, case.territory)}, jusqu'à {closes:%H} h {closes:%M}"
    return " ; ".join(rules) + f". Prochain créneau sûr : {when}."


def option_label(option: str, case: Case) -> str:
    """Return what a human reads of an option: ``Retirer : Garde d'enfants``."""
    choice, about = choice_of(option), about_of(option)
    return f"{label(choice)} : {_named(choice, about, case)}" if about else label(choice)


def _named(choice: Choice, about: str, case: Case) -> str:
    if choice is Choice.TAKE_BACK:
        return label(Measure(about))
    if choice is Choice.TRANSFER_TO:
        return f"{case.elsewhere.get(about, 'autre territoire')} ({about})"
    return agency_name(about, case.territory)


def about_name(question: Question) -> str:
    """Return what a question is about, beside a measure and an agency; empty for most."""
    for kind in ABOUT.get(question.kind, ()):
        if question.about in {member.value for member in kind}:
            return label(kind(question.about))
    return ""


def _allowance(question: Question, case: Case) -> str:
    """The amount that may come, shown before it is asked for: an estimate, never a promise."""
    asked = question.kind in (QuestionKind.CONFIRM_MEASURE, QuestionKind.DOUBT)
    if question.measure is not Measure.AUU or not asked:
        return ""
    facts = case.facts
    try:
        found = estimate(facts.children_under_21, facts.resources_band, case.today)
    except AllowanceUnknown:
        return "Montant : barème inconnu à cette date."
    told = sentence(found)
    return f"{told[0].upper()}{told[1:]}."


def _what_to_say(question: Question, case: Case) -> str:
    """What a call must hold back: an agent who is linked, a letter that would betray."""
    agency = question.agency or ""
    if question.kind not in (QuestionKind.CALL_AGENCY, QuestionKind.TELL_RECALL):
        return ""
    told = []
    if case.is_guarded(agency) or case.is_excluded(agency):
        told.append("Demandez la direction seule : quelqu'un y est lié à l'auteur présumé.")
    if emitted := leaks(case.territory.agency(agency), case.facts):
        told.append(f"Demandez que rien ne parte : {', '.join(map(label, emitted))}.")
    return " ".join(told)


def _no_evidence(question: Question) -> str:
    asked = question.kind is QuestionKind.CALL_AGENCY and question.measure in NO_EVIDENCE
    return "Aucune preuve ne peut être exigée (circulaire du 25/11/2025)." if asked else ""


def agency_name(code: str | None, territory: Territory) -> str:
    """Return how an agency is called in its territory."""
    known = {agency.code: agency.name for agency in territory.agencies}
    return known.get(code or "", code or "organisme à choisir")


def _measure(question: Question) -> str:
    return label(question.measure) if question.measure else "Mesure"


def _agency(question: Question, case: Case) -> str:
    return agency_name(question.agency, case.territory)


def _call_title(question: Question, case: Case) -> str:
    agency = case.territory.agency(question.agency or "")
    return f"{_measure(question)} — appeler {agency.name} au {agency.phone} : résultat de l'appel ?"


def _offer_title(question: Question, case: Case) -> str:
    offered = f"propose : {label(question.detail)}" if question.detail else "fait une proposition"
    return f"{_measure(question)} — {_agency(question, case)} {offered}. L'accepter ?"


def _document_title(question: Question, case: Case) -> str:
    missing = label(question.detail) if question.detail else "une pièce"
    return f"{_measure(question)} — {_agency(question, case)} demande : {missing}"


def _consent_title(question: Question, case: Case) -> str:
    if question.measure in CHECKLISTS:
        return f"{_measure(question)} — la personne veut-elle faire le point avec vous ?"
    agency = _agency(question, case)
    return f"{_measure(question)} — la personne est-elle d'accord pour saisir {agency} ?"


def _danger_title(question: Question, case: Case) -> str:
    why = about_name(question)
    return "Danger — niveau évalué" + (f" ({why}) ?" if why else " avec la personne ?")


def _next_step_title(question: Question, case: Case) -> str:
    request = case.request(question.request_id)
    asked = agency_name(request.agency, case.territory)
    why = f"{label(request.state)}" + (f", {label(request.reason)}" if request.reason else "")
    if case.is_stop_gap(request) and request.state is RequestState.FULFILLED:
        why = "solution d'attente en place"
    following = ""
    if question.agency and question.agency != request.agency:
        following = f" Organisme suivant : {_agency(question, case)}."
    return f"{_measure(question)} — {asked} : {why}. Quelle suite ?{following}"


_TITLES: dict[QuestionKind, Callable[[Question, Case], str]] = {
    QuestionKind.FIRST_CONTACT: lambda q, c: "Premier contact — la personne a-t-elle été jointe ?",
    QuestionKind.DANGER: _danger_title,
    QuestionKind.CONFIRM_MEASURE: _consent_title,
    QuestionKind.DEPARTURE_DAY: lambda q, c: "Départ — quand la personne part-elle ?",
    QuestionKind.SIGN_PLAN: lambda q, c: "Plan — le signer et lancer les demandes ?",
    QuestionKind.DANGER_NOW: lambda q, c: "DANGER IMMÉDIAT — qu'avez-vous fait ?",
    QuestionKind.CALL_AGENCY: _call_title,
    QuestionKind.TELL_RECALL: lambda q, c: (
        f"{_measure(q)} — prévenir {_agency(q, c)} que "
        + ("sa proposition est déclinée" if q.offer else "la demande est retirée")
    ),
    QuestionKind.OFFER: _offer_title,
    QuestionKind.MISSING_DOCUMENT: _document_title,
    QuestionKind.NEXT_STEP: _next_step_title,
    QuestionKind.LATE_REPLY: lambda q, c: (
        f"{_measure(q)} — {_agency(q, c)} a répondu après coup : qu'en faire avec la personne ?"
    ),
    QuestionKind.CONFIRM_DELIVERY: lambda q, c: (
        f"{_measure(q)} — la personne confirme-t-elle l'avoir vraiment ?"
    ),
    QuestionKind.FOLLOW_UP: lambda q, c: f"Suivi J+{q.day} — comment va la personne ?",
    QuestionKind.TAKE_BACK: lambda q, c: "Retirer une mesure — laquelle ?",
    QuestionKind.REOPEN: lambda q, c: "Retour au domicile — que souhaite la personne ?",
    QuestionKind.CLOSE: lambda q, c: "Clôture — avec quelle issue ?",
    QuestionKind.DOUBT: lambda q, c: f"{_measure(q)} — avant d'envoyer : {about_name(q)}",
    QuestionKind.LEAK_PATH: lambda q, c: (
        f"{_measure(q)} — RETENU : {_agency(q, c)} émet {about_name(q)}, que l'auteur présumé "
        "peut voir. Comment faire ?"
    ),
    QuestionKind.NO_AGENCY: lambda q, c: (
        f"{_measure(q)} — plus aucun organisme ne peut être saisi. Quelle suite ?"
    ),
    QuestionKind.ALTERNATIVE: lambda q, c: (
        f"{_measure(q)} — la personne est-elle d'accord pour saisir aussi {_agency(q, c)} ?"
    ),
    QuestionKind.CHECKLIST: lambda q, c: f"{_measure(q)} — {about_name(q)} ?",
    QuestionKind.SUICIDAL_RISK: lambda q, c: "RISQUE SUICIDAIRE — qu'avez-vous fait ?",
    QuestionKind.NEW_FACT: lambda q, c: "Fait nouveau — que s'est-il passé ?",
    QuestionKind.PROTECTION: lambda q, c: (
        f"Justice — {about_name(q)} : la décision est-elle rendue ?"
        if q.about
        else "Justice — quelle étape ?"
    ),
    QuestionKind.LEGAL_END: lambda q, c: f"Fin prochaine — {about_name(q)} : quelle suite ?",
    QuestionKind.RENEW_CONSENT: lambda q, c: (
        f"{_measure(q)} — l'accord pour {_agency(q, c)} prend fin : "
        "la personne le renouvelle-t-elle ?"
    ),
    QuestionKind.CANNOT_UNDO: lambda q, c: (
        f"{_measure(q)} — accord retiré : ce que {_agency(q, c)} a reçu ou fait ne se défait pas"
    ),
    QuestionKind.CONFLICT: lambda q, c: "Organisme lié à l'auteur présumé — lequel ?",
    QuestionKind.TRANSFER: lambda q, c: "Autre territoire — lequel ?",
    QuestionKind.RELAY: lambda q, c: "Difficulté — le relais est-il saisi ?",
}

_HELP: dict[QuestionKind, str] = {
    QuestionKind.FIRST_CONTACT: (
        "Par un canal et à une heure de la fiche de contact sûr ; jamais de message vocal "
        "sans accord."
    ),
    QuestionKind.CONFIRM_MEASURE: "Rien ne part sans cet accord, révocable à tout moment.",
    QuestionKind.SIGN_PLAN: "Après signature, les demandes partent toutes ensemble.",
    QuestionKind.DANGER_NOW: (
        "Police ou gendarmerie : 17. Par SMS : 114. Hébergement : 115, admission directe. Avec son "
        "accord, alertez le parquet (ordonnance provisoire, téléphone grave danger)."
    ),
    QuestionKind.CALL_AGENCY: (
        "Ne donnez que la référence du départ et le besoin ; ni adresse actuelle, ni récit."
    ),
    QuestionKind.OFFER: "Passé cette heure, la place est perdue.",
    QuestionKind.CONFIRM_DELIVERY: "Au prochain contact sûr : n'appelez pas pour cela seul.",
    QuestionKind.FOLLOW_UP: "Par un canal et à une heure de la fiche de contact sûr seulement.",
    QuestionKind.REOPEN: "Le retour est fréquent, sans conséquence : reprendre est un choix.",
    QuestionKind.NEXT_STEP: "Demander à un autre organisme suppose l'accord de la personne.",
    QuestionKind.LATE_REPLY: "Rien n'est appliqué sans votre choix.",
    QuestionKind.MISSING_DOCUMENT: "Le délai légal continue de courir pendant ce temps.",
    QuestionKind.DOUBT: "Rien ne part avant votre choix.",
    QuestionKind.LEAK_PATH: (
        "Rien ne part par ce chemin. Par appel, demandez que rien ne soit écrit ni envoyé."
    ),
    QuestionKind.ALTERNATIVE: "Les deux demandes courent ; la première qui aboutit l'emporte.",
    QuestionKind.SUICIDAL_RISK: "SAMU : 15. Prévention du suicide : 3114, jour et nuit.",
    QuestionKind.NEW_FACT: "Danger immédiat : 17 ; par SMS : 114.",
    QuestionKind.PROTECTION: "Suivi seulement : rien n'est déposé d'ici.",
    QuestionKind.CANNOT_UNDO: "Dites-le à la personne au prochain contact sûr.",
    QuestionKind.CONFLICT: (
        "Écarté : plus rien ne lui est demandé, ce qui court est retiré de vive voix. Par la seule "
        "direction : vous appelez."
    ),
    QuestionKind.TRANSFER: (
        "Avec l'accord de la personne. Ce qui attend ici est retiré (une aide accordée et pas "
        "encore versée aussi : attendez le versement) ; un départ s'ouvre là-bas, les accords y "
        "sont redemandés."
    ),
}
