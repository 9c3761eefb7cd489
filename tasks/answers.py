"""Collect what the referent left in the form: into our table, with who gave it, the first answer
winning.
"""

import json
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError

from models.case import Case
from models.labels import label
from models.question import Question, Wish
from models.wording import option_label
from store import runs
from store.cases import load_case
from store.leases import Turn, fenced
from store.news import record_answer_in, record_wish
from store.patience import waits_for_store
from store.sendings import sender_of
from tasks.turn import stops_when_stale

# Who sent a form is not always known: it came round the guard, or two people sent the same one.
_THROUGH = "page-prefect"
_NOT_FOUND = 404


@stops_when_stale
@waits_for_store
def collect_answers(turn: Turn) -> None:
    """Take the answers of every form that was shown and not collected yet, even by a run that is
    no more.
    """
    for shown in runs.uncollected(turn.reference):
        left = _left_in_form(shown.flow_run, shown.number)
        with fenced(turn) as (opened, departure):
            case = load_case(opened, departure)
            by = sender_of(opened, shown.flow_run, shown.at, left) or _THROUGH
            for question, option in answers_in(left, case):
                record_answer_in(opened, turn.reference, question.id or 0, option, by)
            wish = wish_in(left)
            if wish is not Wish.NOTHING:
                record_wish(opened, turn.reference, wish, str(shown.number), by)
            runs.collected(opened, shown.number)


def answers_in(left: dict[str, Any], case: Case) -> list[tuple[Question, str]]:
    """Return the options chosen, by their French labels; what was left for later is no answer."""
    return [
        (question, option)
        for question in case.questions
        for option in question.options
        if left.get(question.field) == option_label(option, case)
    ]


def wish_in(left: dict[str, Any]) -> Wish:
    """Return what the last field of the form asks for."""
    return next((w for w in Wish if left.get("agir") == label(w)), Wish.NOTHING)


def _left_in_form(flow_run: UUID, number: int) -> dict[str, Any]:
    with get_client(sync_client=True) as client:
        try:
            text = client.read_flow_run_input(flow_run, f"suspended-{number}-response")
        except PrefectHTTPStatusError as error:
            if error.response.status_code == _NOT_FOUND:
                return {}
            raise
    answers: dict[str, Any] = (
        json.loads(json.loads(text)) if text.startswith('"') else json.loads(text)
    )
    return answers
