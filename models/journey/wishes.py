"""What a referent may want at any moment, whatever was asked: the last field of every form."""

from collections.abc import Callable

from models.case import Case
from models.danger import DangerBand
from models.departure import DepartureState
from models.journal import Event
from models.journey.asking import ask, ask_to_close
from models.journey.danger import NEW_FACTS, ask_at_once, ask_suicidal_risk
from models.journey.moving import ask_conflict, ask_transfer
from models.journey.protections import ask_step
from models.journey.stopping import go_home
from models.measure import SETTLED
from models.news import News
from models.question import Choice, QuestionKind, Wish
from models.step import Note, SetDanger, Steps


def wished(case: Case, news: News) -> Steps:
    """Return what follows from a wish."""
    wish = news.wish or Wish.NOTHING
    by = None if news.is_of_a_restoration else case.departure.referent
    steps: Steps = [Note(Event.WISH_EXPRESSED, code=wish.value, by=by)]
    occasion = f"wish-{news.id}"
    if wish is Wish.DANGER:
        return [*steps, SetDanger(DangerBand.IMMEDIATE), *ask_at_once(case)]
    if wish is Wish.WENT_BACK:
        return steps + go_home(case)
    follows = _FOLLOWS.get(wish)
    return steps + (follows(case, occasion) if follows else [])


def _ask_how(case: Case, occasion: str) -> Steps:
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or case.open_questions(QuestionKind.CLOSE):
        return []
    return [ask_to_close(case, occasion)]


def _ask_which(case: Case, occasion: str) -> Steps:
    left = [wish.measure for wish in case.wishes if wish.state not in SETTLED]
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or not left or case.open_questions(QuestionKind.TAKE_BACK):
        return []
    options = (*(f"{Choice.TAKE_BACK}:{m.value}" for m in left), Choice.TAKE_BACK_NOTHING)
    return [ask(case, QuestionKind.TAKE_BACK, f"take-back:{occasion}:1", options)]


def _ask_what_happened(case: Case, occasion: str) -> Steps:
    is_closed = case.departure.state is DepartureState.CLOSED
    if is_closed or case.open_questions(QuestionKind.NEW_FACT):
        return []
    options = (*NEW_FACTS, Choice.NOTHING_NEW)
    delay = case.territory.immediate_danger
    return [ask(case, QuestionKind.NEW_FACT, f"new-fact:{occasion}:1", options, delay=delay)]


def _ask_about_suicidal_risk(case: Case, occasion: str) -> Steps:
    if case.open_questions(QuestionKind.SUICIDAL_RISK):
        return []
    return [ask_suicidal_risk(case)]


_FOLLOWS: dict[Wish, Callable[[Case, str], Steps]] = {
    Wish.CLOSE: _ask_how,
    Wish.TAKE_BACK: _ask_which,
    Wish.NEW_FACT: _ask_what_happened,
    Wish.SUICIDAL_RISK: _ask_about_suicidal_risk,
    Wish.JUSTICE: ask_step,
    Wish.CONFLICT: ask_conflict,
    Wish.TRANSFER: ask_transfer,
}
