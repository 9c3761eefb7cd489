"""The page of a departure, in Markdown and in French: measures, states, due dates, what comes
next. Codes only.
"""

from models.agency import AgencyKind, Channel
from models.case import Case
from models.labels import label
from models.measure import MeasureState
from models.request import AgencyRequest
from models.wording import contact_rules, local_hour, title_of

_HOW_TO = (
    # Danger: a click on the text of a list opens and closes it at once (Prefect's screen, 3.8.8).
    "*Ouvrez une liste par sa flèche, à droite, ou par la barre d'espace. « Plus tard » laisse la "
    "question ouverte. « Submit » envoie vos réponses ; « Close » ferme sans rien envoyer.*"
)


def artifact_of(case: Case) -> str:
    """Return what the flow run page shows of a departure, refreshed at each wake-up."""
    departure = case.departure
    lines = [
        f"# Départ {departure.reference}",
        "",
        f"**{label(departure.state)}** · danger : {label(departure.danger)} · "
        f"référent : {departure.referent} · {_day(case)}",
        "",
        *_measures(case),
        *_protections(case),
        "",
        f"*{contact_rules(case)}*",
        "",
        "## Ce qui vient",
        "",
        *_coming(case),
        "",
        f"*Mis à jour : {local_hour(case.now, case.territory)}.*",
    ]
    return "\n".join(lines)


def form_description(case: Case) -> str:
    """Return what stands above the form: how much is to be decided, by when, and how to answer.

    No table: the window is narrow, and would hide the hours.
    """
    return f"**{case.departure.reference}** — {_to_decide(case)}\n\n{_HOW_TO}"


def _to_decide(case: Case) -> str:
    asked = sorted(case.open_questions(), key=lambda question: question.due_at)
    if not asked:
        return (
            "rien à décider pour l'instant. Le départ se réveille seul quand un organisme répond "
            "ou qu'une échéance arrive."
        )
    late = sum(question.overdue_at is not None for question in asked)
    hour = local_hour(asked[0].due_at, case.territory)
    count = f"{len(asked)} décisions à prendre, la première" if len(asked) > 1 else "à décider"
    return f"{count} avant {hour}." + (f" **⚠ En retard : {late}.**" if late else "")


def whose_turn(case: Case) -> str:
    """Return the tag that says who must act: the referent, an agency, or time."""
    if case.needs_human():
        return "à décider"
    return "attente agence" if case.is_waiting_for_agencies() else "en suivi"


def _day(case: Case) -> str:
    day = case.departure.departs_on
    return f"départ le {day:%d/%m/%Y}" if day else "date de départ à fixer"


def _measures(case: Case) -> list[str]:
    # Three columns: with a fourth, the screen hides the last ones. The hours are in the list below.
    lines = ["| Mesure | Organisme | Où elle en est |", "|---|---|---|"]
    for wish in case.wishes:
        measure, requests = label(wish.measure), case.requests_for(wish.measure)
        if not requests:
            lines.append(f"| {measure} | — | {label(wish.state)} |")
        for request in requests:
            goes_on = request is not requests[-1] or wish.state is MeasureState.ONGOING
            stands = _stands(request) if goes_on else label(wish.state)
            lines.append(f"| {measure} | {_short_name(request, case)} | {stands} |")
    return lines


def _protections(case: Case) -> list[str]:
    known = [f"{label(one.kind)} : {label(one.state)}" for one in case.protections]
    return ["", f"Justice (suivi seulement) — {' ; '.join(known)}."] if known else []


def _stands(request: AgencyRequest) -> str:
    reason = f" ({label(request.reason)})" if request.reason else ""
    channel = "" if request.channel is Channel.API else f", {label(request.channel)}"
    return f"{label(request.state)}{reason}{channel}"


def _short_name(request: AgencyRequest, case: Case) -> str:
    agency = case.territory.agency(request.agency)
    return agency.name if agency.kind is AgencyKind.OTHER else label(agency.kind)


def _coming(case: Case) -> list[str]:
    questions = [
        f"- **À décider** avant {local_hour(q.due_at, case.territory)} : {title_of(q, case)}"
        for q in sorted(case.open_questions(), key=lambda q: q.due_at)
    ]
    others = [d for d in case.running() if d.question_id is None]
    dates = [
        f"- {local_hour(d.due_at, case.territory)} : {label(d.kind)}"
        + (f" — {label(d.measure)}" if d.measure else "")
        for d in sorted(others, key=lambda deadline: deadline.due_at)
    ]
    return questions + dates or ["- Rien : le départ est terminé."]
