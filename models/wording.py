"""What the referent reads of a question, in French: codes, agencies and hours, never a person."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.case import Case
from models.labels import label
from models.question import Question, QuestionKind
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
    return f"{overdue}À décider avant : {hour}. {_HELP.get(question.kind, '')}".rstrip()


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


def _next_step_title(question: Question, case: Case) -> str:
    request = case.request(question.request_id)
    asked = agency_name(request.agency, case.territory)
    why = f"{label(request.state)}" + (f", {label(request.reason)}" if request.reason else "")
    following = ""
    if question.agency and question.agency != request.agency:
        following = f" Organisme suivant : {_agency(question, case)}."
    return f"{_measure(question)} — {asked} : {why}. Quelle suite ?{following}"


_TITLES: dict[QuestionKind, Callable[[Question, Case], str]] = {
    QuestionKind.FIRST_CONTACT: lambda q, c: "Premier contact — la personne a-t-elle été jointe ?",
    QuestionKind.DANGER: lambda q, c: "Danger — niveau évalué avec la personne ?",
    QuestionKind.CONFIRM_MEASURE: lambda q, c: (
        f"{_measure(q)} — la personne est-elle d'accord pour saisir {_agency(q, c)} ?"
    ),
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
}

_HELP: dict[QuestionKind, str] = {
    QuestionKind.FIRST_CONTACT: (
        "Par un canal et à une heure de la fiche de contact sûr ; jamais de message vocal "
        "sans accord."
    ),
    QuestionKind.CONFIRM_MEASURE: "Rien ne part sans cet accord, révocable à tout moment.",
    QuestionKind.SIGN_PLAN: "Après signature, les demandes partent toutes ensemble.",
    QuestionKind.DANGER_NOW: "Police ou gendarmerie : 17. Par SMS : 114. Hébergement : 115.",
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
}
