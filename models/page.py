"""The page of a departure, in Markdown and in French: measures, states, due dates, what comes
next. Codes only.
"""

from models.case import Case
from models.labels import label
from models.request import ENDED, AgencyRequest
from models.wording import agency_name, local_hour, title_of


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
        "",
        "## Ce qui vient",
        "",
        *_coming(case),
        "",
        f"*Mis à jour : {local_hour(case.now, case.territory)}.*",
    ]
    return "\n".join(lines)


_HOW_TO = (
    # Danger: a click on the text of a list opens and closes it at once (Prefect's screen, 3.8.8).
    "*Ouvrez une liste par sa flèche, à droite, ou par la barre d'espace. « Plus tard » laisse la "
    "question ouverte. « Submit » envoie vos réponses ; « Close » ferme sans rien envoyer.*"
)


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
    lines = [
        "| Mesure | État | Organisme | Demande | Prochaine échéance |",
        "|---|---|---|---|---|",
    ]
    for wish in case.wishes:
        requests = case.requests_for(wish.measure)
        if not requests:
            lines.append(f"| {label(wish.measure)} | {label(wish.state)} | — | — | — |")
        lines += [
            f"| {label(wish.measure)} | {label(wish.state)} | "
            f"{agency_name(request.agency, case.territory)} | {_request(request)} | "
            f"{_next_due(case, request)} |"
            for request in requests
        ]
    return lines


def _request(request: AgencyRequest) -> str:
    reason = f" ({label(request.reason)})" if request.reason else ""
    return f"{label(request.state)}{reason}, {label(request.channel)}"


def _next_due(case: Case, request: AgencyRequest) -> str:
    if request.state in ENDED:
        return "—"
    running = [d for d in case.running() if d.request_id == request.id]
    if not running:
        return "—"
    first = min(running, key=lambda deadline: deadline.due_at)
    return f"{label(first.kind)} : {local_hour(first.due_at, case.territory)}"


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
